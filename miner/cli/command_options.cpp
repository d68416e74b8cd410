#include <algorithm>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/nearest.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

using backends::LoadedModule;
using backends::OptionSpec;

std::string_view type_name(OptionSpec::Type type) {
  switch (type) {
    case OptionSpec::Type::kInteger:
      return "integer";
    case OptionSpec::Type::kChoice:
      return "choice";
    case OptionSpec::Type::kText:
      break;
  }
  return "text";
}

std::string_view scope_name(const OptionSpec& spec) {
  return spec.backend_wide ? "backend" : "device";
}

void write_option(JsonLine& json, const std::string& backend, const OptionSpec& spec) {
  json.begin_object().key("backend").text(backend).key("key").text(spec.key);
  json.key("scope").text(scope_name(spec)).key("type").text(type_name(spec.type));
  json.key("range").text(spec.range()).key("default").text(spec.default_value);
  json.key("meaning").text(spec.meaning).end_object();
}

using Specs = std::vector<std::pair<std::string, OptionSpec>>;  // with their backend

/// The options of all modules, or of those named.
base::Result<Specs> specs_of(const backends::LoadResult& loaded,
                             const std::vector<std::string>& named) {
  Specs specs;
  std::vector<std::string> here;
  for (const LoadedModule& module : loaded.modules) {
    if (module.backend == nullptr) continue;
    here.push_back(module.name);
    if (!named.empty() && std::count(named.begin(), named.end(), module.name) == 0) continue;
    for (const OptionSpec& spec : module.backend->options()) specs.emplace_back(module.name, spec);
  }
  for (const std::string& name : named) {
    if (std::count(here.begin(), here.end(), name) != 0) continue;
    for (const backends::FailedModule& module : loaded.failed) {
      if (module.name == name) return base::unavailable("backend " + name + ": " + module.reason);
    }
    const auto meant = base::nearest(name, here);
    return base::invalid("there is no backend '" + base::printable(name, 64) + "'" +
                         (meant ? "; did you mean " + *meant + "?" : ""));
  }
  return specs;
}

std::string as_json(const Specs& specs, const std::vector<backends::FailedModule>& failed) {
  JsonLine json;
  json.begin_object().key("options").begin_array();
  for (const auto& [backend, spec] : specs) write_option(json, backend, spec);
  json.end_array().key("unavailable").begin_array();
  for (const backends::FailedModule& module : failed) {
    json.begin_object().key("backend").text(module.name);
    json.key("reason").text(module.reason).end_object();
  }
  return json.end_array().end_object().str() + "\n";
}

std::string as_text(const Specs& specs, const std::vector<backends::FailedModule>& failed) {
  TextTable table({"option", "range", "default", "set per", "meaning"});
  for (const auto& [backend, spec] : specs) {
    table.add({backend + "." + spec.key, spec.range(),
               spec.default_value.empty() ? "-" : spec.default_value, std::string(scope_name(spec)),
               spec.meaning});
  }
  std::string text = specs.empty() ? "no backend has options\n" : table.str();
  for (const backends::FailedModule& module : failed) {
    text += "not available: " + module.name + ": " + base::printable(module.reason, 400) + "\n";
  }
  return text;
}

}  // namespace

Outcome run_options(const Arguments& arguments, const Console& console) {
  const backends::LoadResult loaded = load_modules(arguments.devices);
  const auto specs = specs_of(loaded, arguments.devices.selection.backends);
  if (!specs.ok()) return outcome_of(specs.error());
  console.out << (arguments.json ? as_json(*specs, loaded.failed) : as_text(*specs, loaded.failed));
  return {};
}

}  // namespace miner
