#include "tests/poc/vector_rows.h"

#include <gtest/gtest.h>

#include "tests/poc/openssl.h"

namespace tests {
namespace {

using base::to_hex;

/// SHA-256 of integers as little-endian bytes.
template <class T>
std::string hash_of(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(values.size() * sizeof(T));
  for (const T value : values) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
  return to_hex(openssl_sha256(bytes));
}

void check_layer(const poc::LayerTrace& layer, const LayerHashes& known) {
  EXPECT_EQ(hash_of(layer.qkv), to_hex(known.qkv)) << "qkv";
  EXPECT_EQ(hash_of(layer.o), to_hex(known.o)) << "o";
  EXPECT_EQ(hash_of(layer.mid), to_hex(known.mid)) << "mid";
  EXPECT_EQ(hash_of(layer.gu), to_hex(known.gu)) << "gu";
  EXPECT_EQ(hash_of(layer.h), to_hex(known.h)) << "h";
  EXPECT_EQ(hash_of(layer.x), to_hex(known.x)) << "x";
}

}  // namespace

void check_row(const poc::ReferenceModel& model, const VectorGroup& group, const VectorRow& row) {
  SCOPED_TRACE(testing::Message() << "profile " << poc::to_string(group.profile) << ", nonce "
                                  << to_hex(row.nonce));
  const poc::InputKey key = poc::input_key(group.race(), row.nonce);
  EXPECT_EQ(to_hex(key), to_hex(row.input_key)) << "input key";
  std::vector<poc::LayerTrace> trace;
  const poc::Digest digest = poc::evaluate(model, key, &trace);
  EXPECT_EQ(to_hex(digest), to_hex(row.digest)) << "digest";
  EXPECT_EQ(to_hex(poc::make_ticket(key, digest)), to_hex(row.ticket)) << "ticket";
  ASSERT_EQ(trace.size(), group.profile.layers);
  ASSERT_EQ(row.trace.size(), group.profile.layers);
  for (std::size_t layer = 0; layer < trace.size(); ++layer) {
    SCOPED_TRACE(testing::Message() << "layer " << layer);
    check_layer(trace[layer], row.trace[layer]);
  }
}

}  // namespace tests
