#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

// A second evaluator of the proof, written from the proof's page alone: 64-bit integers everywhere,
// one element at a time, divisions instead of shifts, hashes and streams by OpenSSL. It includes
// nothing of poc/.
namespace tests::naive {

using Int = std::int64_t;

/// Rows of columns.
using Matrix = std::vector<std::vector<Int>>;

/// a / 2^bits toward minus infinity.
Int shift(Int a, Int bits);
/// The floor of the square root.
Int isqrt(Int v);
Int clamp(Int v, Int limit);
Int decode(Int byte);

struct Factor {
  Int p, m;
};
Factor factor(Int terms, Int gain16);
Int narrow(Int sum, Int terms);
Int add(Int x, Int sum, Int terms, Int gain16);
std::vector<Int> rms_norm(const std::vector<Int>& row);
Int softmax_weight(Int z);
Int gate(Int g, Int u);
/// One row of one head: q[128] against keys and values [16][128].
std::vector<Int> attend(const std::vector<Int>& q, const Matrix& k, const Matrix& v);

struct Layer {
  Matrix qkv, o, mid, gu, h, x;
};

/// The proof of one model.
class Proof {
 public:
  Proof(Int layers, Int dim, Int ffn, const base::Bytes32& model_seed);

  base::Bytes32 weight_key() const;
  base::Bytes32 input_key(const base::Bytes32& start_seed, const std::string& identity,
                          std::uint64_t nonce) const;
  /// [16][dim]
  Matrix input(const base::Bytes32& key) const;
  /// From the input to every intermediate of every layer.
  std::vector<Layer> forward(const Matrix& input) const;
  /// y: the normalised output of the last layer.
  static Matrix normalised(const Matrix& x);
  static base::Bytes32 digest(const Matrix& y);
  static base::Bytes32 ticket(const base::Bytes32& key, const base::Bytes32& digest);

 private:
  Matrix weights(Int layer, Int tensor, Int outputs, Int inputs) const;
  Layer layer(Int index, const Matrix& x) const;
  std::vector<std::uint8_t> params() const;

  Int layers_, dim_, ffn_;
  base::Bytes32 model_seed_;
};

}  // namespace tests::naive
