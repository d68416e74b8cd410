// The stand-in itself: that its faults are those of the kernel.

#include "tests/telemetry_sysfs/tree.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "backends/telemetry/sysfs/files.h"

namespace tests {
namespace {

using backends::sysfs::read_start;
using backends::sysfs::read_text;

TEST(Tree, IsWrittenFromItsManifest) {
  Tree recorded;
  recorded.write("a.tree",
                 "# nothing\n[here/there]\ntext = one\\n\\ttwo\nbytes hex 00 7f ff*3\n"
                 "link -> text\n");
  Tree tree;
  tree.add(recorded.root() / "a.tree");
  EXPECT_EQ(read_start(tree.root() / "here/there/text", 99), "one\n\ttwo\n");
  EXPECT_EQ(read_start(tree.root() / "here/there/bytes", 99), std::string("\0\x7f\xff\xff\xff", 5));
  EXPECT_EQ(read_text(tree.root() / "here/there/link"), "one\n\ttwo");
}

TEST(Tree, AFileThatFailsOpensAndCannotBeRead) {
  Tree tree;
  tree.fail("sensor", "EIO");
  std::ifstream file(tree.root() / "sensor");
  EXPECT_TRUE(file.is_open());
  errno = 0;
  EXPECT_EQ(file.get(), std::ifstream::traits_type::eof());
  EXPECT_EQ(errno, EIO);
}

TEST(Tree, AFileOfRootCannotBeOpened) {
  Tree tree;
  tree.fail("sensor", "EACCES");
  const AsUser user;
  errno = 0;
  EXPECT_FALSE(std::ifstream(tree.root() / "sensor").is_open());
  EXPECT_EQ(errno, EACCES);
}

}  // namespace
}  // namespace tests
