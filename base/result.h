#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace base {

/// What kind of thing went wrong: decides the reaction, while the message is for a person.
enum class Fault {
  kInvalid,      ///< input that can never be right: a flag, a message, a file
  kUnavailable,  ///< not here or not now: no driver, no device, no pool
  kNoMemory,     ///< did not fit; less work may
  kDevice,       ///< a device failed while working
  kWrong,        ///< a device worked and computed something wrong
  kIo,           ///< a connection or a file failed
};

/// One line for a person, naming the thing (pool, card, flag), without a final full stop.
struct Error {
  Fault fault = Fault::kInvalid;
  std::string message;
};

/// A value of T, or the Error that took its place. Cannot be ignored.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; asking for it when there is none is a bug.
  T& value() & {
    CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The error; asking for it when there is a value is a bug.
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(state_);
  }
  const std::string& message() const { return error().message; }

 private:
  std::variant<T, Error> state_;
};

/// The value of a Result that has nothing to say but success.
struct Ok {};

/// Success, or an Error.
using Status = Result<Ok>;

inline Error invalid(std::string message) {
  return {Fault::kInvalid, std::move(message)};
}
inline Error unavailable(std::string message) {
  return {Fault::kUnavailable, std::move(message)};
}
inline Error no_memory(std::string message) {
  return {Fault::kNoMemory, std::move(message)};
}
inline Error device_fault(std::string message) {
  return {Fault::kDevice, std::move(message)};
}
inline Error wrong_result(std::string message) {
  return {Fault::kWrong, std::move(message)};
}
inline Error io_error(std::string message) {
  return {Fault::kIo, std::move(message)};
}

}  // namespace base

#define BASE_JOIN_INNER(a, b) a##b
#define BASE_JOIN(a, b) BASE_JOIN_INNER(a, b)
#define BASE_ASSIGN_OR_RETURN(temporary, target, expression) \
  auto temporary = (expression);                             \
  if (!temporary.ok()) return temporary.error();             \
  target = std::move(temporary).value()

/// `ASSIGN_OR_RETURN(auto x, f())`: x = f()'s value, or return f()'s error from this function.
#define ASSIGN_OR_RETURN(target, expression) \
  BASE_ASSIGN_OR_RETURN(BASE_JOIN(result_at_line_, __LINE__), target, expression)

/// Returns the error of a Status from this function; goes on when it is Ok.
#define RETURN_IF_ERROR(expression)                            \
  do {                                                         \
    auto status_to_check = (expression);                       \
    if (!status_to_check.ok()) return status_to_check.error(); \
  } while (false)
