#include "tests/pool/journal_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>

namespace tests {
namespace {

using pool::Saved;
using pool::Share;
namespace record = pool::record;

std::int64_t micros(base::UnixTime time) {
  return time.time_since_epoch().count();
}

std::string text_of(const pool::Sprint& sprint) {
  const auto& [number, told, start, draw] = sprint;
  const std::string drawn = draw ? fmt::format(" | {} {} {} {}", base::to_hex(draw->secret),
                                               base::to_hex(told.draw.value().commitment),
                                               told.draw->beacon, draw->value.value_or("not yet"))
                                 : "";
  return fmt::format("{} {} {} {} {} '{}' {} {} {} {} | {} {} {} {} {} {}{}", number, told.sprint,
                     told.pool, poc::to_string(told.profile), base::to_hex(told.model_seed),
                     told.identity, base::to_hex(told.commitment), told.beacon, micros(told.t0),
                     micros(told.t_end), start.sprint, base::to_hex(start.start_seed),
                     base::to_hex(start.secret), start.beacon, micros(start.t0),
                     micros(start.t_end), drawn);
}

template <class ShareRow>
std::string text_of_share(const ShareRow& row) {
  return fmt::format("{} {} {} {} {}", row.sprint, row.session, row.seq, row.nonce,
                     base::to_hex(row.digest));
}

}  // namespace

JournalFolder::JournalFolder() : path_(testing::TempDir() + "sprint_journal_XXXXXX") {
  EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_;
}

JournalFolder::~JournalFolder() {
  std::filesystem::remove_all(path_);
}

std::unique_ptr<pool::SqliteJournal> JournalFolder::open(base::UnixTime now) {
  auto journal = pool::SqliteJournal::open(file(), "rig", now, log, counting_random());
  EXPECT_TRUE(journal.ok()) << journal.message();
  return journal.ok() ? std::move(*journal) : nullptr;
}

std::string JournalFolder::refusal(const std::string& pool_name) {
  auto journal = pool::SqliteJournal::open(file(), pool_name, kNoon, log, counting_random());
  EXPECT_FALSE(journal.ok());
  return journal.ok() ? "" : journal.message();
}

void JournalFolder::sql(const std::string& text) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << text << ": " << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

std::string JournalFolder::ask(const std::string& query) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
  std::string answer = "no row";
  const auto take = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] == nullptr ? "NULL" : values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(handle, query.c_str(), take, &answer, nullptr), SQLITE_OK)
      << query << ": " << sqlite3_errmsg(handle);
  sqlite3_close(handle);
  return answer;
}

std::function<void(std::uint64_t)> Reports::taker() {
  return [this](std::uint64_t written) {
    const std::lock_guard lock(mutex_);
    all_.push_back(written);
    changed_.notify_all();
  };
}

bool Reports::wait_for(std::uint64_t record) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, seconds(30),
                           [&] { return !all_.empty() && all_.back() >= record; });
}

std::uint64_t Reports::newest() const {
  const std::lock_guard lock(mutex_);
  return all_.empty() ? 0 : all_.back();
}

std::size_t Reports::count() const {
  const std::lock_guard lock(mutex_);
  return all_.size();
}

bool Reports::ascending() const {
  const std::lock_guard lock(mutex_);
  return std::adjacent_find(all_.begin(), all_.end(), std::greater_equal<>()) == all_.end();
}

pool::Sprint a_sprint(std::uint64_t number, base::UnixTime t0) {
  const std::string id = fmt::format("{}-000102030405", number);
  const base::UnixTime t_end = t0 + seconds(20);
  return {number,
          {id, "rig", {2, 128, 256}, a_digest(number), "", t0, t_end, a_digest(number + 1), "none"},
          {id, a_digest(number + 2), a_digest(number + 3), "none", t0, t_end}};
}

poc::Digest a_digest(std::uint64_t n) {
  return poc::sha256(base::as_bytes(std::to_string(n)));
}

