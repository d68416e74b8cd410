#include "backends/cpu/model_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/cpu/isa/select.h"
#include "tests/backends_cpu/models.h"
#include "tests/backends_cpu/paths.h"

namespace backends::cpu {
namespace {

constexpr std::uint64_t kPlenty = 8'000'000'000;

std::shared_ptr<ModelCache> make_cache(std::uint64_t available_bytes = kPlenty) {
  return std::make_shared<ModelCache>([=] { return available_bytes; });
}

/// What must be available for `models` models of a profile.
std::uint64_t room_for(std::string_view profile, std::uint64_t models) {
  return 200'000'000 + models * PackedModel::memory_needed(model_spec(profile).profile);
}

TEST(ModelCache, KeepsOneCopyForAll) {
  const auto cache = make_cache();
  const auto a = cache->acquire(model_spec("nano", 1)).value();
  const auto b = cache->acquire(model_spec("nano", 2)).value();
  EXPECT_EQ(cache->acquire(model_spec("nano", 1)).value(), a);
  EXPECT_NE(a, b);
}

TEST(ModelCache, ForgetsAModelThatNobodyHolds) {
  const auto cache = make_cache();
  auto model = cache->acquire(model_spec("nano")).value();
  make_all(*model, kScalarKernels);
  model.reset();
  EXPECT_FALSE(cache->acquire(model_spec("nano")).value()->ready());
}

TEST(ModelCache, RefusesWhatDoesNotFitAndNamesTheNumbers) {
  const auto cache = make_cache(room_for("base", 1) - 1);
  const auto refused = cache->acquire(model_spec("base"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_EQ(refused.message(),
            "profile base needs 874 MB, 873 MB can be taken (1073 MB available, less a reserve)");
  EXPECT_TRUE(make_cache(room_for("base", 1))->acquire(model_spec("base")).ok());
}

TEST(ModelCache, CountsWhatIsPromisedButNotTouched) {
  const auto cache = make_cache(room_for("micro", 2) - 1);
  const auto first = cache->acquire(model_spec("micro", 1)).value();
  EXPECT_FALSE(cache->acquire(model_spec("micro", 2)).ok());
  make_all(*first, *runnable_paths().front());  // now it shows in what is available
  EXPECT_TRUE(cache->acquire(model_spec("micro", 2)).ok());
}

TEST(ModelCache, GivesAModelThatIsHereEvenWithoutMemory) {
  std::uint64_t available = kPlenty;
  ModelCache cache([&] { return available; });
  const auto model = cache.acquire(model_spec("nano")).value();
  available = 0;
  EXPECT_EQ(cache.acquire(model_spec("nano")).value(), model);
}

class Residents : public testing::Test {
 protected:
  PackedModel* take(std::uint8_t seed) { return models_.take(model_spec("nano", seed)).value(); }
  bool holds(std::uint8_t seed) { return models_.find(model_spec("nano", seed)) != nullptr; }

  std::uint64_t available_ = kPlenty;
  std::shared_ptr<ModelCache> cache_ = std::make_shared<ModelCache>([this] { return available_; });
  ResidentModels models_{cache_};
};

TEST_F(Residents, AThirdTakesThePlaceOfTheOneUsedLongestAgo) {
  take(1);
  take(2);
  EXPECT_TRUE(holds(1));  // a use
  take(3);
  EXPECT_FALSE(holds(2));
  EXPECT_TRUE(holds(1));
  EXPECT_TRUE(holds(3));
}

TEST_F(Residents, TheOneBeingRacedStays) {
  models_.race(take(1));
  take(2);
  take(3);
  EXPECT_FALSE(holds(2));
  EXPECT_TRUE(holds(1));
  models_.race(take(3));
  take(4);
  EXPECT_FALSE(holds(1));
}

TEST_F(Residents, MemoryMakesTheIdleOneGoFirst) {
  models_.race(take(1));
  take(2);
  available_ = 0;
  EXPECT_FALSE(models_.take(model_spec("nano", 3)).ok());
  EXPECT_FALSE(holds(2));  // it was let go for 3, in vain
  EXPECT_TRUE(holds(1));   // the race was not harmed
}

TEST_F(Residents, ClearLetsGoOfAll) {
  models_.race(take(1));
  take(2);
  const std::weak_ptr<PackedModel> model = cache_->acquire(model_spec("nano", 1)).value();
  models_.clear();
  EXPECT_TRUE(model.expired());
  EXPECT_FALSE(holds(1));
  EXPECT_FALSE(holds(2));
}

}  // namespace
}  // namespace backends::cpu
