// The end of a pool's turn, and of the run: what was found is sent and answered before it is left.
#include <fmt/format.h>

#include "miner/pool_turns.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Micros kEndStep = milliseconds(100);  // between two looks at the clock
// A pool that is not to be used any more: so long for what was found and is being found for it, and
// the rest for the last answers.
constexpr base::Micros kLeaveWithin = seconds(1);
constexpr base::Micros kFindsWithin = milliseconds(750);
// A pool that was left for its round trip is not left for that again so soon: the others were no
// better, or not there.
constexpr base::Micros kStaysAtLeast = std::chrono::minutes(10);
constexpr int kNoMail = -1;  // for poll(2): mail waits

}  // namespace

std::string_view PoolTurns::why_leaving() const {
  if (!pools_.is_listed(number_)) return "pool not listed any more";
  if (!pools_.is_enabled(number_)) return "pool disabled";
  if (go_elsewhere_) return "another pool is preferred";
  if (redirect_) return "the pool sends us to another address";
  return better_waits_ ? "a better pool takes over" : "pool too far away (--max-latency)";
}

/// Takes leave of a pool that is not to be used any more, once it has stored what was found for it;
/// what is found after that waits at the desk, as for any pool that is lost. When the run ends
/// meanwhile nothing is said: the winding down goes on with the connection.
void PoolTurns::leave() {
  log_.info(why_leaving(), {{"pool", base::Address{pool_.url}}});
  const base::SteadyTime begin = clock_.now();
  if (better_waits_) coordinator_.stop_racing();
  while (still_found() && clock_.now() < begin + kFindsWithin && !ports_.over()) {
    if (!leave_step(mailbox_.fd())) return;
  }
  // Where shares come faster than answers there is always one more. Answers that nobody reads would
  // reset the connection, and what was sent last would be lost with it.
  const stratum::ClientSession& session = connection_->session();
  while (session.unanswered() != 0 && clock_.now() < begin + kLeaveWithin && !ports_.over()) {
    if (!leave_step(kNoMail)) return;
  }
  if (ports_.over()) return;
  connection_->session().bye();
  (void)connection_->flush().ok();
}

bool PoolTurns::leave_step(int mail_fd) {
  alive_ = connection_->step(mail_fd, kEndStep).ok();
  if (alive_) coordinator_.take_events(clock_.now());
  return alive_;
}

/// Something is being found for the pool, or waits for its answer. Whoever stops racing has mailed
/// before what it found: so the devices come first, the mail second.
bool PoolTurns::still_found() {
  const bool racing = better_waits_ && coordinator_.devices_race();
  ports_.work_through();
  return racing || has_unsaid();
}

void PoolTurns::look_at_latency() {
  latency_.look(connection_->session().pool_clock());
  if (too_far_ || !latency_.too_far() || !pools_.has_other(number_)) return;
  const auto left = left_too_far_.find(number_);
  if (left != left_too_far_.end() && clock_.now() < left->second + kStaysAtLeast) return;
  left_too_far_[number_] = clock_.now();
  too_far_ = true;
}

std::string PoolTurns::too_far_reason() const {
  return fmt::format("its round trip is above {} ms (--max-latency)",
                     limits_.max_latency / milliseconds(1));
}

void PoolTurns::talk() {
  if (!alive_) return mailbox_.wait(kEndStep);
  alive_ = connection_->step(mailbox_.fd(), kEndStep).ok();
  coordinator_.take_events(clock_.now());
}

bool PoolTurns::has_unsaid() const {
  return alive_ && (coordinator_.unsent() != 0 || connection_->session().unanswered() != 0);
}

void PoolTurns::finish() {
  drop_standby();
  if (connection_ == nullptr) return;
  if (alive_ && coordinator_.logged_in()) {
    connection_->session().bye();
    (void)connection_->flush().ok();
  }
  close_connection();
  in_turn_ = false;
}

}  // namespace miner