std::string text_of(const Saved& saved) {
  std::string all = fmt::format("key {}\nlast {}\n", base::to_hex(saved.key), saved.last_sprint);
  for (const record::Joined& one : saved.sessions) {
    all += fmt::format("session {} '{}' {}\n", one.session, one.account, one.generation);
  }
  for (const Saved::Race& race : saved.races) {
    all += fmt::format("race {} {} {} {}\n", text_of(race.sprint), race.started, race.closed,
                       race.cancelled);
    for (const auto& [session, lease] : race.leases) {
      all += fmt::format("  lease {} {} {} {} {} {}\n", session, lease.id, lease.device, lease.base,
                         lease.bits, lease.difficulty);
    }
    for (const auto& [share, state] : race.shares) {
      all += fmt::format("  share {} {} {}\n", text_of_share(share), share.difficulty,
                         static_cast<int>(state));
    }
    for (const auto& repeat : race.repeats) all += "  repeat " + text_of_share(repeat) + "\n";
  }
  for (const auto& [account, reputation, held] : saved.known) {
    all += fmt::format("known '{}' {} {} {}\n", account, reputation.shares, reputation.sprints,
                       reputation.faults);
    for (const auto& [sprint, amount] : held) all += fmt::format("  held {} {}\n", sprint, amount);
  }
  return all;
}

pool::Record RandomHistory::next(const JournalModel& model) {
  const std::uint64_t dice = below(100);
  if (model.races().empty() || dice < 4) {
    number_ += 1 + below(3);
    pool::Sprint sprint = a_sprint(number_, kNoon + seconds(number_ * 600));
    if (number_ % 2 == 0) {
      sprint.announcement.beacon = "drand:7";
      sprint.start.beacon.clear();
      sprint.start.start_seed = {};
    }
    sprint.announcement.identity = dice == 0 ? "Zoë's \"farm\"; --" : "";
    return record::Announced{sprint};
  }
  if (model.sessions().empty() || dice < 12) {
    return record::Joined{random_(), fmt::format("näme {}", below(10)),
                          static_cast<std::uint32_t>(random_())};
  }
  const auto race =
      std::next(model.races().begin(), static_cast<std::ptrdiff_t>(below(model.races().size())));
  return about(race->second, model);
}

pool::Record RandomHistory::about(const Saved::Race& race, const JournalModel& model) {
  const auto session = std::next(model.sessions().begin(),
                                 static_cast<std::ptrdiff_t>(below(model.sessions().size())))
                           ->first;
  const std::uint64_t number = race.sprint.number;
  const std::uint64_t dice = below(100);
  if (dice < 3) {
    const base::UnixTime t0 = race.sprint.announcement.t0 + milliseconds(below(60'000));
    record::Started started{number, t0, t0 + seconds(20)};
    if (race.sprint.has_beacon()) started.drawn = {"value", a_digest(number + 4)};
    return started;
  }
  if (dice < 8) return record::Closed{number, below(3) == 0};
  if (dice < 14) return record::Resumed{session, static_cast<std::uint32_t>(random_())};
  if (dice < 30) return grant(race, session);
  if (dice < 65) return share(race, session);
  if (race.shares.empty()) return share(race, session);
  if (dice < 90) return decision(race);
  const record::Stored& known = race.shares[below(race.shares.size())].share;
  return record::Repeated{number, session, below(1000), known.nonce, known.digest};
}

pool::Record RandomHistory::grant(const Saved::Race& race, pool::SessionId session) {
  const auto bits = static_cast<std::uint32_t>(16 + below(33));
  const std::uint64_t base = random_() >> bits << bits;
  return record::Granted{race.sprint.number,
                         session,
                         {race.leases.size() + 1, static_cast<std::uint32_t>(random_()), base, bits,
                          1 + below(poc::kMaxDifficulty)}};
}

/// Of a nonce that has none, or whose share is wrong or withdrawn.
pool::Record RandomHistory::share(const Saved::Race& race, pool::SessionId session) {
  const std::uint64_t fresh = random_();
  record::Stored stored{race.sprint.number, session,
                        1 + below(1000),    fresh,
                        a_digest(below(3)), 1 + below(poc::kMaxDifficulty)};
  if (race.shares.empty() || below(2) == 0) return stored;
  stored.nonce = race.shares[below(race.shares.size())].share.nonce;
  for (const auto& [share, state] : race.shares) {
    const bool live = state == Share::State::kStored || state == Share::State::kVerified;
    if (share.nonce == stored.nonce && live) stored.nonce = fresh;
  }
  return stored;
}

/// Of a share of any nonce, if it is the last of that nonce.
pool::Record RandomHistory::decision(const Saved::Race& race) {
  const std::uint64_t nonce = race.shares[below(race.shares.size())].share.nonce;
  const auto last =
      std::find_if(race.shares.rbegin(), race.shares.rend(),
                   [&](const Saved::StoredShare& one) { return one.share.nonce == nonce; });
  return record::Decided{race.sprint.number, nonce, last->share.digest,
                         static_cast<Share::State>(1 + below(3))};
}

}  // namespace tests
