#include "miner/spool_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "miner/spool_record.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"

namespace miner::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::make_share;

/// A file of many records, and what each of them says.
struct Sample {
  std::vector<Record> records;
  std::vector<std::size_t> ends;  // of each record's line in the text, without its newline
  std::string text;

  void add(const Record& record) {
    records.push_back(record);
    text += to_text(record);
    ends.push_back(text.size() - 1);
  }
};

/// Shares that are open after those records that `counts` lets through.
template <class Counts>
std::vector<SpooledShare> open_after(const Sample& sample, Counts counts) {
  std::vector<std::pair<SpoolId, SpooledShare>> open;
  for (std::size_t i = 0; i < sample.records.size(); ++i) {
    if (!counts(i)) continue;
    if (const auto* found = std::get_if<Found>(&sample.records[i])) {
      open.emplace_back(found->id, found->share);
    } else if (const auto* settled = std::get_if<Settled>(&sample.records[i])) {
      std::erase_if(open, [&](const auto& entry) { return entry.first == settled->id; });
    }
  }
  return tests::shares_of(open);
}

Sample sample() {
  Sample sample;
  sample.add(Header{"stratum+tls://pool.example:3443 alice"});
  for (SpoolId id = 1; id <= 8; ++id) {
    sample.add(Found{id, make_share(id)});
    if (id % 3 == 0) sample.add(Settled{id - 1});
  }
  return sample;
}

TEST(SpoolReader, ReadsWhatWasFoundAndNotSettled) {
  const Sample file = sample();
  const Contents contents = read_spool(file.text);
  EXPECT_EQ(contents.name, "stratum+tls://pool.example:3443 alice");
  EXPECT_THAT(contents.shares, ElementsAre(make_share(1), make_share(3), make_share(4),
                                           make_share(6), make_share(7), make_share(8)));
  EXPECT_EQ(contents.damaged_lines, 0u);
  EXPECT_EQ(contents.damaged, "");
}

TEST(SpoolReader, AnyByteChangedCostsItsOwnRecordAlone) {
  const Sample file = sample();
  for (std::size_t at = 0; at < file.text.size(); ++at) {
    // The empty line in front of a record, and the newline behind it, are its own.
    const auto hit = static_cast<std::size_t>(
        std::lower_bound(file.ends.begin(), file.ends.end(), at) - file.ends.begin());
    const auto without = open_after(file, [&](std::size_t i) { return i != hit; });
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255, file.text[at] ^ '\n'}) {
      if (change == 0) continue;
      std::string text = file.text;
      text[at] = static_cast<char>(text[at] ^ change);
      const Contents contents = read_spool(text);
      ASSERT_EQ(contents.shares, without) << "byte " << at << " change " << change;
      ASSERT_GE(contents.damaged_lines, 1u);
      ASSERT_EQ(contents.name.has_value(), hit != 0);
    }
  }
}

TEST(SpoolReader, WhatIsCutOffKeepsItsWholeLines) {
  const Sample file = sample();
  for (std::size_t length = 0; length <= file.text.size(); ++length) {
    const Contents contents = read_spool(std::string_view(file.text).substr(0, length));
    const auto whole = [&](std::size_t i) { return file.ends[i] <= length; };
    ASSERT_EQ(contents.shares, open_after(file, whole)) << "of length " << length;
    ASSERT_LE(contents.damaged_lines, 1u);
  }
}

TEST(SpoolReader, WhatIsMissingInFrontCostsNothingBehind) {
  const Sample file = sample();
  for (std::size_t begin = 0; begin <= file.text.size(); ++begin) {
    const Contents contents = read_spool(std::string_view(file.text).substr(begin));
    const auto whole = [&](std::size_t i) {
      return begin + to_text(file.records[i]).size() - (i == 0 ? 1 : 2) <= file.ends[i];
    };
    ASSERT_EQ(contents.shares, open_after(file, whole)) << "from " << begin;
    ASSERT_LE(contents.damaged_lines, 1u);
  }
}

TEST(SpoolReader, GarbageBetweenRecordsCostsNoShare) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    std::vector<SpooledShare> shares;
    for (SpoolId id = 1; id < 20; ++id) {
      std::string garbage(random() % 3 == 0 ? random() % 6000 : 0, '\0');
      if (random() % 2 == 0) {
        for (char& c : garbage) c = static_cast<char>(random());
      }
      shares.push_back(tests::random_share(random));
      text += garbage + to_text(Found{id, shares.back()});
    }
    const Contents contents = read_spool(text);
    ASSERT_EQ(contents.shares, shares) << "round " << i;
    ASSERT_EQ(contents.damaged_lines, static_cast<std::size_t>(std::count(
                                          contents.damaged.begin(), contents.damaged.end(), '\n')));
  }
}

TEST(SpoolReader, NeverFailsOnRandomBytes) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 300, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 40));
    const Contents contents = read_spool(bytes);
    EXPECT_THAT(contents.shares, IsEmpty());
  }
}

TEST(SpoolReader, KeepsOnlySoMuchOfWhatIsDamaged) {
  const std::string text =
      std::string(3 * kMaxDamagedBytes, 'x') + to_text(Found{1, make_share(1)});
  const Contents contents = read_spool(text + std::string(10, 'y'));
  EXPECT_THAT(contents.shares, ElementsAre(make_share(1)));
  EXPECT_EQ(contents.damaged_lines, 2u);
  EXPECT_EQ(contents.damaged, std::string(kMaxDamagedBytes, 'x'));
}

TEST(SpoolReader, AnIdThatComesAgainLosesNoShare) {
  const std::string text = to_text(Found{1, make_share(1)}) + to_text(Found{1, make_share(1)}) +
                           to_text(Found{1, make_share(2)}) + to_text(Settled{1});
  EXPECT_THAT(read_spool(text).shares, ElementsAre(make_share(1)))
      << "which of the two was settled is not known but for the order";
}

TEST(SpoolReader, ASecondHeaderMustSayTheSame) {
  const std::string one = to_text(Header{"one"});
  EXPECT_EQ(read_spool(one + one).damaged_lines, 0u);
  const Contents contents = read_spool(one + to_text(Header{"two"}));
  EXPECT_EQ(contents.name, "one");
  EXPECT_EQ(contents.damaged_lines, 1u);
}

}  // namespace
}  // namespace miner::spool
