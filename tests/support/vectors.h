#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "poc/keys.h"

namespace tests {

/// SHA-256 of one layer's intermediates, as little-endian row-major bytes.
struct LayerHashes {
  base::Bytes32 qkv, o, mid, gu, h, x;
};

/// The known answer of one nonce.
struct VectorRow {
  std::uint64_t nonce = 0;
  poc::InputKey input_key{};
  poc::Digest digest{};
  poc::Ticket ticket{};
  std::vector<LayerHashes> trace;  ///< by layer
};

/// Known answers of one race.
struct VectorGroup {
  poc::Profile profile;
  poc::Seed model_seed{};
  poc::Seed start_seed{};
  std::string identity;
  std::vector<VectorRow> rows;

  poc::ModelSpec model() const { return {profile, model_seed}; }
  poc::RaceSpec race() const;
};

/// The groups of tests/vectors/<name>.json: "nano", "micro", "base", "shapes". Aborts when the file
/// is not there or not as the proof's page says.
std::vector<VectorGroup> load_vectors(std::string_view name);

/// tests/vectors/<name>.json as it is, e.g. "operators". Aborts when it cannot be read.
rapidjson::Document load_vector_file(std::string_view name);

}  // namespace tests
