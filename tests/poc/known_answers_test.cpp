#include "poc/known_answers.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string_view>

#include "poc/reference.h"
#include "tests/support/vectors.h"

namespace poc {
namespace {

/// The digest of a race's nonce in the vectors.
std::optional<Digest> find(const RaceSpec& race, std::uint64_t nonce) {
  for (const std::string_view file : {"nano", "micro", "shapes"}) {
    for (const tests::VectorGroup& group : tests::load_vectors(file)) {
      if (group.race() != race) continue;
      for (const tests::VectorRow& row : group.rows) {
        if (row.nonce == nonce) return row.digest;
      }
    }
  }
  return std::nullopt;
}

TEST(KnownAnswers, StandInTheVectors) {
  ASSERT_FALSE(known_answers().empty());
  for (const KnownAnswer& answer : known_answers()) {
    const std::optional<Digest> digest = find(answer.race, answer.nonce);
    ASSERT_TRUE(digest.has_value()) << answer.name << " is not in the vectors";
    EXPECT_EQ(base::to_hex(*digest), base::to_hex(answer.digest)) << answer.name;
  }
}

TEST(KnownAnswers, AreWhatTheReferenceFinds) {
  for (const KnownAnswer& answer : known_answers()) {
    const ReferenceModel model = ReferenceModel::make(answer.race.model).value();
    EXPECT_EQ(evaluate(model, input_key(answer.race, answer.nonce)), answer.digest) << answer.name;
  }
}

TEST(KnownAnswers, HaveNamesAndDigestsOfTheirOwn) {
  std::set<std::string_view> names;
  std::set<Digest> digests;
  for (const KnownAnswer& answer : known_answers()) {
    EXPECT_TRUE(names.insert(answer.name).second) << answer.name;
    EXPECT_TRUE(digests.insert(answer.digest).second) << answer.name;
  }
}

TEST(KnownAnswers, CoverOddNumbersOfBlocksAndEachShiftOfAProduct) {
  bool odd_dim = false;
  bool odd_ffn = false;
  std::set<int> shifts;
  for (const KnownAnswer& answer : known_answers()) {
    const Profile& profile = answer.race.model.profile;
    odd_dim |= profile.dim / 128 > 1 && profile.dim / 128 % 2 == 1;
    odd_ffn |= profile.ffn / 128 > 1 && profile.ffn / 128 % 2 == 1;
    shifts.insert(profile.dim < 512 ? 0 : profile.dim < 2048 ? 1 : 2);
  }
  EXPECT_TRUE(odd_dim);
  EXPECT_TRUE(odd_ffn);
  EXPECT_GE(shifts.size(), 2u);
}

}  // namespace
}  // namespace poc
