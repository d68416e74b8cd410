#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace settings {

/// The flags of one level: those of the program itself, or those of one of its commands. A view
/// into a CommandLine.
class FlagSet {
 public:
  /// Takes one value of a flag, or says in a few words what is wrong with it; the flag's name is
  /// put in front.
  using Take = std::function<base::Status(const std::string& value)>;

  /// The heading under which --help shows the flags that follow.
  void topic(std::string_view heading);

  /// A flag with a value. `names` by comma, first the one that errors use: "-o,--url". Taken in
  /// the order of the command line, once for each time it occurs.
  void value(const std::string& names, const std::string& placeholder, const std::string& help,
             Take take);

  /// A word without a flag, by its position.
  void word(const std::string& placeholder, const std::string& help, Take take);

  /// A flag that stands alone, which is the value "true", or is given one behind "=": --solo=false.
  void toggle(const std::string& names, const std::string& help, Take take);

  /// A flag without a value.
  void flag(const std::string& names, const std::string& help, std::function<void()> set);

 private:
  friend class CommandLine;
  struct Shared;
  FlagSet(CLI::App& app, Shared& shared) : app_(&app), shared_(&shared) {}
  std::function<bool(const std::vector<std::string>&)> taking(const std::string& names,
                                                              Take take) const;

  CLI::App* app_;
  Shared* shared_;
  std::string topic_ = "Flags";
};

/// CLI11 behind a border: flags go in, values and one-line errors come out, no exception. -h/--help
/// and --version are built in.
class CommandLine {
 public:
  /// `version` is the whole line of --version, and begins with the program's name.
  CommandLine(std::string_view usage, std::string_view description, std::string_view version,
              std::string_view footer);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// The flags of the program without a command.
  FlagSet main();
  /// The flags of a new command.
  FlagSet command(const std::string& name, std::string_view usage, std::string_view description,
                  std::string_view footer = "");

  struct Reading {
    std::string command;                  ///< empty: none
    std::vector<std::string> main_flags;  ///< first names of the main flags that were given
    std::string text;                     ///< of --help or --version: show this, run nothing
  };

  /// Reads the command line once. What is unknown is an error with the nearest known word; else the
  /// first error of a Take is this error.
  base::Result<Reading> read(int argc, const char* const* argv);

 private:
  /// The first word that no flag took and no command is.
  struct Leftover {
    const CLI::App* level = nullptr;  ///< where it stands; null: there is none
    std::string word;
    bool is_flag = false;
  };

  base::Status check_equals_sign(const std::string& word) const;
  base::Status parse(const std::vector<std::string>& words, Reading& out);
  Leftover first_leftover(const std::string& command) const;
  base::Error unknown_flag(const CLI::App& level, const std::string& flag) const;
  base::Error unknown_word(const std::string& word) const;

  std::unique_ptr<CLI::App> app_;
  std::unique_ptr<FlagSet::Shared> shared_;
  const std::string program_;
};

}  // namespace settings
