#include "miner/json_line.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

#include "base/bytes.h"

namespace miner {
namespace {

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

struct JsonLine::State {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

JsonLine::JsonLine() : state_(std::make_unique<State>()) {}
JsonLine::~JsonLine() = default;

JsonLine& JsonLine::begin_object() {
  state_->writer.StartObject();
  return *this;
}

JsonLine& JsonLine::end_object() {
  state_->writer.EndObject();
  return *this;
}

JsonLine& JsonLine::begin_array() {
  state_->writer.StartArray();
  return *this;
}

JsonLine& JsonLine::end_array() {
  state_->writer.EndArray();
  return *this;
}

JsonLine& JsonLine::key(std::string_view name) {
  state_->writer.Key(name.data(), size_of(name));
  return *this;
}

JsonLine& JsonLine::text(std::string_view value) {
  const std::string shown =
      base::is_utf8(value) ? std::string(value) : base::printable(value, 4 * value.size());
  state_->writer.String(shown.data(), size_of(shown));
  return *this;
}

JsonLine& JsonLine::integer(std::uint64_t value) {
  state_->writer.Uint64(value);
  return *this;
}

JsonLine& JsonLine::number(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return null();
  state_->writer.Double(*value);
  return *this;
}

JsonLine& JsonLine::boolean(bool value) {
  state_->writer.Bool(value);
  return *this;
}

JsonLine& JsonLine::null() {
  state_->writer.Null();
  return *this;
}

std::string JsonLine::str() const {
  return {state_->buffer.GetString(), state_->buffer.GetSize()};
}

}  // namespace miner
