// Earnings that are held, over many random sprints: the books, the memory and a rule from the page
// agree at every step, through restarts and kills.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <set>
#include <thread>

#include "tests/pool/judged_rig.h"

namespace pool {
namespace {

using tests::holding;
using tests::judged_sprint;
using tests::kNoon;
using tests::known_in;
using tests::LedgerFolder;
using tests::Played;
using tests::random_sprint;
using tests::seconds;

constexpr RewardConfig kPayment{Scheme::kProportional, 1, 1'000'003, 12'345};

/// The page's rule, each earning by itself: what was earned in s is lost with a wrong share in s or
/// later, up to the sprint that would release it; else it is due from the first one that is judged
/// at s + H or later, or in which all is recomputed.
class HeldOracle {
 public:
  explicit HeldOracle(std::uint64_t hold_sprints) : hold_sprints_(hold_sprints) {}

  void add(std::uint64_t sprint, const Played& played, const RewardConfig& rewards) {
    const auto divided = split(rewards.reward, rewards.fee_ppm, played.credits);
    if (divided) fee_ += divided->fee;
    if (divided) {
      for (const auto& [name, amount] : divided->amounts)
        earnings_.push_back({name, sprint, amount});
    }
    (played.all_recomputed ? gifts_ : judged_).insert(sprint);
    if (played.all_recomputed) return;
    for (const auto& [name, found] : played.findings) {
      if (found.wrong > 0) wrong_[name].insert(sprint);
    }
  }

  struct Sums {
    Weights given;  ///< by account, due or further
    std::uint64_t held = 0;
    std::uint64_t fee = 0;  ///< with what was forfeited
  };
  Sums sums() {
    Sums sums{{}, 0, fee_};
    for (const auto& [name, sprint, amount] : earnings_) {
      const std::uint64_t lost = first(wrong_[name], sprint);
      const std::uint64_t given =
          std::min(first(gifts_, sprint), first(judged_, sprint + hold_sprints_));
      if (lost != UINT64_MAX && lost <= given) {
        sums.fee += amount;
      } else if (given != UINT64_MAX) {
        sums.given[name] += amount;
      } else {
        sums.held += amount;
      }
    }
    std::erase_if(sums.given, [](const auto& entry) { return entry.second == 0; });
    return sums;
  }

 private:
  struct Earning {
    std::string account;
    std::uint64_t sprint = 0;
    std::uint64_t amount = 0;
  };
  static std::uint64_t first(const std::set<std::uint64_t>& sprints, std::uint64_t from) {
    const auto found = sprints.lower_bound(from);
    return found == sprints.end() ? UINT64_MAX : *found;
  }

  const std::uint64_t hold_sprints_;
  std::uint64_t fee_ = 0;
  std::vector<Earning> earnings_;
  std::set<std::uint64_t> judged_, gifts_;
  std::map<std::string, std::set<std::uint64_t>> wrong_;
};

void compare(LedgerFolder& folder, const Trust& trust, HeldOracle& oracle) {
  const HeldOracle::Sums expected = oracle.sums();
  const TrialBalance trial = folder.balanced();
  EXPECT_EQ(trial.held, expected.held);
  EXPECT_EQ(trial.fee, expected.fee);
  const auto balances = folder.ledger().balances();
  ASSERT_TRUE(balances.ok()) << balances.message();
  Weights given;
  std::uint64_t sum = trial.fee;
  for (const Balance& one : *balances) {
    EXPECT_EQ(one.held, trust.held(one.account)) << one.account;
    sum += one.held + one.due + one.exported + one.paid;
    if (one.due + one.exported + one.paid > 0) {
      given[one.account] = one.due + one.exported + one.paid;
    }
  }
  EXPECT_EQ(given, expected.given);
  EXPECT_EQ(sum, trial.rewards);
  EXPECT_EQ(known_in(folder), trust.known());
}

/// Exports what is due, or goes on with what is exported.
void pay_some(LedgerFolder& folder, bool confirm) {
  Ledger ledger = folder.ledger();
  const auto payout = ledger.export_payouts(1, kNoon);
  ASSERT_TRUE(payout.ok()) << payout.message();
  if (*payout && confirm) {
    ASSERT_TRUE(ledger.confirm((*payout)->id, kNoon).ok());
  }
}

std::unique_ptr<JournalFile> open_file(const LedgerFolder& folder) {
  auto file = JournalFile::open(folder.file(), "rig", kNoon, tests::counting_random());
  EXPECT_TRUE(file.ok()) << file.message();
  return std::move(file).value();
}

TEST(HeldProperty, BooksMemoryAndTheRuleAgreeAtEveryStep) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    const ForfeitRule rule = holding(static_cast<std::uint32_t>(seed));
    const StandingPolicy policy{{3, 2}, {6, 3}};
    LedgerFolder folder;
    HeldOracle oracle(seed);
    auto file = open_file(folder);
    std::optional<Trust> trust(Trust(policy, rule, {}));
    for (std::uint64_t number = 1; number <= 60; ++number) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " sprint " + std::to_string(number));
      if (random() % 6 == 0) {  // a restart
        file.reset();
        trust.emplace(policy, rule, folder.open()->take_saved().known);
        file = open_file(folder);
      }
      if (random() % 25 == 0) {
        const std::vector<Record> cancelled = {record::Announced{tests::a_sprint(number)},
                                               record::Closed{number, true}};
        ASSERT_TRUE(file->write(cancelled).ok());
        continue;
      }
      const Played played = random_sprint(random, 10);
      RewardConfig rewards = kPayment;
      if (random() % 15 == 0) rewards.reward = random() % 4;  // some earn 0 of it
      ASSERT_TRUE(file->write(judged_sprint(*trust, number, played, rewards)).ok());
      oracle.add(number, played, rewards);
      compare(folder, *trust, oracle);
      if (HasFailure()) return;
      if (random() % 6 == 0) pay_some(folder, random() % 2 == 0);
    }
    EXPECT_GT(folder.balanced().paid, 0U);
    EXPECT_NE(folder.ask("SELECT count(*) FROM entries WHERE cause = 'forfeited'"), "0");
  }
}

