#pragma once

#include "poc/reference.h"
#include "tests/support/vectors.h"

namespace tests {

/// Expects the reference to give a row's key, digest and ticket, and every intermediate of every
/// layer by its hash. `model` is the group's.
void check_row(const poc::ReferenceModel& model, const VectorGroup& group, const VectorRow& row);

}  // namespace tests
