#include "tests/checker/vectors.h"

#include "base/bytes.h"
#include "base/check.h"

namespace checker {
namespace {

base::Bytes32 bytes32(std::string_view text) {
  const auto bytes = base::bytes32_from_hex(text);
  CHECK(bytes.has_value());
  return *bytes;
}

/// The text whose bytes are written in hexadecimal.
std::string text_of(std::string_view hexadecimal) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  CHECK(hexadecimal.size() % 2 == 0);
  std::string text;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    const std::size_t high = kDigits.find(hexadecimal[i]);
    const std::size_t low = kDigits.find(hexadecimal[i + 1]);
    CHECK(high < 16 && low < 16);
    text += static_cast<char>(high << 4 | low);
  }
  return text;
}

poc::RaceSpec race_of_line(const VectorLine& line) {
  const poc::Profile& sizes = line.profile;
  poc::RaceSpec race;
  race.model.profile = poc::make_profile(sizes.layers, sizes.dim, sizes.ffn).value();
  race.model.model_seed = bytes32(line.model_seed);
  race.start_seed = bytes32(line.start_seed);
  race.identity_hash = poc::hash_identity(text_of(line.identity)).value();
  return race;
}

VectorRow row_of_line(const VectorLine& line, const poc::RaceSpec& race) {
  const auto nonce = base::u64_from_hex(line.nonce);
  CHECK(nonce.has_value());
  const VectorRow row{*nonce, bytes32(line.input_key), bytes32(line.digest)};
  CHECK(row.input_key == poc::input_key(race, row.nonce));
  return row;
}

}  // namespace

std::vector<VectorGroup> vector_groups(std::string_view file) {
  std::vector<VectorGroup> groups;
  for (const VectorLine& line : vector_lines()) {
    if (line.file != file) continue;
    const poc::RaceSpec race = race_of_line(line);
    if (groups.empty() || !(groups.back().race == race)) groups.push_back({race, {}});
    groups.back().rows.push_back(row_of_line(line, race));
  }
  CHECK(!groups.empty());
  return groups;
}

}  // namespace checker
