#include "miner/credit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "base/bytes.h"

namespace miner {
namespace {

// The proofs of four shares fit into a line whatever the tree: 4 * (53 siblings of 67 bytes + 150)
// are 14804 of 16384. Those of eight do not in a tree of more than 2^27 leaves.
constexpr std::size_t kSharesAtOnce = 4;
constexpr auto kAnswerWithin = std::chrono::seconds(30);
// After T_end.
constexpr auto kProofsKept = std::chrono::minutes(10);
constexpr std::size_t kMostCases = 64;
constexpr base::Micros kBusyAtLeast = std::chrono::seconds(1);
constexpr base::Micros kBusyAtMost = std::chrono::seconds(10);

/// As the standard's distributions want it.
struct RandomBits {
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const { return draw(); }

  const std::function<std::uint64_t()>& draw;
};

}  // namespace

CreditCheck::CreditCheck(Setup setup) : setup_(std::move(setup)), log_(*setup_.sink, "credit") {}

void CreditCheck::session_opened(std::size_t pool) {
  owner_.assert_here();
  session_pool_ = pool;
  asked_.reset();
  no_proofs_.clear();
  not_before_ = {};
}

void CreditCheck::session_lost() {
  owner_.assert_here();
  session_pool_.reset();
  asked_.reset();
}

void CreditCheck::open(std::size_t pool, const base::Bytes32& account,
                       const stratum::SprintResult& result, base::SteadyTime t_end,
                       const std::optional<stratum::DrawPromise>& draw) {
  owner_.assert_here();
  if (find(pool, result.sprint) != cases_.end()) return;
  Case opened;
  opened.pool = pool;
  opened.account = account;
  opened.result = result;
  opened.t_end = t_end;
  opened.draw = draw;
  cases_.push_back(std::move(opened));
  if (cases_.size() > kMostCases) unproven(cases_.begin(), "too many sprints wait to be checked");
}

/// Of many shares the chosen are a uniform sample: Vitter's algorithm R (ACM TOMS 11, 1985).
void CreditCheck::accepted(std::size_t pool, const std::string& sprint,
                           const stratum::ShareClaim& share, std::uint64_t difficulty) {
  owner_.assert_here();
  const auto at = find(pool, sprint);
  if (at == cases_.end() || at->begun) return;
  at->ours.add(static_cast<double>(difficulty));
  ++at->accepted;
  const Share ours{share.nonce, difficulty, share.digest};
  if (at->chosen.size() < most_shares_) {
    at->chosen.push_back(ours);
    return;
  }
  RandomBits bits{setup_.random};
  const std::uint64_t place =
      std::uniform_int_distribution<std::uint64_t>(0, at->accepted - 1)(bits);
  if (place < at->chosen.size()) at->chosen[place] = ours;
}

WeightedCount CreditCheck::begin(std::size_t pool, const std::string& sprint) {
  owner_.assert_here();
  const auto at = find(pool, sprint);
  if (at == cases_.end() || std::exchange(at->begun, true)) return {};
  const WeightedCount ours = at->ours;
  std::sort(at->chosen.begin(), at->chosen.end(),
            [](const Share& a, const Share& b) { return a.nonce < b.nonce; });
  if (const auto fault = fault_of_sums(*at)) {
    wrong(at, *fault);
  } else if (at->chosen.empty()) {
    cases_.erase(at);
  }
  return ours;
}

void CreditCheck::tick(base::SteadyTime now) {
  owner_.assert_here();
  drop_old(now);
  const auto at = current();
  if (at == cases_.end()) return;
  if (asked_ && now - asked_at_ >= kAnswerWithin) {
    asked_.reset();
    no_proofs_ = "no answer to sprint.status";
  }
  if (!no_proofs_.empty()) return unproven(at, no_proofs_);
  if (!asked_ && now >= not_before_) ask(*at, now);
}

void CreditCheck::ask(const Case& of, base::SteadyTime now) {
  std::vector<std::uint64_t> nonces;
  for (std::size_t i = of.proven; i < of.chosen.size() && nonces.size() < kSharesAtOnce; ++i) {
    nonces.push_back(of.chosen[i].nonce);
  }
  asked_ = of.result.sprint;
  asked_at_ = now;
  setup_.ask(of.result.sprint, nonces);
}

void CreditCheck::told(const stratum::SprintStatus& status) {
  owner_.assert_here();
  if (asked_ != status.sprint || !session_pool_) return;
  asked_.reset();
  const auto at = find(*session_pool_, status.sprint);
  if (at == cases_.end() || at->proven + status.shares.size() > at->chosen.size()) return;
  const auto missing =
      std::find_if(status.shares.begin(), status.shares.end(), [](const auto& share) {
        return (share.state == "verified" || share.state == "unseen") && !share.proof;
      });
  if (const auto fault = fault_of(*at, status)) return wrong(at, *fault);
  if (missing != status.shares.end()) {
    return unproven(at, "no proof of share " + base::to_hex(missing->nonce));
  }
  at->proven += status.shares.size();
  counts_.shares += status.shares.size();
  if (at->proven < at->chosen.size()) return;
  ++counts_.sprints;
  log_.debug("credit proven", {{"sprint", status.sprint}, {"shares", at->proven}});
  cases_.erase(at);
}

void CreditCheck::refused(const std::string& sprint, const stratum::WireError& error,
                          base::SteadyTime now) {
  owner_.assert_here();
  if (asked_ != sprint || !session_pool_) return;
  asked_.reset();
  if (!stratum::is_final(error.code)) {
    not_before_ = now + std::clamp<base::Micros>(std::chrono::milliseconds(error.retry_ms),
                                                 kBusyAtLeast, kBusyAtMost);
    return;
  }
  // Of a sprint that it forgot it has no proofs; whatever else it says, it will say again.
  if (error.code != stratum::Code::kUnknownSprint) no_proofs_ = error.text;
  const auto at = find(*session_pool_, sprint);
  if (at != cases_.end()) unproven(at, error.text);
}

bool CreditCheck::busy() const {
  owner_.assert_here();
  return session_pool_ && std::any_of(cases_.begin(), cases_.end(),
                                      [this](const Case& of) { return of.pool == *session_pool_; });
}

void CreditCheck::stop_waiting() {
  owner_.assert_here();
  while (busy()) {
    const auto at = std::find_if(cases_.begin(), cases_.end(),
                                 [this](const Case& of) { return of.pool == *session_pool_; });
    unproven(at, "the run ends, and the pool did not prove it in time");
  }
}

void CreditCheck::give_up() {
  owner_.assert_here();
  while (!cases_.empty()) {
    warned_.insert(cases_.front().pool);  // the end is the run's, not the pool's fault
    unproven(cases_.begin(), "the run ended");
  }
}

void CreditCheck::drop_old(base::SteadyTime now) {
  const auto is_old = [now](const Case& of) { return now - of.t_end >= kProofsKept; };
  for (;;) {
    const auto at = std::find_if(cases_.begin(), cases_.end(), is_old);
    if (at == cases_.end()) return;
    unproven(at, "its pool could not be asked in time");
  }
}

CreditCheck::Cases::iterator CreditCheck::find(std::size_t pool, const std::string& sprint) {
  return std::find_if(cases_.begin(), cases_.end(), [&](const Case& of) {
    return of.pool == pool && of.result.sprint == sprint;
  });
}

/// The oldest that the open session can be asked about.
CreditCheck::Cases::iterator CreditCheck::current() {
  return std::find_if(cases_.begin(), cases_.end(),
                      [this](const Case& of) { return of.begun && of.pool == session_pool_; });
}

void CreditCheck::wrong(Cases::iterator at, const Fault& fault) {
  ++counts_.wrong;
  const std::string address = setup_.address(at->pool);
  const auto nonce = fault.nonce ? std::optional(base::to_hex(*fault.nonce)) : std::nullopt;
  log_.error("the pool's credit is wrong", {{"pool", base::Address{address}},
                                            {"sprint", at->result.sprint},
                                            {"nonce", nonce},
                                            {"what", fault.what}});
  counts_.last_wrong =
      fmt::format("{}, sprint {}{}: {}", base::without_user(base::Address{address}),
                  at->result.sprint, nonce ? ", nonce " + *nonce : "", fault.what);
  cases_.erase(at);
}

/// The first of a pool is told to the user, the others are counted.
void CreditCheck::unproven(Cases::iterator at, const std::string& why) {
  ++counts_.unproven;
  const std::string address = setup_.address(at->pool);
  const base::LogField fields[] = {
      {"pool", base::Address{address}}, {"sprint", at->result.sprint}, {"reason", why}};
  const bool news = warned_.insert(at->pool).second;
  log_.write(news ? base::LogLevel::kWarn : base::LogLevel::kDebug,
             "the pool's credit is not proven, only its sums are checked", fields);
  cases_.erase(at);
}

}  // namespace miner
