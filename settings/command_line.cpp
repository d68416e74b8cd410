#include "settings/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/nearest.h"

namespace settings {
namespace {

constexpr std::size_t kHelpColumn = 24;

std::string word_in_quotes(std::string_view text) {
  std::string out = "'";
  out += base::printable(text, 64);
  return out += '\'';
}

std::string first_name(const std::string& names) {
  return names.substr(0, names.find(','));
}

/// The text without more than one empty line at a time.
std::string single_spaced(std::string text) {
  for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) {
    text.erase(at, 1);
  }
  return text;
}

/// CLI11's help with a usage line of our own.
class Help final : public CLI::Formatter {
 public:
  explicit Help(std::string_view usage) : usage_(usage) { column_width(kHelpColumn); }
  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: " + usage_ + "\n";
  }

 private:
  const std::string usage_;
};

void set_up(CLI::App& app, std::string_view usage, std::string_view footer) {
  app.formatter(std::make_shared<Help>(usage));
  app.footer(std::string(footer));
  app.set_help_flag();  // added in read(): it is shown last
  app.allow_extras();   // found by ourselves, to name the nearest
}

void add_help(CLI::App& app) {
  app.set_help_flag("-h,--help", "show this")->group("Other");
}

/// Every "-x" and "--xyz" of a level.
std::vector<std::string> flag_names(const CLI::App& level) {
  std::vector<std::string> names;
  for (const CLI::Option* option : level.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

bool has_flag(const CLI::App& level, const std::string& flag) {
  const auto names = flag_names(level);
  return std::find(names.begin(), names.end(), flag) != names.end();
}

/// The program's arguments as CLI11 takes them: last first. "--flag=" becomes "--flag" and an empty
/// word, which CLI11 would else replace by the word that follows.
std::vector<std::string> words_of(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1) {
      words.push_back(word.substr(0, word.size() - 1));
      words.emplace_back();
    } else {
      words.push_back(word);
    }
  }
  std::reverse(words.begin(), words.end());
  return words;
}

}  // namespace

/// What all levels fill while the command line is read.
struct FlagSet::Shared {
  std::string version;
  std::optional<base::Error> first_error;
  std::vector<std::string> main_flags;
  std::set<std::string> bare_flags;  // every name of the flags without a value
  std::set<std::string> toggles;     // every name of those that stand alone or have one behind "="
  const CLI::App* main = nullptr;

  void given(const CLI::App* level, const std::string& name) {
    if (level == main) main_flags.push_back(name);
  }
};

void FlagSet::topic(std::string_view heading) {
  topic_ = heading;
}

void FlagSet::value(const std::string& names, const std::string& placeholder,
                    const std::string& help, Take take) {
  app_->add_option(names, taking(names, std::move(take)), help)
      ->type_name(placeholder)
      ->group(topic_)
      ->trigger_on_parse();
}

void FlagSet::toggle(const std::string& names, const std::string& help, Take take) {
  for (const std::string& name : CLI::detail::split(names, ',')) shared_->toggles.insert(name);
  app_->add_option(names, taking(names, std::move(take)), help)
      ->expected(0)
      ->group(topic_)
      ->trigger_on_parse();
}

/// What CLI11 calls for a flag's value, each time it is given.
std::function<bool(const std::vector<std::string>&)> FlagSet::taking(const std::string& names,
                                                                     Take take) const {
  return [level = app_, shared = shared_, name = first_name(names),
          take = std::move(take)](const CLI::results_t& results) {
    shared->given(level, name);
    const base::Status status = take(results.empty() ? std::string() : results.front());
    if (!status.ok() && !shared->first_error) {
      shared->first_error = status.error();
      shared->first_error->message = name + ": " + status.message();
    }
    return true;
  };
}

void FlagSet::word(const std::string& placeholder, const std::string& help, Take take) {
  const auto taken = [take = std::move(take), shared = shared_,
                      placeholder](const CLI::results_t& results) {
    const base::Status status = take(results.empty() ? std::string() : results.front());
    if (!status.ok() && !shared->first_error) {
      shared->first_error = base::invalid(placeholder + ": " + status.message());
    }
    return true;
  };
  app_->add_option(placeholder, CLI::callback_t(taken), help)->type_name("");
}

void FlagSet::flag(const std::string& names, const std::string& help, std::function<void()> set) {
  for (const std::string& name : CLI::detail::split(names, ',')) shared_->bare_flags.insert(name);
  const auto taken = [level = app_, shared = shared_, name = first_name(names),
                      set = std::move(set)]() {
    shared->given(level, name);
    set();
  };
  app_->add_flag_callback(names, taken, help)->group(topic_)->disable_flag_override();
}

CommandLine::CommandLine(std::string_view usage, std::string_view description,
                         std::string_view version, std::string_view footer)
    : app_(std::make_unique<CLI::App>(std::string(description))),
      shared_(std::make_unique<FlagSet::Shared>()),
      program_(version.substr(0, version.find(' '))) {
  shared_->version = version;
  shared_->main = app_.get();
  set_up(*app_, usage, footer);
  app_->require_subcommand(0, 1);
}

