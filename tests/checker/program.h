#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/api/backend.h"
#include "backends/api/loader.h"
#include "tests/checker/arguments.h"
#include "tests/checker/report.h"

namespace checker {

/// The checks of all devices that the arguments ask for, one after the other. One thread.
class Program {
 public:
  explicit Program(Arguments arguments) : arguments_(std::move(arguments)) {}

  /// -> the program's exit status: 0 when something was checked and nothing failed, else 1
  int run();

 private:
  std::vector<backends::OptionAssignment> options_for(backends::Backend& backend);
  void say_failed(const backends::LoadResult& loaded);
  void check_backend(backends::Backend& backend);
  void check_device(const Subject& subject);
  void check_path(const Subject& subject, std::set<std::string>& seen);
  void refuse(const Subject& subject, const base::Error& error, bool may_be);
  void check_stand(Stand& stand);
  int finish();

  const Arguments arguments_;
  Report report_;
  Oracle oracle_;
  std::set<std::string> taken_;  // keys of given options that some module has
  int listed_ = 0;
};

}  // namespace checker
