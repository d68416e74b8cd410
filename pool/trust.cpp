#include "pool/trust.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "pool/wide.h"
#include "stratum/messages.h"

namespace pool {
namespace {

/// The value of this name, or that of a name of which nothing is known.
template <class Value>
Value value_of(const std::map<std::string, Value>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? Value() : found->second;
}

/// Keeps the value of this name, if it says anything.
template <class Value>
void keep(std::map<std::string, Value>& values, const std::string& name, Value value) {
  if (value == Value()) {
    values.erase(name);
  } else {
    values[name] = std::move(value);
  }
}

}  // namespace

std::uint64_t worth_of_largest(std::uint64_t reward, std::uint64_t total, std::uint64_t largest) {
  CHECK(reward <= stratum::kMaxInteger && largest <= total);
  if (total == 0) return 0;
  return static_cast<std::uint64_t>((Wide{reward} * largest + total - 1) / total);
}

Trust::Trust(const StandingPolicy& policy, const ForfeitRule& rule,
             const std::vector<Saved::Known>& known)
    : policy_(policy), rule_(rule) {
  for (const auto& [account, reputation, held] : known) {
    keep(reputations_, account, Reputation::from_row(reputation).value());
    keep(escrows_, account, Escrow::from_rows(held).value());
    if (!held.empty()) last_sprint_ = std::max(last_sprint_, held.back().sprint);
  }
}

Standing Trust::standing(const std::string& account) const {
  return value_of(reputations_, account).standing(policy_);
}

std::uint64_t Trust::held(const std::string& account) const {
  const auto found = escrows_.find(account);
  return found == escrows_.end() ? 0 : found->second.total();
}

SampleRate Trust::rate(const std::string& account, std::uint64_t largest_worth) const {
  return rule_.rate(standing(account), {held(account), largest_worth});
}

std::vector<record::Judged> Trust::judge(std::uint64_t sprint, const Weights& earned,
                                         const FindingsByAccount& findings) {
  go_on_to(sprint);
  std::set<std::string> accounts;
  for (const auto& [account, escrow] : escrows_) accounts.insert(account);
  for (const auto& [account, amount] : earned) {
    if (amount > 0) accounts.insert(account);
  }
  for (const auto& [account, found] : findings) {
    if (found.right + found.wrong > 0) accounts.insert(account);
  }
  std::vector<record::Judged> all;
  all.reserve(accounts.size());
  for (const std::string& account : accounts) {
    all.push_back(
        judge_one(account, sprint, value_of(earned, account), value_of(findings, account)));
  }
  return all;
}

record::Judged Trust::judge_one(const std::string& account, std::uint64_t sprint,
                                std::uint64_t earned, const Findings& findings) {
  CHECK(earned <= stratum::kMaxInteger);
  const Reputation reputation = value_of(reputations_, account).after(findings);
  Escrow escrow = value_of(escrows_, account);
  const Moved moved = rule_.judge(escrow, sprint, earned, findings.wrong > 0);
  record::Judged judged{account, reputation.row(), moved, escrow.rows()};
  keep(reputations_, account, reputation);
  keep(escrows_, account, std::move(escrow));
  return judged;
}

void Trust::release_all(std::uint64_t sprint) {
  go_on_to(sprint);
  escrows_.clear();
}

std::vector<Saved::Known> Trust::known() const {
  std::map<std::string, Saved::Known> all;
  for (const auto& [account, reputation] : reputations_) {
    all[account].reputation = reputation.row();
  }
  for (const auto& [account, escrow] : escrows_) all[account].held = escrow.rows();
  std::vector<Saved::Known> rows;
  for (auto& [account, known] : all) {
    known.account = account;
    rows.push_back(std::move(known));
  }
  return rows;
}

void Trust::go_on_to(std::uint64_t sprint) {
  CHECK(sprint > last_sprint_);
  last_sprint_ = sprint;
}

}  // namespace pool
