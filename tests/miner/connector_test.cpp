#include "miner/connector.h"

#include <atomic>

#include "tests/miner/support.h"

namespace miner {
namespace {

using tests::eventually;

TEST(Connector, TellsWhenThereIsSomethingToTake) {
  std::atomic<int> told{0};
  Connector connector([&] { ++told; });
  EXPECT_FALSE(connector.busy());
  EXPECT_FALSE(connector.take());
  connector.start([](const auto&) { return MadeStream(base::io_error("nobody")); });
  EXPECT_TRUE(connector.busy());
  ASSERT_TRUE(eventually([&] { return told == 1; }));
  const auto made = connector.take();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->message(), "nobody");
  EXPECT_FALSE(connector.busy());
  EXPECT_FALSE(connector.take()) << "once";
}

TEST(Connector, EndsWhatIsUnderWay) {
  Connector connector([] {});
  std::atomic<bool> ended{false};
  connector.start([&](const std::function<bool()>& stop) {
    while (!stop()) std::this_thread::yield();
    ended = true;
    return MadeStream(base::io_error("stopped"));
  });
  connector.cancel();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(connector.busy());
  EXPECT_FALSE(connector.take()) << "nobody wants it any more";
}

TEST(Connector, ItsDestructorEndsItToo) {
  std::atomic<bool> ended{false};
  {
    Connector connector([] {});
    connector.start([&](const std::function<bool()>& stop) {
      while (!stop()) std::this_thread::yield();
      ended = true;
      return MadeStream(base::io_error("stopped"));
    });
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace miner
