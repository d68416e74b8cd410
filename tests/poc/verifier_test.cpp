#include "poc/verifier.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "poc/known_answers.h"
#include "tests/poc/allocations.h"
#include "tests/poc/naive.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

using Digests = std::vector<Digest>;
using Keys = std::vector<InputKey>;

constexpr std::uint64_t kSeed = 77;
constexpr Profile kProfile{1, 128, 128};

ModelSpec model_of(std::uint8_t seed, const Profile& profile = kProfile) {
  return {profile, Seed{seed}};
}

Digest naive_digest(const ModelSpec& model, const InputKey& key) {
  const auto& [layers, dim, ffn] = model.profile;
  const tests::naive::Proof proof(layers, dim, ffn, model.model_seed);
  return tests::naive::Proof::digest(
      tests::naive::Proof::normalised(proof.forward(proof.input(key)).back().x));
}

TEST(ReferenceVerifier, FindsTheKnownAnswers) {
  ReferenceVerifier verifier;
  for (const KnownAnswer& answer : known_answers()) {
    const Keys keys = {input_key(answer.race, answer.nonce)};
    EXPECT_EQ(verifier.digests(answer.race.model, keys).value(), Digests{answer.digest})
        << answer.name;
  }
}

TEST(ReferenceVerifier, AnswersEachKeyInOrder) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  const ModelSpec model = model_of(1);
  Keys keys;
  Digests expected;
  for (int i = 0; i < 6; ++i) {
    keys.push_back(i == 4 ? keys[1] : random.bytes32());  // one of them twice
    expected.push_back(naive_digest(model, keys.back()));
  }
  ReferenceVerifier verifier;
  EXPECT_EQ(verifier.digests(model, keys).value(), expected);
  std::reverse(keys.begin(), keys.end());
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(verifier.digests(model, keys).value(), expected);
}

TEST(ReferenceVerifier, TakesSeveralIdentitiesAndRacesInOneCall) {
  const ModelSpec model = model_of(2);
  Keys keys;
  Digests expected;
  for (const char* identity : {"alice.rig1", "bob.rig1", ""}) {
    for (const std::uint8_t start : {std::uint8_t{1}, std::uint8_t{2}}) {
      const RaceSpec race{model, Seed{start}, hash_identity(identity).value()};
      keys.push_back(input_key(race, 5));
      expected.push_back(naive_digest(model, keys.back()));
    }
  }
  EXPECT_EQ(ReferenceVerifier().digests(model, keys).value(), expected);
  for (std::size_t i = 1; i < expected.size(); ++i) EXPECT_NE(expected[0], expected[i]);
}

TEST(ReferenceVerifier, AnswersNothingToNothing) {
  EXPECT_TRUE(ReferenceVerifier().digests(model_of(1), {}).value().empty());
}

TEST(ReferenceVerifier, TellsModelsApart) {
  ReferenceVerifier verifier(1);
  const Keys keys = {InputKey{}};
  for (int round = 0; round < 2; ++round) {
    for (const ModelSpec& model :
         {model_of(1), model_of(2), model_of(1, {1, 128, 256}), model_of(1, {2, 128, 128})}) {
      EXPECT_EQ(verifier.digests(model, keys).value(), Digests{naive_digest(model, InputKey{})});
    }
  }
}

/// Calls a verifier and counts how often it made weights.
class Caching : public testing::Test {
 protected:
  int makes(ReferenceVerifier& verifier, const std::vector<std::uint8_t>& seeds) {
    const int before = large_.count();
    for (const std::uint8_t seed : seeds) {
      EXPECT_EQ(verifier.digests(model_of(seed), keys_).value(), expected(seed));
    }
    return large_.count() - before;
  }

  tests::LargeAllocations large_{kProfile.weights_bytes()};

 private:
  const Digests& expected(std::uint8_t seed) {
    if (digests_[seed].empty()) digests_[seed] = {naive_digest(model_of(seed), keys_[0])};
    return digests_[seed];
  }

  const Keys keys_ = {InputKey{9}};
  std::array<Digests, 8> digests_;
};

TEST_F(Caching, MakesTheWeightsOfAModelOnce) {
  ReferenceVerifier verifier;
  const int once = makes(verifier, {1});
  ASSERT_GT(once, 0);  // the watch works
  EXPECT_EQ(makes(verifier, {1, 1, 1}), 0);
  EXPECT_EQ(makes(verifier, {2}), once);
  EXPECT_EQ(makes(verifier, {1}), once);  // there was room for one model
}

TEST_F(Caching, KeepsTheModelsUsedLast) {
  ReferenceVerifier verifier(2);
  const int once = makes(verifier, {1});
  EXPECT_EQ(makes(verifier, {2}), once);
  EXPECT_EQ(makes(verifier, {1, 2, 1, 2, 1}), 0);
  EXPECT_EQ(makes(verifier, {3}), once);  // in the place of 2
  EXPECT_EQ(makes(verifier, {1, 3}), 0);
  EXPECT_EQ(makes(verifier, {2}), once);
}

TEST_F(Caching, AModelThatDoesNotFitIsAnErrorThatPasses) {
  ReferenceVerifier verifier;
  const Keys keys = {InputKey{9}};
  large_.refuse(true);
  const auto refused = verifier.digests(model_of(1), keys);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_NE(refused.message().find("1,128,128"), std::string::npos) << refused.message();
  large_.refuse(false);
  EXPECT_GT(makes(verifier, {1}), 0);
}

TEST(ReferenceModelMemory, AnImpossibleModelIsRefusedBeforeItIsMade) {
  tests::LargeAllocations large(1 << 20);
  large.refuse(true);
  const auto refused = ReferenceModel::make({{128, 8192, 32768}, Seed{}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_EQ(refused.message(),
            "profile 128,8192,32768: its 131072 MiB of weights do not fit in memory");
  EXPECT_EQ(large.count(), 1);
}

}  // namespace
}  // namespace poc
