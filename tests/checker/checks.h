#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/checker/stand.h"

// What a device must show, from the words of backends/api and the proof's page alone: what the
// conformance suite of tests/backends asks for, as far as one device and no library can.
namespace checker {

/// What a check that did not fail has to say.
struct Finding {
  std::string note{};    ///< a figure, or why it does not apply here; may be empty
  bool skipped = false;  ///< it does not apply here: nothing was shown
};

/// A failed check is an error that says what was wrong.
using Checked = base::Result<Finding>;

struct Check {
  std::string_view name;
  Checked (*run)(Stand&);
  bool quick = true;  ///< also runs when only quick ones do
};

/// Known answers and random jobs, by both ways of asking.
std::span<const Check> answer_checks();
/// Which nonces are computed, which come back, in which order.
std::span<const Check> range_checks();
/// Cancel: obeyed in time, forgotten by the next start.
std::span<const Check> cancel_checks();
/// Two models resident, a third, memory that is not there, rest, closing in mid work.
std::span<const Check> model_checks();

}  // namespace checker
