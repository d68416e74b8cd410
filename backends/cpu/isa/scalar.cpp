// The path that needs nothing: plain loops over the packed format, in poc's own arithmetic.

#include <algorithm>

#include "backends/cpu/isa/kernels.h"
#include "poc/sha256.h"

namespace backends::cpu {
namespace {

void make_weights(const WeightTask& task) {
  const std::size_t row_blocks = task.inputs / 64;
  for (std::size_t output = 0; output < kBlockOutputs; ++output) {
    std::int32_t sum = 0;
    for (std::size_t block = 0; block < row_blocks; ++block) {
      std::uint8_t bytes[64];
      const std::size_t counter = task.first_block + output * row_blocks + block;
      poc::chacha_stream(task.stream, static_cast<std::uint32_t>(counter), bytes, sizeof(bytes));
      for (std::size_t i = 0; i < sizeof(bytes); ++i) {
        const std::int8_t weight = poc::decode(bytes[i]);
        task.weights[packed_offset(output, block * 64 + i)] = weight;
        sum += weight;
      }
    }
    task.corrections[output] = -kActivationOffset * sum;
  }
}

void make_input(const poc::InputKey& key, std::size_t dim, std::int16_t* x) {
  const poc::ChaChaState stream = poc::chacha_init(key.data(), 0, 0, 0);
  for (std::size_t i = 0; i < POC_TOKENS * dim; i += 64) {
    std::uint8_t bytes[64];
    poc::chacha_stream(stream, static_cast<std::uint32_t>(i / 64), bytes, sizeof(bytes));
    for (std::size_t j = 0; j < sizeof(bytes); ++j) {
      x[i + j] = static_cast<std::int16_t>(poc::decode(bytes[j]) * (1 << POC_INPUT_SHIFT));
    }
  }
}

void norm(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y) {
  for (std::size_t row = 0; row < rows; ++row, x += dim) {
    std::uint64_t squares = 0;
    for (std::size_t j = 0; j < dim; ++j) squares += static_cast<std::uint32_t>(x[j] * x[j]);
    const std::int32_t multiplier = poc::norm_multiplier(squares, static_cast<std::uint32_t>(dim));
    for (std::size_t j = 0; j < dim; ++j) {
      y[tiled_offset(row, j, dim)] = offset_activation(poc::norm(x[j], multiplier));
    }
  }
}

/// One query row `q` against one head's keys and values, whose rows are `stride` apart. `out`: the
/// row of the head's first tile; the head's second tile follows it.
void attend(const std::int8_t* q, const std::int8_t* k, const std::int8_t* v, std::size_t stride,
            std::uint8_t* out) {
  std::int32_t scores[POC_TOKENS] = {};
  for (std::size_t u = 0; u < POC_TOKENS; ++u) {
    for (std::size_t j = 0; j < POC_HEAD_DIM; ++j) scores[u] += q[j] * k[u * stride + j];
  }
  const std::int32_t largest = *std::max_element(scores, scores + POC_TOKENS);
  std::int32_t total = 0;
  std::int32_t sums[POC_HEAD_DIM] = {};
  for (std::size_t u = 0; u < POC_TOKENS; ++u) {
    const std::int32_t weight = poc::softmax_weight(poc::softmax_distance(largest, scores[u]));
    total += weight;
    for (std::size_t j = 0; j < POC_HEAD_DIM; ++j) sums[j] += weight * v[u * stride + j];
  }
  const std::int32_t c = 65536 / total;
  for (std::size_t j = 0; j < POC_HEAD_DIM; ++j) {
    out[tiled_offset(0, j, POC_HEAD_DIM)] = offset_activation(poc::attention_out(sums[j], c));
  }
}

void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o) {
  const std::size_t stride = 3 * dim;
  for (std::size_t t = 0; t < POC_TOKENS; ++t) {
    for (std::size_t column = 0; column < dim; column += POC_HEAD_DIM) {
      const std::int8_t* head = qkv + column;
      attend(head + t * stride, head + dim, head + 2 * dim, stride,
             o + tiled_offset(t, column, dim));
    }
  }
}

/// Adds four inputs of a row times a line of weights to 16 sums.
void add_line(const std::uint8_t* a, const std::int8_t* line, std::int32_t* sums) {
  for (std::size_t n = 0; n < kBlockOutputs; ++n) {
    for (std::size_t j = 0; j < kLineInputs; ++j) sums[n] += a[j] * line[kLineInputs * n + j];
  }
}

/// The sums of one row with one block of the panel.
void row_sums(const Product& p, std::size_t row, std::size_t block, std::int32_t* sums) {
  const std::int8_t* weights = p.weights + block * kBlockOutputs * p.inputs;
  std::copy_n(p.corrections + block * kBlockOutputs, kBlockOutputs, sums);
  const std::uint8_t* tile = p.activations + tiled_offset(row, 0, p.inputs);
  for (std::size_t column = 0; column < p.inputs; column += kTileColumns, tile += kTileBytes) {
    const std::int8_t* line = weights + column * kBlockOutputs;
    for (std::size_t i = 0; i < kTileColumns; i += kLineInputs, line += 64) {
      add_line(tile + i, line, sums);
    }
  }
}

/// The sums of one row with the panel.
struct RowSums {
  RowSums(const Product& p, std::size_t row) {
    for (std::size_t b = 0; b < kPanelBlocks; ++b) row_sums(p, row, b, at + b * kBlockOutputs);
  }
  std::int32_t at[kPanelOutputs];
};

void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  for (std::size_t row = 0; row < p.rows; ++row, out += stride) {
    const RowSums sums(p, row);
    for (std::size_t n = 0; n < kPanelOutputs; ++n) out[n] = poc::narrow(sums.at[n], p.factor);
  }
}

void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                  std::size_t column) {
  for (std::size_t row = 0; row < g.rows; ++row) {
    const RowSums g_sums(g, row);
    const RowSums u_sums(u, row);
    std::uint8_t* out = h + tiled_offset(row, column, ffn);
    for (std::size_t n = 0; n < kPanelOutputs; ++n) {
      out[n] = offset_activation(
          poc::gate(poc::narrow(g_sums.at[n], g.factor), poc::narrow(u_sums.at[n], u.factor)));
    }
  }
}

void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  for (std::size_t row = 0; row < p.rows; ++row, x += stride) {
    const RowSums sums(p, row);
    for (std::size_t n = 0; n < kPanelOutputs; ++n) x[n] = poc::add(x[n], sums.at[n], p.factor);
  }
}

void digest(const std::uint8_t* y, std::size_t dim, poc::Digest& digest) {
  poc::Sha256 all;
  for (std::size_t row = 0; row < POC_TOKENS; ++row) {
    poc::Sha256 hash;
    for (std::size_t j = 0; j < dim; ++j) {
      const std::int8_t plain = plain_activation(y[tiled_offset(row, j, dim)]);
      hash.update(&plain, 1);
    }
    std::uint8_t row_hash[32];
    hash.finish(row_hash);
    all.update(row_hash, sizeof(row_hash));
  }
  all.finish(digest.data());
}

}  // namespace

const Kernels kScalarKernels = {"scalar",       make_weights, make_input,  norm,  attention,
                                product_narrow, product_gate, product_add, digest};

}  // namespace backends::cpu
