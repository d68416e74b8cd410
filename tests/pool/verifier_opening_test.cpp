// Verifiers that hang while they are opened or closed: that is noticed as in any call.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>

#include "pool/verifier_bench.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using tests::milliseconds;
using tests::seconds;

/// A source whose opening stops when it is cancelled, and not before.
class OpensSlowly : public testing::Test {
 protected:
  OpensSlowly() {
    std::vector<VerifierSource> sources;
    sources.push_back({"slow",
                       [this](const std::function<bool()>& cancelled)
                           -> base::Result<std::unique_ptr<poc::Verifier>> {
                         ++openings;
                         if (openings == 1) opening.set_value();
                         while (!cancelled()) std::this_thread::sleep_for(milliseconds(1));
                         return base::unavailable("cancelled");
                       }});
    slow.emplace(std::move(sources), clock, log);
  }
  base::ManualClock clock;
  tests::LogBook log;
  std::promise<void> opening;
  int openings = 0;
  std::optional<VerifierBench> slow;
};

TEST_F(OpensSlowly, S13_ItIsToldAndCancelled) {
  auto opened = std::async(std::launch::async, [&] { return slow->first(); });
  opening.get_future().wait();
  clock.advance(seconds(299));
  EXPECT_FALSE(slow->interrupt_if_hung());
  clock.advance(seconds(2));
  EXPECT_TRUE(slow->interrupt_if_hung());
  EXPECT_EQ(opened.get(), std::nullopt);
  EXPECT_EQ(log.warnings("verifier hangs, shares wait verifier=slow while=\"it is opened\""), 1U);
  EXPECT_EQ(log.warnings("slow"), 1U) << "told once";
  clock.advance(seconds(59));
  EXPECT_EQ(slow->first(), std::nullopt);
  EXPECT_EQ(openings, 1) << "a pause as for every hang";
}

TEST_F(OpensSlowly, TheEndCancelsItAndOpensNothingAnyMore) {
  auto opened = std::async(std::launch::async, [&] { return slow->first(); });
  opening.get_future().wait();
  slow->end();
  EXPECT_EQ(opened.get(), std::nullopt);
  EXPECT_EQ(slow->first(), std::nullopt);
  EXPECT_EQ(openings, 1);
  EXPECT_EQ(log.warnings("slow"), 0U) << "no fault of its own";
}

TEST(ClosesSlowly, S13_AClosingThatHangsIsTold) {
  base::ManualClock clock;
  tests::LogBook log;
  std::promise<void> closing;
  std::promise<void> may_close;
  class ClosesSlowly final : public poc::Verifier {
   public:
    ClosesSlowly(std::promise<void>& closing, std::promise<void>& may_close)
        : closing_(closing), may_close_(may_close) {}
    ~ClosesSlowly() override {
      closing_.set_value();
      may_close_.get_future().wait();
    }
    base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec&,
                                                   std::span<const poc::InputKey>) override {
      return base::device_fault("lost");
    }

   private:
    std::promise<void>& closing_;
    std::promise<void>& may_close_;
  };
  std::vector<VerifierSource> sources;
  sources.push_back({"stuck", [&](const std::function<bool()>&) {
                       return base::Result<std::unique_ptr<poc::Verifier>>(
                           std::make_unique<ClosesSlowly>(closing, may_close));
                     }});
  VerifierBench stuck(std::move(sources), clock, log);
  ASSERT_EQ(stuck.first(), 0U);
  auto asked = std::async(std::launch::async, [&] {
    return stuck.ask(0, {{2, 128, 256}, {}}, {}).ok();
  });
  closing.get_future().wait();
  clock.advance(seconds(61));
  EXPECT_TRUE(stuck.interrupt_if_hung());
  EXPECT_EQ(log.warnings("while=\"it is closed\""), 1U);
  EXPECT_EQ(stuck.states()[0].reason, "it hangs");
  may_close.set_value();
  EXPECT_FALSE(asked.get());
  EXPECT_EQ(stuck.states()[0].reason, "lost");
}

}  // namespace
}  // namespace pool