CommandLine::~CommandLine() = default;

FlagSet CommandLine::main() {
  return {*app_, *shared_};
}

FlagSet CommandLine::command(const std::string& name, std::string_view usage,
                             std::string_view description, std::string_view footer) {
  CLI::App* command = app_->add_subcommand(name, std::string(description));
  command->group("Commands");
  set_up(*command, usage, footer);
  return {*command, *shared_};
}

base::Result<CommandLine::Reading> CommandLine::read(int argc, const char* const* argv) {
  add_help(*app_);
  for (CLI::App* command : app_->get_subcommands({})) add_help(*command);
  app_->set_version_flag("--version", shared_->version, "show the version")->group("Other");
  for (int i = 1; i < argc; ++i) RETURN_IF_ERROR(check_equals_sign(argv[i]));
  Reading out;
  RETURN_IF_ERROR(parse(words_of(argc, argv), out));
  if (!out.text.empty()) return out;
  // A word may be left over because a flag took the one before it; a flag that is unknown may be
  // what a later one misses.
  const Leftover left = first_leftover(out.command);
  if (left.level != nullptr && left.is_flag) return unknown_flag(*left.level, left.word);
  if (shared_->first_error) return *shared_->first_error;
  if (left.level != nullptr) return unknown_word(left.word);
  out.main_flags = shared_->main_flags;
  return out;
}

/// What CLI11 would take for something else: a short flag with "=", and a toggle with nothing
/// behind it.
base::Status CommandLine::check_equals_sign(const std::string& word) const {
  const bool is_short = word.size() > 2 && word[0] == '-' && word[1] != '-' && word[2] == '=';
  if (is_short) return base::invalid(word_in_quotes(word) + ": only long flags take '='");
  if (word.size() < 2 || word.back() != '=') return base::Ok{};
  const std::string name = word.substr(0, word.size() - 1);
  if (shared_->toggles.count(name) == 0) return base::Ok{};
  return base::invalid(name + ": '' is neither true nor false");
}

base::Status CommandLine::parse(const std::vector<std::string>& words, Reading& out) {
  try {
    app_->parse(std::vector<std::string>(words));
    const auto commands = app_->get_subcommands();
    if (!commands.empty()) out.command = commands.front()->get_name();
    return base::Ok{};
  } catch (const CLI::CallForHelp&) {
    out.text = single_spaced(app_->help());
    return base::Ok{};
  } catch (const CLI::CallForVersion&) {
    out.text = shared_->version + "\n";
    return base::Ok{};
  } catch (const CLI::ArgumentMismatch&) {
    // Every flag of ours takes one value or none. So either a word gives a value to one that takes
    // none, or the last word lacks one.
    for (const std::string& word : words) {
      const std::string name = word.substr(0, word.find('='));
      if (name.size() < word.size() && shared_->bare_flags.count(name) != 0) {
        return base::invalid(name + " takes no value");
      }
    }
    return base::invalid((words.empty() ? "a flag" : word_in_quotes(words.front())) +
                         " needs a value; see --help");
  } catch (const std::exception& fault) {
    return base::invalid(base::printable(fault.what()));
  }
}

CommandLine::Leftover CommandLine::first_leftover(const std::string& command) const {
  std::vector<const CLI::App*> levels = {app_.get()};
  if (!command.empty()) levels.push_back(app_->get_subcommand(command));
  for (const CLI::App* level : levels) {
    const auto words = level->remaining();
    if (words.empty()) continue;
    const std::string& word = words.front();
    return {level, word, word.size() > 1 && word.front() == '-'};
  }
  return {};
}

base::Error CommandLine::unknown_flag(const CLI::App& level, const std::string& flag) const {
  const std::string name = flag.substr(0, flag.find('='));
  const std::string text = "unknown flag " + word_in_quotes(name);
  const bool at_main = &level == app_.get();
  if (!at_main && has_flag(*app_, name)) {
    return base::invalid(name + " is a flag of " + program_ + " without a command, not of '" +
                         level.get_name() + "'");
  }
  for (const CLI::App* command : app_->get_subcommands({})) {
    if (!has_flag(*command, name)) continue;
    return base::invalid(fmt::format("{}; it belongs behind a command: {} {} {}", text, program_,
                                     command->get_name(), name));
  }
  // One letter is one edit away from every other.
  const auto meant =
      name.size() > 2 ? base::nearest(name, flag_names(level)) : std::optional<std::string>();
  return base::invalid(text + (meant ? "; did you mean " + *meant + "?" : "; see --help"));
}

base::Error CommandLine::unknown_word(const std::string& word) const {
  std::vector<std::string> names;
  for (const CLI::App* command : app_->get_subcommands({})) names.push_back(command->get_name());
  const bool second = std::find(names.begin(), names.end(), word) != names.end();
  if (second)
    return base::invalid("one command at a time: " + word_in_quotes(word) + " is a second one");
  const auto meant = base::nearest(word, names);
  return base::invalid(word_in_quotes(word) + " is neither a flag nor a command" +
                       (meant ? "; did you mean " + *meant + "?" : "; see --help"));
}

}  // namespace settings
