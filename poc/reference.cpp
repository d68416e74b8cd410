#include "poc/reference.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "poc/bounds.h"
#include "poc/chacha20.h"
#include "poc/core.h"
#include "poc/dot.h"
#include "poc/sha256.h"

namespace poc {

TensorShape tensor_shape(const Profile& p, std::uint32_t tensor) {
  switch (tensor) {
    case POC_TENSOR_QKV:
      return {3 * p.dim, p.dim};
    case POC_TENSOR_OUT:
      return {p.dim, p.dim};
    case POC_TENSOR_GATE_UP:
      return {2 * p.ffn, p.dim};
    default:
      CHECK(tensor == POC_TENSOR_DOWN);
      return {p.dim, p.ffn};
  }
}

ReferenceModel::ReferenceModel(const Profile& profile, std::vector<std::int8_t> weights)
    : profile_(profile), weights_(std::move(weights)) {
  CHECK(weights_.size() == profile.weights_bytes());
}

base::Result<ReferenceModel> ReferenceModel::make(const ModelSpec& spec) {
  std::vector<std::int8_t> weights;
  try {
    weights.resize(spec.profile.weights_bytes());
  } catch (const std::bad_alloc&) {
    return base::no_memory("profile " + to_string(spec.profile) + ": its " +
                           std::to_string(spec.profile.weights_bytes() >> 20) +
                           " MiB of weights do not fit in memory");
  }
  const base::Bytes32 key = weight_key(spec);
  auto* out = reinterpret_cast<std::uint8_t*>(weights.data());
  for (std::uint32_t layer = 0; layer < spec.profile.layers; ++layer) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      const std::uint64_t size = tensor_shape(spec.profile, t).size();
      chacha_stream(chacha_init(key.data(), layer, t, 0), 0, out, size);
      out += size;
    }
  }
  for (std::int8_t& w : weights) w = decode(static_cast<std::uint8_t>(w));
  return ReferenceModel(spec.profile, std::move(weights));
}

std::span<const std::int8_t> ReferenceModel::tensor(std::uint32_t layer,
                                                    std::uint32_t tensor) const {
  std::uint64_t offset = layer * (profile_.weights_bytes() / profile_.layers);
  for (std::uint32_t t = 0; t < tensor; ++t) offset += tensor_shape(profile_, t).size();
  return std::span(weights_).subspan(offset, tensor_shape(profile_, tensor).size());
}

