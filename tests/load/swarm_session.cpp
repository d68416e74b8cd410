#include "tests/load/swarm_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <variant>

namespace load {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr base::Micros kKeptFromTheEnd = std::chrono::seconds(1);

poc::Digest random_digest(std::mt19937_64& random) {
  poc::Digest digest{};
  for (auto& byte : digest) byte = static_cast<std::uint8_t>(random());
  return digest;
}

}  // namespace

SwarmSession::SwarmSession(asio::io_context& io, const Plan& plan, std::string account,
                           WorkSource& work, SwarmEars& ears, const base::Clock& clock,
                           std::uint64_t seed)
    : io_(io),
      socket_(io),
      plan_(plan),
      account_(std::move(account)),
      identity_(*poc::hash_identity(account_)),
      work_(work),
      ears_(ears),
      clock_(clock),
      random_(seed) {}

void SwarmSession::connect() {
  began_ = clock_.now();
  socket_.async_connect(plan_.pool, [this, self = shared_from_this()](const error_code& error) {
    if (error) return fail("connect: " + error.message());
    ears_.connected(clock_.now() - began_);
    socket_.set_option(asio::ip::tcp::no_delay(true));
    session_.emplace(stratum::ClientConfig{"sprint-swarm", account_ + ".w", ""}, clock_.now());
    flush();
    read();
  });
}

void SwarmSession::read() {
  socket_.async_read_some(asio::buffer(bytes_), [this, self = shared_from_this()](
                                                    const error_code& e, std::size_t got) {
    if (over_) return;
    if (e) return fail("read: " + e.message());
    const base::Status fine = session_->feed({bytes_.data(), got}, clock_.now());
    take_events();
    if (!fine.ok()) return fail(fine.message());
    flush();
    if (!over_) read();
  });
}

void SwarmSession::flush() {
  if (over_ || !sending_.empty() || session_->output().empty()) return;
  sending_ = session_->output();
  session_->consume(sending_.size(), clock_.now());
  asio::async_write(socket_, asio::buffer(sending_),
                    [this, self = shared_from_this()](const error_code& error, std::size_t) {
                      sending_.clear();
                      if (over_) return;
                      if (error) return fail("write: " + error.message());
                      flush();
                    });
}

void SwarmSession::tick() {
  if (over_ || !session_) return;
  const base::Status fine = session_->tick(clock_.now());
  take_events();
  if (!fine.ok()) return fail(fine.message());
  flush();
}

void SwarmSession::work() {
  if (over_ || !session_ || plan_.submit_every.count() == 0) return;
  for (auto& [sprint, race] : races_) {
    if (race.runs && race.lease && race.next <= clock_.now()) draw(sprint, race);
  }
}

void SwarmSession::close() {
  if (std::exchange(over_, true)) return;
  for (const auto& [key, record] : open_) ears_.decided(record);
  open_.clear();
  error_code ignored;
  socket_.close(ignored);
}

void SwarmSession::fail(const std::string& why) {
  if (over_) return;
  close();
  ears_.failed(why);
}

void SwarmSession::take_events() {
  while (!over_) {
    const auto event = session_->next_event();
    if (!event) return;
    std::visit([this](const auto& known) { on(known); }, *event);
  }
}

void SwarmSession::on(const stratum::client::LoggedIn&) {
  ears_.logged_in();
}

void SwarmSession::on(const stratum::client::Announced& event) {
  const stratum::Announcement& sprint = event.announcement;
  Race& race = races_[sprint.sprint];
  race.spec = poc::RaceSpec{{sprint.profile, sprint.model_seed}, {}, identity_};
  race.announced = pool_time();
  const stratum::ReadyDevice device{0, "swarm", 1000};
  session_->ready(sprint.sprint, {&device, 1});
}

void SwarmSession::on(const stratum::client::Leased& event) {
  const auto race = races_.find(event.sprint);
  if (race != races_.end() && !event.leases.empty()) race->second.lease = event.leases.back();
}

void SwarmSession::on(const stratum::client::Started& event) {
  const auto found = races_.find(event.notice.sprint);
  if (found == races_.end()) return;
  Race& race = found->second;
  const bool waited = race.announced < event.notice.t0;
  ears_.started(found->first, waited ? std::optional(pool_time() - event.notice.t0) : std::nullopt);
  race.spec->start_seed = event.notice.start_seed;
  race.runs = true;
  race.t_end = event.notice.t_end;
  // Miners find their first shares at any time.
  std::uniform_int_distribution<std::int64_t> first(0, plan_.submit_every.count());
  race.next = clock_.now() + base::Micros(first(random_));
}

void SwarmSession::draw(const std::string& sprint, Race& race) {
  race.next += plan_.submit_every;
  const std::uint64_t nonce = race.lease->base + race.drawn++;
  if (std::bernoulli_distribution(plan_.wrong)(random_)) {
    return submit(sprint, nonce, random_digest(random_), false);
  }
  work_.compute({race.spec->model, poc::input_key(*race.spec, nonce),
                 [this, self = shared_from_this(), sprint, nonce](const poc::Digest& digest) {
                   asio::post(io_, [this, self, sprint, nonce, digest] {
                     submit(sprint, nonce, digest, true);
                   });
                 }});
}

/// Not near the end: what comes late by our own slowness says nothing of the pool.
void SwarmSession::submit(const std::string& sprint, std::uint64_t nonce, const poc::Digest& digest,
                          bool right) {
  const auto race = races_.find(sprint);
  if (over_ || race == races_.end()) return;
  if (pool_time() > race->second.t_end - kKeptFromTheEnd) return;
  const stratum::ShareClaim share{race->second.lease->id, nonce, digest};
  const std::uint64_t seq = session_->submit(sprint, share);
  open_[{sprint, seq}] = {sprint, account_, seq, share, right, clock_.now(), std::nullopt, 0};
  flush();
}

void SwarmSession::on(const stratum::client::Answered& event) {
  auto record = open_.extract({event.sprint, event.seq});
  if (record.empty()) return;
  record.mapped().answered = clock_.now();
  record.mapped().code = event.error ? static_cast<std::uint64_t>(event.error->code) : 0;
  ears_.decided(record.mapped());
}

}  // namespace load
