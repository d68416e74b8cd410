#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

// The drivers that an ICD loader loads, a file *.icd each, and how it is shown fewer of them.
namespace backends::opencl {

/// Whose files the loader reads: those in the folder that OCL_ICD_VENDORS or OPENCL_VENDOR_PATH
/// names, else /etc/OpenCL/vendors; one alone where OCL_ICD_VENDORS names a file. Paths, sorted.
std::vector<std::string> vendor_files();

/// "pocl.icd" of "/etc/OpenCL/vendors/pocl.icd", printable.
std::string vendor_name(const std::string& file);

/// Some vendors' files, for a loader that shall load no others: a folder of links to them, and an
/// environment in which OCL_ICD_VENDORS names it. Loaders look there once, when they are first
/// asked for platforms.
class VendorChoice {
 public:
  /// Fault::kUnavailable where no folder can be made ($TMPDIR, else /tmp).
  static base::Result<std::shared_ptr<VendorChoice>> make(const std::vector<std::string>& files);
  ~VendorChoice();
  VendorChoice(const VendorChoice&) = delete;
  VendorChoice& operator=(const VendorChoice&) = delete;

  /// Gives the process that environment, until `leave`; nobody may change it meanwhile. It is
  /// exchanged whole, and the one before stays as it is: who reads it on another thread goes on in
  /// the one or the other. What the new one is made of lives as long as this.
  void enter() noexcept;
  /// The environment is the one before, and the folder is gone.
  void leave() noexcept;

 private:
  explicit VendorChoice(std::string folder);

  const std::string folder_;
  std::vector<std::string> links_;
  std::string variable_;
  std::vector<char*> environment_;
  char** before_ = nullptr;  // while entered
};

}  // namespace backends::opencl