namespace reference {

std::vector<std::int8_t> rms_norm(std::span<const std::int16_t> x, std::uint32_t dim) {
  std::vector<std::int8_t> y(x.size());
  for (std::size_t row = 0; row < x.size(); row += dim) {
    std::uint64_t squares = 0;
    for (std::size_t j = row; j < row + dim; ++j) {
      squares += static_cast<std::uint64_t>(std::int64_t{x[j]} * x[j]);
    }
    const std::int32_t multiplier = norm_multiplier(squares, dim);
    for (std::size_t j = row; j < row + dim; ++j) y[j] = norm(x[j], multiplier);
  }
  return y;
}

std::vector<std::int32_t> product(std::span<const std::int8_t> a, std::span<const std::int8_t> w,
                                  std::uint32_t inputs) {
  const std::size_t rows = a.size() / inputs;
  const std::size_t outputs = w.size() / inputs;
  std::vector<std::int32_t> sums(rows * outputs);
  for (std::size_t n = 0; n < outputs; ++n) {
    const std::int8_t* weight = &w[n * inputs];
    for (std::size_t t = 0; t < rows; ++t) {
      sums[t * outputs + n] = dot(&a[t * inputs], weight, inputs);
    }
  }
  return sums;
}

namespace {

/// One query row against one head's keys and values. `q`, `k`, `v` point at the head's first
/// column; rows are `stride` apart.
void attend(const std::int8_t* q, const std::int8_t* k, const std::int8_t* v, std::size_t stride,
            std::int8_t* out) {
  std::int32_t scores[POC_TOKENS];
  for (std::size_t u = 0; u < POC_TOKENS; ++u) {
    scores[u] = 0;
    for (std::size_t j = 0; j < POC_HEAD_DIM; ++j) scores[u] += q[j] * k[u * stride + j];
  }
  const std::int32_t largest = *std::max_element(scores, scores + POC_TOKENS);
  std::int32_t weights[POC_TOKENS];
  std::int32_t total = 0;
  for (std::size_t u = 0; u < POC_TOKENS; ++u) {
    weights[u] = softmax_weight(softmax_distance(largest, scores[u]));
    total += weights[u];
  }
  const std::int32_t c = 65536 / total;
  for (std::size_t j = 0; j < POC_HEAD_DIM; ++j) {
    std::int32_t sum = 0;
    for (std::size_t u = 0; u < POC_TOKENS; ++u) sum += weights[u] * v[u * stride + j];
    out[j] = attention_out(sum, c);
  }
}

}  // namespace

std::vector<std::int8_t> attention(std::span<const std::int8_t> qkv, std::uint32_t dim) {
  const std::size_t stride = 3 * std::size_t{dim};
  std::vector<std::int8_t> out(POC_TOKENS * std::size_t{dim});
  for (std::size_t t = 0; t < POC_TOKENS; ++t) {
    for (std::size_t column = 0; column < dim; column += POC_HEAD_DIM) {
      attend(&qkv[t * stride + column], &qkv[dim + column], &qkv[2 * std::size_t{dim} + column],
             stride, &out[t * dim + column]);
    }
  }
  return out;
}

std::vector<std::int16_t> make_input(const InputKey& key, std::uint32_t dim) {
  std::vector<std::uint8_t> stream(POC_TOKENS * std::size_t{dim});
  chacha_stream(chacha_init(key.data(), 0, 0, 0), 0, stream.data(), stream.size());
  std::vector<std::int16_t> x(stream.size());
  std::transform(stream.begin(), stream.end(), x.begin(), [](std::uint8_t b) {
    return static_cast<std::int16_t>(decode(b) * (1 << POC_INPUT_SHIFT));
  });
  return x;
}

Digest digest_rows(std::span<const std::int8_t> y, std::uint32_t dim) {
  Sha256 all;
  for (std::size_t t = 0; t < POC_TOKENS; ++t) {
    Sha256 row;
    row.update(&y[t * dim], dim);
    base::Bytes32 row_hash;
    row.finish(row_hash.data());
    all.update(row_hash.data(), row_hash.size());
  }
  Digest digest;
  all.finish(digest.data());
  return digest;
}

namespace {

std::vector<std::int8_t> narrow_all(std::span<const std::int32_t> sums, std::uint32_t terms) {
  const Factor f = factor(terms, POC_GAIN_NARROW);
  std::vector<std::int8_t> out(sums.size());
  std::transform(sums.begin(), sums.end(), out.begin(),
                 [f](std::int32_t sum) { return narrow(sum, f); });
  return out;
}

std::vector<std::int16_t> add_all(std::span<const std::int16_t> x,
                                  std::span<const std::int32_t> sums, std::uint32_t terms,
                                  std::uint32_t gain16) {
  const Factor f = factor(terms, gain16);
  std::vector<std::int16_t> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = add(x[i], sums[i], f);
  return out;
}

std::vector<std::int8_t> gate_all(std::span<const std::int8_t> gu, std::uint32_t ffn) {
  std::vector<std::int8_t> h(POC_TOKENS * std::size_t{ffn});
  for (std::size_t t = 0; t < POC_TOKENS; ++t) {
    const std::int8_t* g = &gu[t * 2 * ffn];
    for (std::size_t j = 0; j < ffn; ++j) h[t * ffn + j] = gate(g[j], g[ffn + j]);
  }
  return h;
}

/// One layer: every intermediate from the layer's input `x`.
LayerTrace layer(const ReferenceModel& model, std::uint32_t index,
                 std::span<const std::int16_t> x) {
  const auto [layers, dim, ffn] = model.profile();
  const auto weights = [&](std::uint32_t t) { return model.tensor(index, t); };
  LayerTrace out;
  out.qkv = narrow_all(product(rms_norm(x, dim), weights(POC_TENSOR_QKV), dim), dim);
  out.o = attention(out.qkv, dim);
  out.mid = add_all(x, product(out.o, weights(POC_TENSOR_OUT), dim), dim, POC_GAIN_ATTENTION);
  out.gu = narrow_all(product(rms_norm(out.mid, dim), weights(POC_TENSOR_GATE_UP), dim), dim);
  out.h = gate_all(out.gu, ffn);
  out.x = add_all(out.mid, product(out.h, weights(POC_TENSOR_DOWN), ffn), ffn, POC_GAIN_FFN);
  return out;
}

}  // namespace
}  // namespace reference

Digest evaluate(const ReferenceModel& model, const InputKey& key, std::vector<LayerTrace>* trace) {
  const Profile& profile = model.profile();
  std::vector<std::int16_t> x = reference::make_input(key, profile.dim);
  for (std::uint32_t i = 0; i < profile.layers; ++i) {
    LayerTrace layer = reference::layer(model, i, x);
    x = layer.x;
    if (trace != nullptr) trace->push_back(std::move(layer));
  }
  return reference::digest_rows(reference::rms_norm(x, profile.dim), profile.dim);
}

}  // namespace poc
