#include "tests/checker/arguments.h"

#include <string_view>

#include "base/bytes.h"

namespace checker {
namespace {

/// The words, one after the other.
class Words {
 public:
  explicit Words(std::span<const char* const> words) : words_(words) {}
  bool done() const { return words_.empty(); }
  std::string_view take() {
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

 private:
  std::span<const char* const> words_;
};

base::Status take_value(std::string_view flag, std::string_view value, Arguments& out) {
  if (flag == "--backend") {
    out.backend = value;
  } else if (flag == "--json") {
    out.json = value;
  } else if (flag == "--device") {
    const auto index = base::u64_from_decimal(value, UINT32_MAX);
    if (!index) return base::invalid("--device: no number: " + std::string(value));
    out.device = static_cast<std::uint32_t>(*index);
  } else if (flag == "--opt") {
    ASSIGN_OR_RETURN(auto assignment, backends::parse_assignment(value));
    if (!assignment.scope.empty()) return base::invalid("--opt: key=value, without a scope");
    out.options.push_back(std::move(assignment));
  } else {
    return base::invalid("no such flag: " + std::string(flag));
  }
  return base::Ok{};
}

}  // namespace

const char* const kUsage =
    "usage: checker MODULE_FOLDER [--backend NAME] [--device INDEX] [--opt key=value ...]\n"
    "               [--quick] [--json FILE] [--list]\n"
    "Shows every device of the modules, with every value of the option path that it takes, what\n"
    "the proof and the interface ask for: one line a check. Exit status 0 only when all are ok.\n"
    "  --opt    for the modules that have the option; given path, it is the only one\n"
    "  --quick  nano and the odd shapes only: for sanitizers\n"
    "  --list   prints backend, index and path of what would be checked, and checks nothing\n";

base::Result<Arguments> parse_arguments(std::span<const char* const> words) {
  Arguments out;
  for (Words left(words); !left.done();) {
    const std::string_view word = left.take();
    if (word == "--quick") {
      out.quick = true;
    } else if (word == "--list") {
      out.list = true;
    } else if (word.substr(0, 2) == "--") {
      if (left.done()) return base::invalid(std::string(word) + " needs a value, or is unknown");
      RETURN_IF_ERROR(take_value(word, left.take(), out));
    } else if (out.modules.empty()) {
      out.modules = word;
    } else {
      return base::invalid("one folder, not also " + std::string(word));
    }
  }
  if (out.modules.empty()) return base::invalid("the folder of the modules is missing");
  return out;
}

}  // namespace checker
