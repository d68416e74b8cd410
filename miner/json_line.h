#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace miner {

/// Writes one JSON text on one line, left to right: keys and values alternate inside objects, as
/// the caller calls. One thread.
class JsonLine {
 public:
  JsonLine();
  ~JsonLine();
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;

  JsonLine& begin_object();
  JsonLine& end_object();
  JsonLine& begin_array();
  JsonLine& end_array();
  JsonLine& key(std::string_view name);
  /// Any bytes: what is not UTF-8 (a name from a driver) is written as \xNN.
  JsonLine& text(std::string_view value);
  JsonLine& integer(std::uint64_t value);
  /// null when there is no value, or none that JSON can hold (infinite, not a number).
  JsonLine& number(std::optional<double> value);
  JsonLine& boolean(bool value);
  JsonLine& null();

  /// What was written so far, without a newline.
  std::string str() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace miner
