#pragma once

#include <string>
#include <vector>

#include "tests/stratum/ranges.h"
#include "tests/stratum/rigs.h"

// What a session does when it is given a line: for tests that compare reactions.
namespace stratum {

/// The states of the golden lines by their names (golden/README.md).
ServerStage server_stage(const std::string& state);
ClientStage client_stage(const std::string& state);

struct Reaction {
  std::vector<std::string> events;
  std::string output;        ///< all of it
  bool over = false;         ///< the session ended
  std::string out_of_range;  ///< of the first event that holds such a value: its field

  bool operator==(const Reaction&) const = default;

  /// The code of the last error in the output; 0 if there is none.
  int error() const;
  /// Without the ids in the output.
  Reaction without_ids() const;
  /// For people.
  std::string text() const;
};

inline auto now_of(const ServerSession&) {
  return kPoolNow;
}
inline auto now_of(const ClientSession&) {
  return kOurNow;
}

/// What `session` does with these pieces, one after another, until it ends.
template <class Session>
Reaction react(Session& session, const std::vector<std::string>& pieces) {
  Reaction reaction;
  for (const std::string& piece : pieces) {
    reaction.over = !session.feed(piece, now_of(session)).ok();
    while (const auto event = session.next_event()) {
      reaction.events.push_back(describe(*event));
      if (reaction.out_of_range.empty()) reaction.out_of_range = out_of_range(*event);
    }
    if (reaction.over) break;
  }
  reaction.output = take_output(session);
  return reaction;
}

Reaction react_pool(const std::string& state, const std::vector<std::string>& pieces);
Reaction react_miner(const std::string& state, const std::vector<std::string>& pieces);

}  // namespace stratum
