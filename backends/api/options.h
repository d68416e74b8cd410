#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace backends {

/// One knob of a module, declared by the module itself: `sprintminer options` prints it, and no
/// other folder knows its name.
struct OptionSpec {
  enum class Type { kInteger, kChoice, kText };

  std::string key;
  Type type = Type::kInteger;
  std::int64_t min = 0;              ///< kInteger
  std::int64_t max = 0;              ///< kInteger
  std::vector<std::string> choices;  ///< kChoice
  std::string default_value;
  std::string meaning;        ///< one line, with the unit
  bool backend_wide = false;  ///< fixed when the module starts; cannot differ by device
  /// What a kText value must be besides a text, known without a device; null: anything.
  base::Status (*check)(const std::string& value) = nullptr;

  /// "0..256", "auto|scalar|avx2", "text".
  std::string range() const;
};

/// One `--opt` of the user: [scope.]key=value, where scope is a backend ("cpu"), a device
/// ("cpu:0") or a PCI address; no scope means every module that has the key.
struct OptionAssignment {
  std::string scope;
  std::string key;
  std::string value;
  std::string place{};  ///< where it was written, for errors: "config.json:5:12"; empty: in a flag
};
base::Result<OptionAssignment> parse_assignment(std::string_view text);

/// Values by key, complete (defaults filled in) and valid for the specs they were resolved with.
class OptionValues {
 public:
  std::int64_t integer(std::string_view key) const;     ///< unknown key: a bug
  const std::string& text(std::string_view key) const;  ///< unknown key: a bug

 private:
  friend base::Result<OptionValues> resolve_options(std::span<const OptionSpec>,
                                                    std::span<const OptionAssignment>);
  std::map<std::string, std::string, std::less<>> values_;
};

/// The values of `specs` after `assignments` in order (a later one wins; scopes are not looked at).
/// An unknown key, a value out of range or of the wrong kind is an error that names the key, what
/// is allowed, and for an unknown key the nearest one.
base::Result<OptionValues> resolve_options(std::span<const OptionSpec> specs,
                                           std::span<const OptionAssignment> assignments);

}  // namespace backends
