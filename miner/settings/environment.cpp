#include "miner/settings/environment.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/nearest.h"

namespace miner {
namespace {

constexpr std::string_view kPrefix = "SPRINTMINER_";

/// The values that a variable holds: options stand between blanks, since their values may have
/// commas.
std::vector<std::string> values_of(const Setting& setting, const std::string& text) {
  if (setting.kind != ValueKind::kOptions) return {text};
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

void warn_of_unknown(const Environment& environment, std::vector<std::string>& warnings) {
  std::vector<std::string> known;
  for (const Setting& setting : settings_table()) {
    known.push_back(environment_name(setting).substr(kPrefix.size()));
  }
  for (const auto& [name, value] : environment.variables) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string own = name.substr(kPrefix.size());  // what all have in common says nothing
    if (std::find(known.begin(), known.end(), own) != known.end()) continue;
    const auto meant = base::nearest(own, known);
    warnings.push_back("environment: " + base::printable(name, 64) + " is no setting" +
                       (meant ? "; did you mean " + std::string(kPrefix) + *meant + "?" : ""));
  }
}

}  // namespace

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      out.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  out.system_folder = "/etc";
  return out;
}

base::Result<GivenSettings> read_environment(const Environment& environment,
                                             std::vector<std::string>& warnings) {
  GivenSettings out;
  for (const Setting& setting : settings_table()) {
    const std::string name = environment_name(setting);
    const auto found = environment.variables.find(name);
    if (found == environment.variables.end() || found->second.empty()) continue;
    if (setting.of_pool && setting.key != "url" && !out.has(kPoolsKey)) {
      return base::invalid(name + ": it belongs to SPRINTMINER_URL, which is not set");
    }
    for (std::string& text : values_of(setting, found->second)) {
      const auto status = out.add({&setting, std::move(text), Source::kEnvironment, name});
      if (!status.ok()) return base::invalid(name + ": " + status.message());
    }
  }
  warn_of_unknown(environment, warnings);
  return out;
}

}  // namespace miner
