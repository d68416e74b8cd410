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

TEST(Machine, ReadsListsOfProcessors) {
  using List = std::vector<std::uint32_t>;
  EXPECT_EQ(parse_processors("").value(), List{});
  EXPECT_EQ(parse_processors("3").value(), List{3});
  EXPECT_EQ(parse_processors("2,0,4-7").value(), (List{2, 0, 4, 5, 6, 7}));
  EXPECT_EQ(parse_processors("5-5").value(), List{5});
  for (const char* wrong : {",", "1,", ",1", "a", "-1", "1-", "2-1", "1,1", "0-3,2", "65536", " 1",
                            "1 ", "0x1", "1-2-3"}) {
    EXPECT_FALSE(parse_processors(wrong).ok()) << wrong;
  }
  EXPECT_EQ(parse_processors("0,x").message(), "'x' is no processor and no range of them");
  EXPECT_EQ(parse_processors("0-3,2").message(), "processor 2 is there twice");
}

}  // namespace
}  // namespace backends::cpu
