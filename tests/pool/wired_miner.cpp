#include "tests/pool/wired_miner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

namespace tests {
namespace {

// Of a sprint that is announced within a second after noon: a pool that died before it wrote its
// first one down announces another.
constexpr base::UnixTime kRacing = kNoon + seconds(11);
constexpr base::UnixTime kOver = kNoon + seconds(32);
const stratum::ClientConfig kMiner{"tester/1", "alice.rig", "x", {}};

}  // namespace

WiredMiner::WiredMiner(std::uint32_t seed) : random_(seed) {
  config_.database = "x";  // so that it goes on
  config_.sprints = 1;
  make_pool(journal_.saved());
}

void WiredMiner::make_pool(const pool::Saved& saved) {
  auto random = [this](std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    return true;
  };
  pool_ = std::make_unique<pool::Pool>(
      config_, pool::Pool::Ports{checker_, journal_, std::move(random), log_}, saved, now_);
  pool_->tick(now_);
}

void WiredMiner::restart_pool() {
  if (connected()) cut(false);
  pool_.reset();
  wires_.clear();
  checker_.jobs.clear();
  journal_.records.resize(written_);
  make_pool(journal_.saved());
}

void WiredMiner::connect() {
  now_ += milliseconds(1);
  wires_[++connection_] = std::make_unique<stratum::ServerSession>(config_.name);
  pool_->join(connection_, wire());
  session_.emplace(kMiner, steady(), std::exchange(left_, std::nullopt));
}

void WiredMiner::cut(bool pool_notices) {
  left_ = session_->leave_behind();
  session_.reset();
  desk_.session_lost();
  if (pool_notices) close(connection_);
}

void WiredMiner::close(std::uint64_t connection) {
  pool_->leave(connection);
  wires_.erase(connection);
}

/// What a server does after everything that happened to its pool.
void WiredMiner::turn_pool() {
  pool_->tick(now_);
  for (const std::uint64_t connection : pool_->take_superseded()) close(connection);
}

void WiredMiner::carry_up(std::size_t bytes) {
  const std::string piece(session_->output().substr(0, bytes));
  session_->consume(piece.size());
  EXPECT_TRUE(wire().feed(piece, now_).ok());
  EXPECT_TRUE(pool_->handle(connection_, now_));
  turn_pool();
}

void WiredMiner::carry_down(std::size_t bytes) {
  const std::string piece(wire().output().substr(0, bytes));
  wire().consume(piece.size());
  EXPECT_TRUE(session_->feed(piece, steady()).ok());
  while (const auto event = session_->next_event()) {
    std::visit([this](const auto& what) { on(what); }, *event);
  }
}

void WiredMiner::write_one() {
  if (written_ == journal_.records.size()) return;
  pool_->written(++written_, now_);
  turn_pool();
}

void WiredMiner::settle() {
  if (!connected()) connect();
  for (bool silent = false; !silent;) {
    silent = up() == 0 && down() == 0 && written_ == journal_.records.size();
    if (up() > 0) carry_up(up());
    while (written_ < journal_.records.size()) write_one();
    if (down() > 0) carry_down(down());
  }
}

void WiredMiner::find_share() {
  const std::uint64_t nonce = lease_->base + ++found_;
  const poc::Digest digest = right_digest(poc::input_key(race_->spec, nonce));
  desk_.found(0, {race_, *lease_, {nonce, digest}}, 0, steady());
}

void WiredMiner::pass_t0() {
  now_ = kRacing;
  turn_pool();
}

void WiredMiner::pass_t_end() {
  now_ = std::max(now_, kOver);
  turn_pool();
  if (!checker_.jobs.empty()) pool_->checked(checker_.right(), now_);
  turn_pool();
}

void WiredMiner::on(const stratum::client::LoggedIn& event) {
  desk_.session_opened(0, event.resumed, steady());
}

void WiredMiner::on(const stratum::client::Announced& event) {
  const stratum::Announcement& told = event.announcement;
  model_ = poc::ModelSpec{told.profile, told.model_seed};
  const stratum::ReadyDevice device{0, "first", 0};
  if (!lease_) session_->ready(told.sprint, {&device, 1});
}

void WiredMiner::on(const stratum::client::Started& event) {
  if (race_ != nullptr) return;  // told again
  const poc::RaceSpec spec{*model_, event.notice.start_seed, *poc::hash_identity("alice")};
  race_ = std::make_shared<const miner::Race>(miner::Race{1, event.notice.sprint, spec, {}});
}

void WiredMiner::on(const stratum::client::Leased& event) {
  if (!lease_) lease_ = event.leases.front();
}

void WiredMiner::on(const stratum::client::Answered& event) {
  desk_.answered(event.sprint, event.seq, event.error, steady());
}

void WiredMiner::expect_all_credited_once() const {
  miner::ShareCounts wanted;
  wanted.accepted = found_;
  EXPECT_EQ(desk_.counts(), wanted);
  EXPECT_EQ(desk_.credit(), found_);
  std::set<std::uint64_t> nonces;
  for (const pool::Saved::Race& race : journal_.saved().races) {
    for (const pool::Saved::StoredShare& stored : race.shares) {
      EXPECT_EQ(race.sprint.start.sprint, race_->sprint) << "one that is over is not raced on";
      EXPECT_EQ(stored.state, pool::Share::State::kVerified);
      EXPECT_TRUE(nonces.insert(stored.share.nonce).second) << "stored twice";
    }
  }
  EXPECT_EQ(nonces.size(), found_);
}

}  // namespace tests
