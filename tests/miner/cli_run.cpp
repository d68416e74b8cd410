#include "tests/miner/cli_run.h"

#include <gtest/gtest.h>

namespace miner::cli_run {
namespace {

Outcome dispatch(const Arguments& arguments, const Console& console) {
  switch (arguments.command) {
    case Command::kDevices:
      return run_devices(arguments, console);
    case Command::kOptions:
      return run_options(arguments, console);
    case Command::kTicket:
      return run_ticket(arguments, console);
    case Command::kBench:
      return run_bench(arguments, console);
    case Command::kSelfTest:
      return run_self_test(arguments, console);
    case Command::kConfig:
      return run_config(arguments, console);
    case Command::kMine:
      if (arguments.dry_run) return run_dry(arguments, console);
      break;
  }
  return {ExitCode::kInternal, "mining is not run here"};
}

}  // namespace

Ran run(std::vector<std::string> words, const std::string& module_folder) {
  words.insert(words.end(), {"--module-dir", module_folder});
  std::vector<const char*> argv = {"sprintminer"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto parsed = parse_arguments(static_cast<int>(argv.size()), argv.data(), {});
  if (!parsed.ok()) return {{ExitCode::kBadArguments, parsed.message()}, "", ""};
  if (!parsed->run) return {{}, parsed->text, ""};
  std::ostringstream out;
  std::ostringstream progress;
  const Outcome outcome = dispatch(*parsed->run, {out, progress, false});
  return {outcome, out.str(), progress.str()};
}

rapidjson::Document json(const std::string& line) {
  rapidjson::Document document;
  document.Parse(line.c_str());
  EXPECT_FALSE(document.HasParseError()) << line;
  return document;
}

std::string names(const rapidjson::Value& object) {
  std::string all;
  for (const auto& member : object.GetObject()) {
    if (!all.empty()) all += ' ';
    all += member.name.GetString();
  }
  return all;
}

}  // namespace miner::cli_run
