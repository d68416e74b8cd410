// The path that needs nothing: plain loops over the packed format, in poc's own arithmetic.

#include <algorithm>

#include "backends/cpu/isa/kernels.h"

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

void norm(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y) {
  for (std::size_t row = 0; row < rows; ++row, x += dim, y += dim) {
    std::uint64_t squares = 0;
    for (std::size_t j = 0; j < dim; ++j) squares += static_cast<std::uint32_t>(x[j] * x[j]);
    const std::int32_t multiplier = poc::norm_multiplier(squares, static_cast<std::uint32_t>(dim));
    for (std::size_t j = 0; j < dim; ++j) y[j] = offset_activation(poc::norm(x[j], multiplier));
  }
}

/// One query row `q` against one head's keys and values; their rows are `stride` apart.
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
    out[j] = offset_activation(poc::attention_out(sums[j], c));
  }
}

void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o) {
  const std::size_t stride = 3 * dim;
  for (std::size_t t = 0; t < POC_TOKENS; ++t) {
    for (std::size_t column = 0; column < dim; column += POC_HEAD_DIM) {
      const std::int8_t* head = qkv + column;
      attend(head + t * stride, head + dim, head + 2 * dim, stride, o + t * dim + column);
    }
  }
}

void gate(const std::int8_t* g, const std::int8_t* u, std::size_t rows, std::uint8_t* h,
          std::size_t stride) {
  for (std::size_t row = 0; row < rows; ++row, g += kBlockOutputs, u += kBlockOutputs) {
    for (std::size_t j = 0; j < kBlockOutputs; ++j) {
      h[row * stride + j] = offset_activation(poc::gate(g[j], u[j]));
    }
  }
}

/// The 16 sums of one row.
void row_sums(const Product& p, std::size_t row, std::int32_t* sums) {
  const std::uint8_t* a = p.activations + row * p.inputs;
  std::copy(p.corrections, p.corrections + kBlockOutputs, sums);
  for (std::size_t i = 0; i < p.inputs; i += kLineInputs) {
    const std::int8_t* line = p.weights + i * kBlockOutputs;
    for (std::size_t n = 0; n < kBlockOutputs; ++n) {
      for (std::size_t j = 0; j < kLineInputs; ++j) sums[n] += a[i + j] * line[4 * n + j];
    }
  }
}

void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  for (std::size_t row = 0; row < p.rows; ++row, out += stride) {
    std::int32_t sums[kBlockOutputs];
    row_sums(p, row, sums);
    for (std::size_t n = 0; n < kBlockOutputs; ++n) out[n] = poc::narrow(sums[n], p.factor);
  }
}

void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  for (std::size_t row = 0; row < p.rows; ++row, x += stride) {
    std::int32_t sums[kBlockOutputs];
    row_sums(p, row, sums);
    for (std::size_t n = 0; n < kBlockOutputs; ++n) x[n] = poc::add(x[n], sums[n], p.factor);
  }
}

}  // namespace

const Kernels kScalarKernels = {"scalar", make_weights,   norm,       attention,
                                gate,     product_narrow, product_add};

}  // namespace backends::cpu
