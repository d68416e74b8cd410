#include "backends/cpu/machine.h"

#include <gtest/gtest.h>

namespace backends::cpu {
namespace {

TEST(Machine, TellsWhatItIs) {
  const Machine machine = read_machine();
  EXPECT_FALSE(machine.name.empty());
  EXPECT_GE(machine.threads, 1U);
  EXPECT_GT(machine.l2_bytes, 0U);
  EXPECT_GT(machine.memory_bytes, std::uint64_t{64} << 20);
}

TEST(Machine, ReadsTheProcessorsName) {
  EXPECT_EQ(parse_cpu_name("vendor_id\t: X\nmodel name\t: Fast 9000 8-Core\nstepping\t: 1\n"),
            "Fast 9000 8-Core");
  EXPECT_EQ(parse_cpu_name("model name\t: ends here"), "ends here");
  EXPECT_EQ(parse_cpu_name("processor\t: 0\nCPU part\t: 0xd0c\n"), "unknown processor");
  EXPECT_EQ(parse_cpu_name("model name"), "unknown processor");
  EXPECT_EQ(parse_cpu_name(""), "unknown processor");
}

}  // namespace
}  // namespace backends::cpu
