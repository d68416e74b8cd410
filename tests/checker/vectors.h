#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "poc/keys.h"
#include "poc/profile.h"

namespace checker {

/// A known answer of tests/vectors as the build wrote it down (vectors.cmake): texts as in the
/// file, but for the identity, whose bytes are in hexadecimal.
struct VectorLine {
  std::string_view file;
  poc::Profile profile;
  std::string_view model_seed;
  std::string_view start_seed;
  std::string_view identity;
  std::string_view nonce;
  std::string_view input_key;
  std::string_view digest;
};

/// All of them, file by file; those of one race side by side.
std::span<const VectorLine> vector_lines();

/// The known answer of one nonce.
struct VectorRow {
  std::uint64_t nonce = 0;
  poc::InputKey input_key{};
  poc::Digest digest{};
};

/// Known answers of one race.
struct VectorGroup {
  poc::RaceSpec race;
  std::vector<VectorRow> rows;
};

/// The groups of tests/vectors/<file>.json: "nano", "micro", "base" or "shapes". Aborts when there
/// are none, when a line is not as it should be, or when an input key is not the nonce's.
std::vector<VectorGroup> vector_groups(std::string_view file);

}  // namespace checker
