#pragma once

#include <stdexcept>
#include <utility>

#include "base/result.h"

namespace bench {

/// The value, or an exception with the message: a benchmark ends at the first thing that goes
/// wrong.
template <class T>
T need(base::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.message());
  return std::move(result).value();
}
inline void need_ok(const base::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.message());
}

}  // namespace bench
