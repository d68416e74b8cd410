#include "pool/beacon_command.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "pool/child_process.h"

namespace pool {
namespace {

std::string first_line_of(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

/// What it says of itself, for a person.
std::string words_of(const ChildEnd& end) {
  const std::string said = first_line_of(end.err.empty() ? end.out : end.err);
  return said.empty() ? "" : ", and said: " + base::printable(said, 128);
}

}  // namespace

base::Result<std::string> BeaconCommand::ask(const BeaconQuestion& question,
                                             const BeaconPatience& patience) {
  std::vector<std::string> arguments = program_;
  arguments.push_back(question.name);
  arguments.push_back(std::to_string(beacon_second(question.at)));
  ASSIGN_OR_RETURN(ChildEnd end, run_child(arguments, patience.at_most(limit_)));
  const std::string shown = base::printable(program_.front());
  if (end.status != 0) {
    return base::unavailable(fmt::format("{} exited with {}{}", shown, end.status, words_of(end)));
  }
  if (end.out.ends_with('\n')) end.out.pop_back();
  if (end.out.ends_with('\r')) end.out.pop_back();
  if (end.out.find('\n') != std::string::npos) {
    return base::io_error(shown + ": more than one line" + words_of(end));
  }
  return std::move(end.out);
}

}  // namespace pool
