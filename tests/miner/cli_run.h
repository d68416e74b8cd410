#pragma once

#include <rapidjson/document.h>

#include <sstream>
#include <string>
#include <vector>

#include "miner/cli/commands.h"
#include "tests/places.h"

// A command run inside the test, with the modules that the build made.
namespace miner::cli_run {

struct Ran {
  Outcome outcome;
  std::string out;
  std::string progress;

  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }
};

/// Parses the words behind `sprintminer` and runs them; `--module-dir` is added. The outcome of a
/// line that does not parse is kBadArguments.
Ran run(std::vector<std::string> words, const std::string& module_folder = SPRINT_MODULE_DIR);

/// A line of JSON that must be right.
rapidjson::Document json(const std::string& line);

/// The names of an object's members in order, by blanks.
std::string names(const rapidjson::Value& object);

}  // namespace miner::cli_run
