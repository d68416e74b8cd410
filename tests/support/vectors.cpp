#include "tests/support/vectors.h"

#include <rapidjson/error/en.h>
#include <rapidjson/istreamwrapper.h>

#include <cstdio>
#include <fstream>

#include "base/check.h"
#include "tests/places.h"

namespace tests {
namespace {

using Json = rapidjson::Value;

const Json& member(const Json& object, const char* name) {
  CHECK(object.IsObject() && object.HasMember(name));
  return object[name];
}

std::string_view text(const Json& object, const char* name) {
  const Json& value = member(object, name);
  CHECK(value.IsString());
  return {value.GetString(), value.GetStringLength()};
}

base::Bytes32 bytes32(const Json& object, const char* name) {
  const auto bytes = base::bytes32_from_hex(text(object, name));
  CHECK(bytes.has_value());
  return *bytes;
}

const Json& array(const Json& object, const char* name) {
  const Json& value = member(object, name);
  CHECK(value.IsArray());
  return value;
}

poc::Profile profile(const Json& group) {
  const Json& sizes = array(group, "profile");
  CHECK(sizes.Size() == 3 && sizes[0].IsUint() && sizes[1].IsUint() && sizes[2].IsUint());
  return poc::make_profile(sizes[0].GetUint(), sizes[1].GetUint(), sizes[2].GetUint()).value();
}

LayerHashes layer_hashes(const Json& layer) {
  return {bytes32(layer, "qkv"), bytes32(layer, "o"), bytes32(layer, "mid"),
          bytes32(layer, "gu"),  bytes32(layer, "h"), bytes32(layer, "x")};
}

VectorRow vector_row(const Json& row) {
  VectorRow out;
  const auto nonce = base::u64_from_hex(text(row, "nonce"));
  CHECK(nonce.has_value());
  out.nonce = *nonce;
  out.input_key = bytes32(row, "input_key");
  out.digest = bytes32(row, "digest");
  out.ticket = bytes32(row, "ticket");
  for (const Json& layer : array(row, "trace").GetArray()) out.trace.push_back(layer_hashes(layer));
  return out;
}

VectorGroup vector_group(const Json& group) {
  VectorGroup out;
  out.profile = profile(group);
  out.model_seed = bytes32(group, "model_seed");
  out.start_seed = bytes32(group, "start_seed");
  out.identity = text(group, "identity");
  for (const Json& row : array(group, "rows").GetArray()) out.rows.push_back(vector_row(row));
  CHECK(!out.rows.empty());
  return out;
}

}  // namespace

poc::RaceSpec VectorGroup::race() const {
  return {model(), start_seed, poc::hash_identity(identity).value()};
}

std::vector<VectorGroup> load_vectors(std::string_view name) {
  const rapidjson::Document document = load_vector_file(name);
  CHECK(document.IsArray() && !document.Empty());
  std::vector<VectorGroup> groups;
  for (const Json& group : document.GetArray()) groups.push_back(vector_group(group));
  return groups;
}

rapidjson::Document load_vector_file(std::string_view name) {
  const std::string path = SPRINT_VECTORS_DIR "/" + std::string(name) + ".json";
  std::ifstream file(path);
  rapidjson::IStreamWrapper stream(file);
  rapidjson::Document document;
  document.ParseStream(stream);
  if (!file.is_open() || document.HasParseError()) {
    std::fprintf(
        stderr, "%s: %s\n", path.c_str(),
        file.is_open() ? rapidjson::GetParseError_En(document.GetParseError()) : "cannot be read");
  }
  CHECK(file.is_open() && !document.HasParseError());
  return document;
}

}  // namespace tests
