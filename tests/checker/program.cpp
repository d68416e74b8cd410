#include "tests/checker/program.h"

#include <cstdio>

namespace checker {
namespace {

using backends::Backend;
using backends::DeviceInfo;
using backends::OptionAssignment;
using backends::OptionSpec;

const OptionSpec* find_option(Backend& backend, std::string_view key) {
  for (const OptionSpec& spec : backend.options()) {
    if (spec.key == key) return &spec;
  }
  return nullptr;
}

base::Result<std::vector<DeviceInfo>> probe(Backend& backend,
                                            const std::vector<OptionAssignment>& options) {
  ASSIGN_OR_RETURN(const auto values, backends::resolve_options(backend.options(), options));
  RETURN_IF_ERROR(backend.configure(values));
  return backend.probe();
}

}  // namespace

int Program::run() {
  const backends::LoadResult loaded = backends::load_modules(arguments_.modules);
  say_failed(loaded);
  bool any = false;
  for (const backends::LoadedModule& module : loaded.modules) {
    const bool wanted = arguments_.backend.empty() || arguments_.backend == module.name;
    if (!wanted || module.backend == nullptr) continue;
    any = true;
    check_backend(*module.backend);
  }
  if (!any) report_.fail("no module " + arguments_.backend + " to check in " + arguments_.modules);
  for (const OptionAssignment& option : arguments_.options) {
    if (taken_.count(option.key) == 0) report_.fail("no module has the option " + option.key);
  }
  return finish();
}

/// A module that was not asked for may fail to load.
void Program::say_failed(const backends::LoadResult& loaded) {
  for (const backends::FailedModule& failed : loaded.failed) {
    const std::string text = failed.name + ": " + failed.reason;
    if (arguments_.backend.empty() || arguments_.backend == failed.name) {
      report_.fail(text);
    } else {
      report_.say(text);
    }
  }
}

/// Those of the given options that the module has.
std::vector<OptionAssignment> Program::options_for(Backend& backend) {
  std::vector<OptionAssignment> options;
  for (const OptionAssignment& option : arguments_.options) {
    if (find_option(backend, option.key) == nullptr) continue;
    taken_.insert(option.key);
    options.push_back(option);
  }
  return options;
}

void Program::check_backend(Backend& backend) {
  const std::vector<OptionAssignment> options = options_for(backend);
  const auto devices = probe(backend, options);
  if (!devices.ok()) {
    report_.fail(std::string(backend.name()) + ": " + devices.message());
    return;
  }
  bool any = false;
  for (const DeviceInfo& info : *devices) {
    if (arguments_.device && *arguments_.device != info.index) continue;
    any = true;
    check_device({&backend, info.index, options});
  }
  if (!any) report_.fail(std::string(backend.name()) + ": no such device");
}

/// On the path that it takes by itself, then on each other one; on the one given, if one is.
void Program::check_device(const Subject& subject) {
  std::set<std::string> seen;
  check_path(subject, seen);
  const OptionSpec* path = find_option(*subject.backend, "path");
  if (path == nullptr || taken_.count("path") != 0) return;
  for (const std::string& choice : path->choices) {
    if (choice == path->default_value || seen.count(choice) != 0) continue;
    Subject special = subject;
    special.options.push_back({"", "path", choice});
    check_path(special, seen);
  }
}

/// `seen` gains the name of the path that the device took; while it is empty, to be refused is a
/// failure.
void Program::check_path(const Subject& subject, std::set<std::string>& seen) {
  auto stand = Stand::open(subject, oracle_, arguments_.quick);
  if (!stand.ok()) {
    refuse(subject, stand.error(), !seen.empty());
    return;
  }
  const DeviceInfo& info = stand->device().info();
  seen.insert(info.path);
  if (arguments_.list) {
    ++listed_;
    std::printf("%s %u %s\n", info.backend.c_str(), info.index, info.path.c_str());
    return;
  }
  report_.begin(info, stand->device().group_size());
  check_stand(*stand);
}

void Program::refuse(const Subject& subject, const base::Error& error, bool may_be) {
  const std::string text = std::string(subject.backend->name()) + ":" +
                           std::to_string(subject.index) + " refuses: " + error.message;
  if (!may_be || error.fault != base::Fault::kUnavailable) {
    report_.fail(text);
  } else if (!arguments_.list) {
    report_.say(text);
  }
}

/// All checks; after one that failed the device is opened anew, so that the next is fair to it.
void Program::check_stand(Stand& stand) {
  for (const auto& checks : {answer_checks(), range_checks(), cancel_checks(), model_checks()}) {
    for (const Check& check : checks) {
      if (arguments_.quick && !check.quick) continue;
      if (report_.run(check, stand)) continue;
      const auto reopened = stand.reopen();
      if (reopened.ok()) continue;
      report_.fail("it cannot be opened again: " + reopened.message());
      return;
    }
  }
}

int Program::finish() {
  if (arguments_.list) return listed_ > 0 ? 0 : 1;
  const bool ok = report_.finish();
  if (arguments_.json.empty()) return ok ? 0 : 1;
  const auto written = write_file(arguments_.json, report_.json());
  if (!written.ok()) std::fprintf(stderr, "checker: %s\n", written.message().c_str());
  return ok && written.ok() ? 0 : 1;
}

}  // namespace checker
