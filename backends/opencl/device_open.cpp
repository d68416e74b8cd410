// How a device is opened and closed.

#include <string>
#include <utility>

#include "backends/opencl/device.h"

namespace backends::opencl {

base::Result<OpenClDevice::Built> OpenClDevice::build(const DeviceParts& parts) {
  const Library& library = *parts.library;
  const std::string label = parts.info.label();
  const cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(parts.found.platform), 0};
  cl_int result = CL_SUCCESS;
  Context context(library, library->clCreateContext(properties, 1, &parts.found.device, nullptr,
                                                    nullptr, &result));
  RETURN_IF_ERROR(Library::outcome(label, "clCreateContext", result));
  ASSIGN_OR_RETURN(Stream stream,
                   Stream::make(library, context.get(), parts.found.device, label, *parts.clock));
  ASSIGN_OR_RETURN(Program program, Program::make({.library = &library,
                                                   .context = context.get(),
                                                   .device = parts.found.device,
                                                   .label = label,
                                                   .platform = parts.found.properties.platform,
                                                   .chip = parts.found.properties.chip,
                                                   .driver = parts.found.properties.driver,
                                                   .source = parts.source,
                                                   .options = build_options(parts.tile),
                                                   .compiling =
                                                       [&parts] {
                                                         if (parts.news)
                                                           parts.news("compiling kernels");
                                                       }},
                                                  parts.cache));
  ASSIGN_OR_RETURN(Kernels kernels, Kernels::load(program));
  return Built{std::move(context), std::move(stream), std::move(program), std::move(kernels)};
}

base::Result<std::unique_ptr<Device>> OpenClDevice::open(DeviceParts parts) {
  ASSIGN_OR_RETURN(Built built, build(parts));
  return std::unique_ptr<Device>(new OpenClDevice(std::move(parts), std::move(built)));
}

OpenClDevice::OpenClDevice(DeviceParts parts, Built built)
    : parts_(std::move(parts)),
      capacity_(capacity_of(parts_.found.properties, parts_.tile)),
      context_(std::move(built.context)),
      stream_(std::move(built.stream)),
      program_(std::move(built.program)),
      kernels_(std::move(built.kernels)),
      memory_(*parts_.library, context_.get(), parts_.found.device, parts_.found.properties,
              stream_, parts_.keep_free_bytes),
      models_(memory_),
      forward_(*parts_.library, memory_, stream_, kernels_, parts_.tile, parts_.longest_launch,
               capacity_.mac_per_second) {}

/// What is under way still reads and writes memory that goes next; a device that no longer answers
/// does not.
OpenClDevice::~OpenClDevice() {
  static_cast<void>(stream_.finish());
}

}  // namespace backends::opencl
