#include "pool/audit_sample.h"

#include <map>

#include "stratum/sprint_secret.h"

namespace pool {
namespace {

using State = Share::State;

/// An account's shares, but for those that were withdrawn.
struct Sampled {
  std::vector<std::uint64_t> nonces;
  std::map<std::uint64_t, State> states;
  bool has_wrong = false;
};

std::map<base::Bytes32, Sampled> by_account(const AuditRecord& record) {
  std::map<base::Bytes32, Sampled> accounts;
  for (const AuditShare& share : record.shares) {
    if (share.state == State::kWithdrawn) continue;
    Sampled& of = accounts[share.account];
    // One that is there twice is told by another check.
    const bool first = of.states.emplace(share.nonce, share.state).second;
    if (first) of.nonces.push_back(share.nonce);
    of.has_wrong |= share.state == State::kWrong;
  }
  return accounts;
}

/// The first of these in this state.
std::optional<std::uint64_t> first_in(State state, const Sampled& of,
                                      const std::vector<std::uint64_t>& nonces) {
  for (const std::uint64_t nonce : nonces) {
    if (of.states.at(nonce) == state) return nonce;
  }
  return std::nullopt;
}

std::string not_recomputed(std::uint64_t nonce, const std::string& because) {
  return "nonce " + base::to_hex(nonce) + " was not recomputed, " + because;
}

void check_secret(const AuditHeader& header, const stratum::DrawShown& draw, AuditCheck& check) {
  if (!header.draw) return check.fault("a sample was drawn, and none announced");
  if (stratum::commit_to_draw(draw.secret) != header.draw->commitment) {
    check.fault("the draw's secret is not the one that was committed to");
  }
  if ((header.draw->beacon == "none") != (draw.value == "none")) {
    check.fault(
        "a beacon was announced for the draw and none used, or none announced and one used");
  }
}

void check_account(const base::Bytes32& account, const Sampled& of, const base::Bytes32& seed,
                   const std::optional<SampleRate>& rate, AuditCheck& check) {
  const bool all = of.has_wrong || !rate;
  const auto missed =
      first_in(State::kUnseen, of, all ? of.nonces : draw_sample(seed, account, of.nonces, *rate));
  if (missed) {
    const char* because = rate ? "and is in the sample" : "its account has no rate";
    if (of.has_wrong) because = "its account has a wrong share";
    check.fault(not_recomputed(*missed, because));
  }
  const auto taken = first_in(State::kForfeited, of, of.nonces);
  if (taken && !of.has_wrong) {
    check.fault("nonce " + base::to_hex(*taken) + " is forfeited, its account has no wrong share");
  }
}

}  // namespace

AuditCheck check_sample(const AuditRecord& record) {
  const auto accounts = by_account(record);
  AuditCheck check{"sample", "accounts", accounts.size(), accounts.size()};
  const auto& draw = record.outcome.draw;
  base::Bytes32 seed{};
  std::map<base::Bytes32, SampleRate> rates;
  if (draw) {
    check_secret(record.header, *draw, check);
    seed = make_draw_seed(record.header.pool, record.header.sprint, draw->secret, draw->value);
    for (const AuditCredit& credit : record.credits) {
      if (credit.rate) rates.emplace(credit.account, *credit.rate);
    }
  }
  for (const auto& [account, of] : accounts) {
    const auto rate = rates.find(account);
    const bool has_rate = rate != rates.end();
    check_account(account, of, seed, has_rate ? std::optional(rate->second) : std::nullopt, check);
  }
  return check;
}

}  // namespace pool
