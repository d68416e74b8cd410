#include "backends/opencl/vendors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace backends::opencl {
namespace {

/// As the loaders have it.
constexpr const char* kUsualFolder = "/etc/OpenCL/vendors";
constexpr const char* kVendorSuffix = ".icd";
constexpr std::string_view kVariable = "OCL_ICD_VENDORS=";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_folder(const std::string& path) {
  struct stat state {};
  return stat(path.c_str(), &state) == 0 && S_ISDIR(state.st_mode);
}

/// Readers take no lock, so the pointer is written at once.
void exchange_environment(char** with) {
  __atomic_store_n(&environ, with, __ATOMIC_RELEASE);
}

}  // namespace

std::vector<std::string> vendor_files() {
  const std::string named = variable("OCL_ICD_VENDORS");
  const std::string path = variable("OPENCL_VENDOR_PATH");
  if (!named.empty() && !is_folder(named)) return {named};
  const std::string folder = !named.empty() ? named : !path.empty() ? path : kUsualFolder;
  std::vector<std::string> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() == kVendorSuffix) files.push_back(entry->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string vendor_name(const std::string& file) {
  return base::printable(file.substr(file.rfind('/') + 1), 128);
}

base::Result<std::shared_ptr<VendorChoice>> VendorChoice::make(
    const std::vector<std::string>& files) {
  const std::string temporary = variable("TMPDIR");
  std::string path = (temporary.empty() ? "/tmp" : temporary) + "/sprintminer-opencl-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    return base::unavailable("no folder " + path + ": " + std::strerror(errno));
  }
  std::shared_ptr<VendorChoice> choice(new VendorChoice(path));
  for (const std::string& file : files) {
    std::error_code ignored;
    const std::string target = std::filesystem::absolute(file, ignored).string();
    const std::string link = path + "/" + file.substr(file.rfind('/') + 1);
    if (symlink(target.c_str(), link.c_str()) != 0) {
      return base::unavailable("no link " + link + ": " + std::strerror(errno));
    }
    choice->links_.push_back(link);
  }
  return choice;
}

VendorChoice::VendorChoice(std::string folder)
    : folder_(std::move(folder)), variable_(std::string(kVariable) + folder_) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with(kVariable)) environment_.push_back(*entry);
  }
  environment_.push_back(variable_.data());
  environment_.push_back(nullptr);
}

VendorChoice::~VendorChoice() {
  leave();
}

void VendorChoice::enter() noexcept {
  if (before_ != nullptr) return;
  before_ = environ;
  exchange_environment(environment_.data());
}

void VendorChoice::leave() noexcept {
  if (before_ != nullptr) exchange_environment(before_);
  before_ = nullptr;
  for (const std::string& link : links_) unlink(link.c_str());
  links_.clear();
  rmdir(folder_.c_str());
}

}  // namespace backends::opencl
