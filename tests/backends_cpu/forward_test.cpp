#include "backends/cpu/forward.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "backends/cpu/team.h"
#include "tests/backends_cpu/models.h"
#include "tests/backends_cpu/paths.h"

namespace backends::cpu {
namespace {

class Forwards : public EachPath {
 protected:
  CancelSource cancel_;
};
INSTANTIATE_EACH_PATH(Forwards);

template <class T>
std::vector<T> rows_of(const T* all, std::size_t nonce, std::size_t columns) {
  const T* first = all + nonce * POC_TOKENS * columns;
  return std::vector<T>(first, first + POC_TOKENS * columns);
}

// One wrong rounding deep inside often leaves a digest as it is, so states are compared, layer by
// layer, for each nonce of the group.
TEST_P(Forwards, EveryStateOfEveryLayerEqualsTheReferences) {
  for (const char* profile : {"nano", "3,384,640", "2,128,1152"}) {
    const poc::ModelSpec spec = model_spec(profile);
    const auto [layers, dim, ffn] = spec.profile;
    const auto model = ready_model(spec, kernels());
    const poc::ReferenceModel reference = reference_model(spec);
    const auto keys = some_keys(3);
    Forward forward(kernels());
    ASSERT_TRUE(forward.fit(spec.profile, 3).ok());
    forward.load(keys);
    for (std::size_t n = 0; n < keys.size(); ++n) {
      EXPECT_EQ(rows_of(forward.activations().x, n, dim), poc::reference::make_input(keys[n], dim));
    }
    std::vector<std::vector<poc::LayerTrace>> traces(keys.size());
    for (std::size_t n = 0; n < keys.size(); ++n) evaluate(reference, keys[n], &traces[n]);
    for (std::uint32_t layer = 0; layer < layers; ++layer) {
      ASSERT_TRUE(forward.layer(*model, layer, 3, cancel_.token()));
      for (std::size_t n = 0; n < keys.size(); ++n) {
        const poc::LayerTrace& trace = traces[n][layer];
        EXPECT_EQ(rows_of(forward.activations().qkv, n, 3 * dim), trace.qkv);
        EXPECT_EQ(rows_of(forward.activations().h, n, ffn), tiled(trace.h, ffn));
        EXPECT_EQ(rows_of(forward.activations().x, n, dim), trace.x);
      }
    }
  }
}

TEST_P(Forwards, DigestsEqualTheReferencesForEveryGroupSize) {
  const poc::ModelSpec spec = model_spec("nano", 9);
  const auto model = ready_model(spec, kernels());
  const poc::ReferenceModel reference = reference_model(spec);
  const auto keys = some_keys(64);
  std::vector<poc::Digest> expected;
  for (const poc::InputKey& key : keys) expected.push_back(evaluate(reference, key));
  Forward forward(kernels());
  ASSERT_TRUE(forward.fit(spec.profile, 64).ok());
  for (std::size_t size = 1; size <= 64; size += size < 16 ? 1 : 16) {
    std::vector<poc::Digest> digests(size);
    ASSERT_TRUE(forward.run(*model, std::span(keys).first(size), cancel_.token(), digests.data()));
    EXPECT_TRUE(std::equal(digests.begin(), digests.end(), expected.begin())) << size;
  }
}

TEST_P(Forwards, RandomShapesEqualTheReference) {
  Random random(31);
  std::uniform_int_distribution<int> blocks(1, 6);
  for (int i = 0; i < 6; ++i) {
    const std::string profile = std::to_string(1 + i % 3) + "," +
                                std::to_string(128 * blocks(random)) + "," +
                                std::to_string(128 * blocks(random));
    const poc::ModelSpec spec = model_spec(profile, static_cast<std::uint8_t>(i));
    const auto model = ready_model(spec, kernels());
    const auto keys = some_keys(2, static_cast<std::uint8_t>(i));
    Forward forward(kernels());
    ASSERT_TRUE(forward.fit(spec.profile, 2).ok());
    poc::Digest digests[2];
    ASSERT_TRUE(forward.run(*model, keys, cancel_.token(), digests));
    const poc::ReferenceModel reference = reference_model(spec);
    EXPECT_EQ(digests[0], evaluate(reference, keys[0])) << profile;
    EXPECT_EQ(digests[1], evaluate(reference, keys[1])) << profile;
  }
}

// However many compute a group together, the digests are the same, with fewer nonces than members
// and with fewer panels.
TEST_P(Forwards, ACrewComputesWhatOneDoes) {
  for (const char* profile : {"nano", "2,384,128"}) {
    const poc::ModelSpec spec = model_spec(profile, 5);
    const auto model = ready_model(spec, kernels());
    const poc::ReferenceModel reference = reference_model(spec);
    for (const std::uint32_t members : {2U, 3U, 7U}) {
      const auto team = Team::make(members, "crew").value();
      for (const std::size_t nonces : {1U, 2U, 5U}) {
        const auto keys = some_keys(nonces);
        Forward forward(kernels());
        ASSERT_TRUE(forward.fit(spec.profile, static_cast<std::uint32_t>(nonces)).ok());
        std::vector<poc::Digest> digests(nonces);
        Meeting meeting(members);
        auto work = [&](std::uint32_t member) {
          forward.run(*model, keys, cancel_.token(), digests.data(), {meeting, member, members});
        };
        team->run(work);
        for (std::size_t n = 0; n < nonces; ++n) {
          EXPECT_EQ(digests[n], evaluate(reference, keys[n])) << profile << ' ' << members;
        }
      }
    }
  }
}

TEST(Crews, PartsAreEachThingOnce) {
  Meeting meeting(7);
  for (const std::uint32_t count : {0U, 1U, 6U, 7U, 8U, 1024U}) {
    std::uint32_t next = 0;
    for (std::uint32_t member = 0; member < 7; ++member) {
      const auto [first, last] = Crew(meeting, member, 7).part(count);
      EXPECT_EQ(first, next);
      EXPECT_LE(last - first, count / 7 + 1);
      next = last;
    }
    EXPECT_EQ(next, count);
  }
}

// A member that sees a cancel leaves; nobody waits for it, now or later.
TEST(Crews, WhoLeavesEndsEveryWait) {
  Meeting meeting(3);
  std::atomic<int> met{0};
  std::thread waiting([&] { met += meeting.wait() ? 1 : 0; });
  meeting.call_off();
  waiting.join();
  EXPECT_FALSE(meeting.wait());
  EXPECT_EQ(met, 0);
}

TEST(Crews, MeetAgainAndAgain) {
  constexpr int kRounds = 20000;
  Meeting meeting(3);
  std::atomic<int> at{0};
  std::atomic<int> early{0};
  const auto member = [&] {
    for (int round = 0; round < kRounds; ++round) {
      ++at;
      ASSERT_TRUE(meeting.wait());
      if (at < 3 * (round + 1)) ++early;  // somebody had not come yet
    }
  };
  std::thread second(member);
  std::thread third(member);
  member();
  second.join();
  third.join();
  EXPECT_EQ(early, 0);
}

TEST_P(Forwards, FitsOneProfileAfterAnother) {
  Forward forward(kernels());
  for (const char* profile : {"nano", "1,384,128", "nano", "1,128,128"}) {
    const poc::ModelSpec spec = model_spec(profile);
    const auto model = ready_model(spec, kernels());
    const auto keys = some_keys(2);
    ASSERT_TRUE(forward.fit(spec.profile, 2).ok());
    poc::Digest digests[2];
    ASSERT_TRUE(forward.run(*model, keys, cancel_.token(), digests));
    EXPECT_EQ(digests[1], evaluate(reference_model(spec), keys[1])) << profile;
    if (spec.profile.dim == 384) forward.release();
  }
}

/// The kernels of a path with a cancel inside one of them, as from another thread.
CancelSource* cancelled_by_kernel = nullptr;
int kernel_calls = 0;

TEST(ForwardCancel, IsSeenBetweenBlocksLongBeforeTheLayersEnd) {
  CancelSource cancel;
  cancelled_by_kernel = &cancel;
  Kernels kernels = kScalarKernels;
  kernels.product_add = [](const Product& product, std::int16_t* x, std::size_t stride) {
    if (++kernel_calls == 3) cancelled_by_kernel->request();
    kScalarKernels.product_add(product, x, stride);
  };
  const poc::ModelSpec spec = model_spec("nano");
  const auto model = ready_model(spec, kScalarKernels);
  Forward forward(kernels);
  ASSERT_TRUE(forward.fit(spec.profile, 2).ok());
  poc::Digest digests[2] = {};
  const CancelToken token = cancel.token();
  EXPECT_FALSE(forward.run(*model, some_keys(2), token, digests));
  EXPECT_EQ(kernel_calls, 3);  // of the 4 panels of the first such product
  EXPECT_EQ(digests[0], poc::Digest{});
  // Work that begins now is deaf to it, work from before is not.
  EXPECT_TRUE(forward.run(*model, some_keys(2), cancel.token(), digests));
  EXPECT_EQ(digests[1], evaluate(reference_model(spec), some_keys(2)[1]));
  EXPECT_FALSE(forward.run(*model, some_keys(2), token, digests));
}

}  // namespace
}  // namespace backends::cpu
