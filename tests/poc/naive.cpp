#include "tests/poc/naive.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/poc/openssl.h"

namespace tests::naive {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr Int kTokens = 16;
constexpr Int kHead = 128;

std::size_t index(Int i) {
  return static_cast<std::size_t>(i);
}

Int power(Int exponent) {
  Int value = 1;
  for (Int i = 0; i < exponent; ++i) value *= 2;
  return value;
}

void append(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// The label with the zero byte that ends it.
Bytes label(std::string_view text) {
  Bytes out(text.begin(), text.end());
  out.push_back(0);
  return out;
}

void append_little_endian(Bytes& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value /= 256) out.push_back(static_cast<std::uint8_t>(value));
}

std::vector<Int> slice(const std::vector<Int>& row, Int first, Int count) {
  return {row.begin() + first, row.begin() + first + count};
}

Matrix columns(const Matrix& a, Int first, Int count) {
  Matrix out;
  for (const auto& row : a) out.push_back(slice(row, first, count));
  return out;
}

Int dot(const std::vector<Int>& a, const std::vector<Int>& b) {
  Int sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

/// out[t][n] = f(t, n)
template <class F>
Matrix each(Int rows, Int count, F f) {
  Matrix out(index(rows), std::vector<Int>(index(count)));
  for (Int t = 0; t < rows; ++t) {
    for (Int n = 0; n < count; ++n) out[index(t)][index(n)] = f(index(t), index(n));
  }
  return out;
}

}  // namespace

Int shift(Int a, Int bits) {
  const Int divisor = power(bits);
  const Int quotient = a / divisor;
  return a % divisor < 0 ? quotient - 1 : quotient;
}

Int isqrt(Int v) {
  Int low = 0;  // low^2 <= v < high^2
  Int high = 3'037'000'499;
  while (high - low > 1) {
    const Int middle = (low + high) / 2;
    (middle * middle <= v ? low : high) = middle;
  }
  return low;
}

Int clamp(Int v, Int limit) {
  return std::min(limit, std::max(-limit, v));
}

Int decode(Int byte) {
  const Int magnitude = 1 + byte % 64;
  return byte >= 128 ? -magnitude : magnitude;
}

Factor factor(Int terms, Int gain16) {
  Int log2 = 0;
  while (power(log2 + 1) <= terms) ++log2;
  const Int p = std::min<Int>((log2 - 7) / 2, 2);
  return {p, isqrt(gain16 * gain16 * power(29 + 2 * p) / (256 * 2795 * terms))};
}

Int narrow(Int sum, Int terms) {
  const auto [p, m] = factor(terms, 16);
  return clamp(shift(sum * m + power(13 + p), 14 + p), 127);
}

Int add(Int x, Int sum, Int terms, Int gain16) {
  const auto [p, m] = factor(terms, gain16);
  return clamp(x + shift(sum * m + power(8 + p), 9 + p), 32767);
}

std::vector<Int> rms_norm(const std::vector<Int>& row) {
  const Int r = std::max<Int>(1, isqrt(dot(row, row) / static_cast<Int>(row.size())));
  const Int i = 5242880 / r;
  std::vector<Int> y;
  for (const Int x : row) y.push_back(clamp(shift(x * i + power(16), 17), 127));
  return y;
}

Int softmax_weight(Int z) {
  const Int e = z / 32;
  const Int f = z % 32;
  return shift(254 - 4 * f + power(e), 1 + e);
}

Int gate(Int g, Int u) {
  return clamp(shift(5 * std::max(g, shift(g, 2)) * u + 64, 7), 127);
}

std::vector<Int> attend(const std::vector<Int>& q, const Matrix& k, const Matrix& v) {
  std::vector<Int> scores;
  for (const auto& key : k) scores.push_back(dot(q, key));
  Int largest = scores.at(0);
  for (const Int s : scores) largest = std::max(largest, s);
  std::vector<Int> w;
  Int total = 0;
  for (const Int s : scores) {
    w.push_back(softmax_weight(std::min<Int>(255, shift(largest - s, 8))));
    total += w.back();
  }
  std::vector<Int> out;
  for (std::size_t j = 0; j < q.size(); ++j) {
    Int sum = 0;
    for (std::size_t u = 0; u < v.size(); ++u) sum += w[u] * v[u][j];
    out.push_back(shift(sum * (65536 / total) + power(15), 16));
  }
  return out;
}

Proof::Proof(Int layers, Int dim, Int ffn, const base::Bytes32& model_seed)
    : layers_(layers), dim_(dim), ffn_(ffn), model_seed_(model_seed) {}

Bytes Proof::params() const {
  Bytes out;
  for (const Int value : {layers_, dim_, ffn_}) {
    append_little_endian(out, static_cast<std::uint64_t>(value), 4);
  }
  return out;
}

base::Bytes32 Proof::weight_key() const {
  Bytes text = label("sprint/1 weights");
  append(text, params());
  append(text, model_seed_);
  return openssl_sha256(text);
}

base::Bytes32 Proof::input_key(const base::Bytes32& start_seed, const std::string& identity,
                               std::uint64_t nonce) const {
  Bytes text = label("sprint/1 input");
  append(text, params());
  append(text, model_seed_);
  append(text, start_seed);
  append(text, openssl_sha256(Bytes(identity.begin(), identity.end())));
  append_little_endian(text, nonce, 8);
  return openssl_sha256(text);
}

Matrix Proof::input(const base::Bytes32& key) const {
  const Bytes stream = openssl_chacha20(key, {}, 0, index(kTokens * dim_));
  return each(kTokens, dim_, [&](std::size_t t, std::size_t j) {
    return decode(stream[t * index(dim_) + j]) * 32;
  });
}

Matrix Proof::weights(Int layer, Int tensor, Int outputs, Int inputs) const {
  Bytes nonce;
  for (const Int word : {layer, tensor, Int{0}}) {
    append_little_endian(nonce, static_cast<std::uint64_t>(word), 4);
  }
  std::array<std::uint8_t, 12> twelve{};
  std::copy(nonce.begin(), nonce.end(), twelve.begin());
  const Bytes stream = openssl_chacha20(weight_key(), twelve, 0, index(outputs * inputs));
  return each(outputs, inputs,
              [&](std::size_t n, std::size_t j) { return decode(stream[n * index(inputs) + j]); });
}

Layer Proof::layer(Int number, const Matrix& x) const {
  Layer out;
  Matrix w = weights(number, 0, 3 * dim_, dim_);
  Matrix a = normalised(x);
  out.qkv = each(kTokens, 3 * dim_,
                 [&](std::size_t t, std::size_t n) { return narrow(dot(a[t], w[n]), dim_); });
  out.o.resize(index(kTokens));
  for (Int head = 0; head < dim_; head += kHead) {
    const Matrix k = columns(out.qkv, dim_ + head, kHead);
    const Matrix v = columns(out.qkv, 2 * dim_ + head, kHead);
    for (std::size_t t = 0; t < index(kTokens); ++t) {
      const std::vector<Int> part = attend(slice(out.qkv[t], head, kHead), k, v);
      out.o[t].insert(out.o[t].end(), part.begin(), part.end());
    }
  }
  w = weights(number, 1, dim_, dim_);
  out.mid = each(kTokens, dim_, [&](std::size_t t, std::size_t n) {
    return add(x[t][n], dot(out.o[t], w[n]), dim_, 8);
  });
  w = weights(number, 2, 2 * ffn_, dim_);
  a = normalised(out.mid);
  out.gu = each(kTokens, 2 * ffn_,
                [&](std::size_t t, std::size_t n) { return narrow(dot(a[t], w[n]), dim_); });
  out.h = each(kTokens, ffn_, [&](std::size_t t, std::size_t j) {
    return gate(out.gu[t][j], out.gu[t][index(ffn_) + j]);
  });
  w = weights(number, 3, dim_, ffn_);
  out.x = each(kTokens, dim_, [&](std::size_t t, std::size_t n) {
    return add(out.mid[t][n], dot(out.h[t], w[n]), ffn_, 11);
  });
  return out;
}

std::vector<Layer> Proof::forward(const Matrix& input) const {
  std::vector<Layer> all;
  for (Int number = 0; number < layers_; ++number) {
    all.push_back(layer(number, all.empty() ? input : all.back().x));
  }
  return all;
}

Matrix Proof::normalised(const Matrix& x) {
  Matrix y;
  for (const auto& row : x) y.push_back(rms_norm(row));
  return y;
}

base::Bytes32 Proof::digest(const Matrix& y) {
  Bytes hashes;
  for (const auto& row : y) {
    Bytes bytes;
    for (const Int v : row) bytes.push_back(static_cast<std::uint8_t>((v + 256) % 256));
    append(hashes, openssl_sha256(bytes));
  }
  return openssl_sha256(hashes);
}

base::Bytes32 Proof::ticket(const base::Bytes32& key, const base::Bytes32& digest) {
  Bytes text = label("sprint/1 ticket");
  append(text, key);
  append(text, digest);
  return openssl_sha256(text);
}

}  // namespace tests::naive
