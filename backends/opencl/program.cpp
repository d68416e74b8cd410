#include "backends/opencl/program.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "poc/keys.h"

namespace backends::opencl {
namespace {

constexpr const char* kFirstKernel = "make_weights";  ///< one that every program of ours has
constexpr std::size_t kShownLog = 1000;               ///< characters
constexpr std::size_t kLongestLog = 1 << 20;          ///< bytes that are read of it
constexpr std::size_t kLargestBinary = 256 << 20;     ///< bytes

/// All that a binary depends on.
base::Bytes32 key_of(const ProgramParts& parts) {
  std::string all;
  for (std::string_view part :
       {std::string_view(parts.platform), std::string_view(parts.chip),
        std::string_view(parts.driver), parts.source, std::string_view(parts.options)}) {
    all += std::to_string(part.size()) + ":";
    all += part;
  }
  return poc::sha256(base::as_bytes(all));
}

bool is_about(std::string_view line, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(line.begin(), line.end(), word.begin(), word.end(), same) != line.end();
}

/// Of a compiler's log the errors, each with the lines that explain it; all where none is told.
std::vector<std::string_view> errors_of(std::string_view log) {
  constexpr std::string_view kBreaks("\n\r\0", 3);
  std::vector<std::string_view> all;
  std::vector<std::string_view> errors;
  bool is_error = false;
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find_first_of(kBreaks));
    log.remove_prefix(std::min(log.size(), line.size() + 1));
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (is_about(line, "warning")) {
      is_error = false;
    } else if (is_about(line, "error")) {
      is_error = true;
    }
    all.push_back(line);
    if (is_error) errors.push_back(line);
  }
  return errors.empty() ? all : errors;
}

/// The compiler's log as one line: its errors' lines with a bar between them, the beginning of it.
std::string build_log(const ProgramParts& parts, cl_program program) {
  const auto ask = [&](std::size_t size, void* to, std::size_t* bytes) {
    return (*parts.library)
        ->clGetProgramBuildInfo(program, parts.device, CL_PROGRAM_BUILD_LOG, size, to, bytes);
  };
  std::size_t bytes = 0;
  if (ask(0, nullptr, &bytes) != CL_SUCCESS || bytes > kLongestLog) return "";
  std::string log(bytes, '\0');
  if (ask(bytes, log.data(), nullptr) != CL_SUCCESS) return "";
  std::string shown;
  for (const std::string_view line : errors_of(log)) {
    if (!shown.empty()) shown += " |";
    shown += line;
  }
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  return base::printable(shown, kShownLog);
}

base::Status build(const ProgramParts& parts, cl_program program) {
  const cl_int result =
      (*parts.library)
          ->clBuildProgram(program, 1, &parts.device, parts.options.c_str(), nullptr, nullptr);
  if (result == CL_SUCCESS) return base::Ok{};
  const std::string log = build_log(parts, program);
  std::string message =
      parts.label + ": the kernels do not compile: clBuildProgram: " + error_name(result);
  message += log.empty() ? "; the compiler says nothing" : "; the compiler says: " + log;
  return base::device_fault(std::move(message));
}

base::Result<ProgramObject> from_source(const ProgramParts& parts) {
  const char* text = parts.source.data();
  const std::size_t length = parts.source.size();
  cl_int result = CL_SUCCESS;
  ProgramObject program(
      *parts.library,
      (*parts.library)->clCreateProgramWithSource(parts.context, 1, &text, &length, &result));
  RETURN_IF_ERROR(Library::outcome(parts.label, "clCreateProgramWithSource", result));
  RETURN_IF_ERROR(build(parts, program.get()));
  return program;
}

/// Null when the driver does not take it, or takes it and finds nothing in it.
ProgramObject from_binary(const ProgramParts& parts, const std::vector<std::uint8_t>& binary) {
  const unsigned char* bytes = binary.data();
  const std::size_t length = binary.size();
  cl_int taken = CL_SUCCESS;
  cl_int result = CL_SUCCESS;
  ProgramObject program(*parts.library,
                        (*parts.library)
                            ->clCreateProgramWithBinary(parts.context, 1, &parts.device, &length,
                                                        &bytes, &taken, &result));
  if (result != CL_SUCCESS || taken != CL_SUCCESS) return {};
  if (!build(parts, program.get()).ok()) return {};
  const Kernel first(*parts.library,
                     (*parts.library)->clCreateKernel(program.get(), kFirstKernel, &result));
  return result == CL_SUCCESS ? std::move(program) : ProgramObject();
}

/// Empty when the driver does not hand it out.
std::vector<std::uint8_t> binary_of(const ProgramParts& parts, cl_program program) {
  const auto& library = *parts.library;
  std::size_t size = 0;
  const cl_int sized =
      library->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, nullptr);
  if (sized != CL_SUCCESS || size == 0 || size > kLargestBinary) return {};
  std::vector<std::uint8_t> binary(size);
  unsigned char* place = binary.data();
  const cl_int got =
      library->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof place, &place, nullptr);
  if (got != CL_SUCCESS) return {};
  return binary;
}

}  // namespace

base::Result<Program> Program::make(const ProgramParts& parts, const BinaryCache& cache) {
  const base::Bytes32 key = key_of(parts);
  cache.tidy();
  if (const auto binary = cache.load(key)) {
    ProgramObject program = from_binary(parts, *binary);
    if (program.get() != nullptr) return Program(parts, std::move(program), true);
  }
  if (parts.compiling) parts.compiling();
  ASSIGN_OR_RETURN(ProgramObject program, from_source(parts));
  cache.store(key, binary_of(parts, program.get()));
  return Program(parts, std::move(program), false);
}

base::Result<Kernel> Program::kernel(const std::string& name) const {
  cl_int result = CL_SUCCESS;
  Kernel kernel(*library_, (*library_)->clCreateKernel(object_.get(), name.c_str(), &result));
  RETURN_IF_ERROR(Library::outcome(label_, "kernel " + name + ": clCreateKernel", result));
  return kernel;
}

}  // namespace backends::opencl
