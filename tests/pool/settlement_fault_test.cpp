// A pool that is killed anywhere: each sprint is settled once.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/pool/ledger_rig.h"

namespace pool {
namespace {

using tests::HandJournal;
using tests::kNoon;
using tests::LedgerFolder;
using tests::PoolRig;
using tests::seconds;
using tests::settled_sprint;
using tests::TestMiner;

constexpr base::UnixTime kT0 = kNoon + seconds(10);
constexpr base::UnixTime kOver = kNoon + seconds(31);

Config paying_config(Scheme scheme) {
  Config config = tests::rig_config();
  config.rewards = {scheme, 3, 1000, 30'000};
  config.database = "yes";  // goes on in the next run
  config.sprints = 1;
  return config;
}

/// Alice finds two shares, by two sessions; Bob one, and a wrong one. All is written down.
void run_sprint(PoolRig& rig) {
  TestMiner& alice = rig.connect("alice");
  TestMiner& other = rig.connect("alice");
  TestMiner& bob = rig.connect("bob");
  rig.at(kNoon);
  const std::string sprint = rig.sprint(1);
  std::vector<stratum::Lease> leases;
  for (TestMiner* miner : {&alice, &other, &bob}) leases.push_back(miner->ready(sprint));
  rig.at(kT0);
  const auto submit = [&](TestMiner& miner, std::size_t lease, std::uint64_t seq) {
    const std::uint64_t nonce = leases[lease].base + seq;
    EXPECT_EQ(miner.submit(sprint, leases[lease], nonce, miner.digest(sprint, nonce), seq), 0);
  };
  submit(alice, 0, 1);
  submit(other, 1, 1);
  submit(bob, 2, 1);
  (void)bob.submit(sprint, leases[2], leases[2].base + 2, poc::Digest{}, 2);
  alice.leave();
  rig.at(kOver);
  rig.verify();
  rig.at(kOver + seconds(10));
}

std::vector<Record> records_of_a_sprint(Scheme scheme) {
  HandJournal journal;
  journal.writes_at_once = true;
  PoolRig rig(paying_config(scheme), &journal);
  run_sprint(rig);
  return journal.records;
}

/// Goes on with what is in the folder, an hour later, until all is over.
void restart(LedgerFolder& folder, Scheme scheme) {
  auto file = JournalFile::open(folder.file(), "rig", kNoon, tests::counting_random());
  ASSERT_TRUE(file.ok()) << file.message();
  std::size_t bad_rows = 0;
  const auto saved = (*file)->load(bad_rows);
  ASSERT_TRUE(saved.ok()) << saved.message();
  ASSERT_EQ(bad_rows, 0U);
  HandJournal journal;
  journal.writes_at_once = true;
  PoolRig rig(paying_config(scheme), &journal, *saved, kNoon + std::chrono::hours(1));
  rig.at(kNoon + std::chrono::hours(1));
  rig.verify();
  const base::Status written = (*file)->write(journal.records);
  ASSERT_TRUE(written.ok()) << written.message();
}

TEST(SettlementFaults, APoolSettlesWhatItTells) {
  LedgerFolder folder;
  folder.write(records_of_a_sprint(Scheme::kProportional));
  EXPECT_EQ(folder.ask("SELECT group_concat(name || ' ' || credit) FROM credits"
                       " JOIN accounts ON accounts.id = account"),
            "alice 2,bob 1");
  EXPECT_EQ(folder.due(), (Weights{{"alice", 647}, {"bob", 323}}));
  EXPECT_EQ(folder.balanced().fee, 30U);
}

TEST(SettlementFaults, AnyCutLeavesASprintSettledOnce) {
  for (const Scheme scheme : {Scheme::kProportional, Scheme::kPplns, Scheme::kSolo}) {
    const std::vector<Record> records = records_of_a_sprint(scheme);
    LedgerFolder uncut;
    uncut.write(records);
    const Weights whole = uncut.due();
    bool all_shares = false;
    for (std::size_t cut = 0; cut <= records.size(); ++cut) {
      SCOPED_TRACE("cut " + std::to_string(cut) + " of " + std::to_string(records.size()));
      LedgerFolder folder;
      folder.write({records.begin(), records.begin() + static_cast<std::ptrdiff_t>(cut)});
      restart(folder, scheme);
      restart(folder, scheme);
      EXPECT_EQ(folder.ask("SELECT count(*) FROM sprints s JOIN settlements t ON t.sprint = number"
                           " WHERE closed AND cancelled"),
                "0");
      EXPECT_EQ(folder.ask("SELECT count(*) FROM sprints WHERE closed AND NOT cancelled AND number"
                           " NOT IN (SELECT sprint FROM settlements)"),
                "0");
      EXPECT_LE(folder.balanced().rewards, 1000U);
      const auto stored = std::count_if(
          records.begin(), records.begin() + static_cast<std::ptrdiff_t>(cut),
          [](const auto& one) { return std::holds_alternative<record::Stored>(one); });
      if (stored < 4) continue;
      all_shares = true;
      EXPECT_EQ(folder.due(), whole);
    }
    EXPECT_TRUE(all_shares);
  }
}

/// What is durable of a race whose sessions are all forgotten still names who is paid.
TEST(SettlementFaults, WhoIsPaidIsKnownWithoutASession) {
  const Config config = tests::rig_config();
  const base::Bytes32 alice = *poc::hash_identity("alice");
  Saved::Race saved{tests::a_sprint(1), true, false, false, {}, {}, {}};
  saved.shares.push_back({{1, 7, 1, 5, tests::a_digest(1), 4}, Share::State::kVerified});
  VerifyBudgets budgets;
  Race race(config, budgets, saved.sprint);
  race.restore(saved, {{7, alice}});
  race.name_account(alice, "alice");
  race.participants.clear();
  race.end();
  race.close(false);
  const record::Settled settled = race.settlement({Scheme::kSolo, 1, 1, 0}, kOver);
  EXPECT_EQ(settled.credits, (Weights{{"alice", 4}}));
  EXPECT_EQ(settled.best, "alice");
}

/// Settles sprints for ever, and writes each reported number to `out`.
[[noreturn]] void settle_for_ever(LedgerFolder& folder, int out) {
  const auto journal = folder.open();
  std::atomic<std::uint64_t> done = 0;
  journal->start([out, &done](std::uint64_t written) {
    done = written;
    if (write(out, &written, sizeof written) != sizeof written) _exit(1);
  });
  for (std::uint64_t number = 1;; ++number) {
    Weights credits;
    for (std::uint64_t i = 0; i < 50; ++i) credits["miner" + std::to_string(number + i)] = i + 1;
    for (Record& record : settled_sprint(number, credits, {Scheme::kPplns, 5, 1000, 30'000})) {
      journal->write(std::move(record));
    }
    while (2 * number > done + 20) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

TEST(SettlementFaults, AKilledProcessLeavesNoHalfSettlement) {
  for (int round = 1; round <= 8; ++round) {
    LedgerFolder folder;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) settle_for_ever(folder, ends[1]);
    close(ends[1]);
    std::uint64_t reported = 0;
    for (int reports = 0; reports < round * 3; ++reports) {
      ASSERT_EQ(read(ends[0], &reported, sizeof reported), ssize_t{sizeof reported});
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    folder.write({});  // as a restart opens it
    EXPECT_EQ(folder.ask("SELECT count(*) FROM sprints LEFT JOIN settlements ON sprint = number"
                         " WHERE closed != (sprint IS NOT NULL)"),
              "0");
    const TrialBalance trial = folder.balanced();
    EXPECT_GE(trial.rewards, reported / 2 * 1000);
    EXPECT_EQ(std::to_string(trial.rewards),
              folder.ask("SELECT 1000 * count(*) FROM sprints WHERE closed"));
  }
}

}  // namespace
}  // namespace pool
