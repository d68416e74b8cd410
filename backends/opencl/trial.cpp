#include "backends/opencl/trial.h"

#include "backends/opencl/trial_child.h"

namespace backends::opencl {
namespace {

constexpr std::size_t kMostRounds = 16;

/// Drivers are loaded, and by some loaders asked for their devices, before the first platform is
/// named: all of them take their time together.
constexpr int kFirstPatience = 3;

/// Which vendors a loader may load, after one of them ended all: each alone is tried. A line for
/// each that is left out.
base::Status choose_vendors(const std::string& library_path, const ChildPatience& patience,
                            const std::string& fate, Trial& trial) {
  const std::vector<std::string> files = vendor_files();
  std::vector<std::string> sound;
  std::string lines;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const auto alone, VendorChoice::make({file}));
    ASSIGN_OR_RETURN(const ChildAnswer answer,
                     ask_in_child(library_path, {}, alone.get(), patience));
    if (answer.ended || answer.platform) {
      sound.push_back(file);
      continue;
    }
    trial.lines.push_back("driver '" + vendor_name(file) + "' left out: it " + answer.fate +
                          " when it was loaded");
    lines += "; " + trial.lines.back();
  }
  if (sound.empty() || sound.size() == files.size()) {
    return base::unavailable("no OpenCL: it " + fate + " before it named a platform" + lines);
  }
  ASSIGN_OR_RETURN(trial.vendors, VendorChoice::make(sound));
  return base::Ok{};
}

}  // namespace

base::Result<Trial> try_platforms(const std::string& library_path, base::Micros patience) {
  const ChildPatience patient{kFirstPatience * patience, patience};
  Trial trial;
  while (trial.broken.size() < kMostRounds) {
    ASSIGN_OR_RETURN(const ChildAnswer answer,
                     ask_in_child(library_path, trial.broken, trial.vendors.get(), patient));
    if (answer.ended) return trial;
    if (answer.platform && trial.broken.insert(*answer.platform).second) {
      trial.lines.push_back("platform '" + answer.name + "' left out: it " + answer.fate +
                            " when it was asked for its devices");
      continue;
    }
    if (trial.vendors != nullptr || !trial.broken.empty()) {
      return base::unavailable("no OpenCL: it " + answer.fate + " before it named a platform");
    }
    RETURN_IF_ERROR(choose_vendors(library_path, patient, answer.fate, trial));
  }
  return base::unavailable("no OpenCL: too many broken platforms");
}

}  // namespace backends::opencl