/// 20 s sprints of a day, judged, with payouts; the pool is restarted once an hour.
TEST(HeldProperty, ADayOfSampledSprintsBalancesToTheUnit) {
  constexpr std::uint64_t kSprintsOfADay = 24 * 60 * 60 / 20;
  LedgerFolder folder;
  std::mt19937_64 random(1);
  const ForfeitRule rule = holding(4);
  HeldOracle oracle(4);
  std::vector<Saved::Known> known;
  for (std::uint64_t number = 0; number < kSprintsOfADay;) {
    Trust trust({}, rule, known);
    std::vector<Record> batch;
    for (int i = 0; i < 180; ++i) {
      const Played played = random_sprint(random, 100);
      for (Record& record : judged_sprint(trust, ++number, played, kPayment)) {
        batch.push_back(std::move(record));
      }
      oracle.add(number, played, kPayment);
    }
    folder.write(batch, kNoon + seconds(20) * number);
    known = trust.known();
    ASSERT_EQ(known_in(folder), known);
    pay_some(folder, number % 360 == 0);
  }
  compare(folder, Trust({}, rule, known), oracle);
  EXPECT_GT(folder.balanced().paid, folder.balanced().held);
  EXPECT_EQ(folder.ask("SELECT count(*) FROM settlements"), std::to_string(kSprintsOfADay));
}

/// Judges sprints for ever, and writes each reported number to `out`.
[[noreturn]] void judge_for_ever(LedgerFolder& folder, std::uint64_t seed, int out) {
  const auto journal = folder.open();
  std::atomic<std::uint64_t> done = 0;
  journal->start([out, &done](std::uint64_t written) {
    done = written;
    if (write(out, &written, sizeof written) != sizeof written) _exit(1);
  });
  std::mt19937_64 random(seed);
  Trust trust({}, holding(3), {});
  for (std::uint64_t number = 1;; ++number) {
    for (Record& record : judged_sprint(trust, number, random_sprint(random, 20), kPayment)) {
      journal->write(std::move(record));
    }
    while (2 * number > done + 20) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

/// What is known after so many of its sprints.
std::vector<Saved::Known> known_after(std::uint64_t seed, std::uint64_t sprints) {
  std::mt19937_64 random(seed);
  Trust trust({}, holding(3), {});
  for (std::uint64_t number = 1; number <= sprints; ++number) {
    judged_sprint(trust, number, random_sprint(random, 20), kPayment);
  }
  return trust.known();
}

TEST(HeldProperty, AKilledProcessLeavesNoHalfJudgement) {
  for (int round = 1; round <= 5; ++round) {
    const auto seed = static_cast<std::uint64_t>(round);
    LedgerFolder folder;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) judge_for_ever(folder, seed, ends[1]);
    close(ends[1]);
    std::uint64_t reported = 0;
    for (int reports = 0; reports < round * 4; ++reports) {
      ASSERT_EQ(read(ends[0], &reported, sizeof reported), ssize_t{sizeof reported});
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    const std::vector<Saved::Known> known = folder.open()->take_saved().known;
    const std::uint64_t settled = std::stoull(folder.ask("SELECT count(*) FROM settlements"));
    EXPECT_GE(settled, reported / 2);
    EXPECT_EQ(known, known_after(seed, settled));
    folder.balanced();
  }
}

}  // namespace
}  // namespace pool
