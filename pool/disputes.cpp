#include "pool/disputes.h"

#include <algorithm>
#include <utility>

namespace pool {
namespace {

constexpr std::size_t kMaxTrials = 8;  // sprints that are not over, and one or two more

}  // namespace

Disputes::Trial& Disputes::trial_of(std::uint64_t sprint) {
  Trial& trial = trials_[sprint];
  while (trials_.size() > kMaxTrials && trials_.begin()->first != sprint) {
    trials_.erase(trials_.begin());
  }
  return trial;
}

void Disputes::agreed(const poc::ModelSpec& model, const CheckJob& job) {
  auto& known = trial_of(job.sprint).known;
  if (!known) known = KnownDigest{model, job.key, job.claim};
}

Disputes::Outcome Disputes::judge(const poc::ModelSpec& model, std::size_t who,
                                  std::vector<Mismatch> mismatches) {
  Outcome out;
  if (mismatches.empty()) return out;
  Trial& trial = trial_of(mismatches.front().job.sprint);
  std::vector<Mismatch> rest;
  for (Mismatch& one : mismatches) {
    if (!bench_.works(who)) {
      out.again.push_back(one.job);
    } else if (!second_opinion(model, who, one, trial, out)) {
      rest.push_back(std::move(one));
    }
  }
  ask_again(model, who, std::move(rest), trial, out);
  return out;
}

/// False when there is none to be had.
bool Disputes::second_opinion(const poc::ModelSpec& model, std::size_t who, const Mismatch& one,
                              Trial& trial, Outcome& out) {
  if (trial.spent >= kTime) return false;
  const auto proofs = trial.proofs.find(one.job.account);
  if (proofs != trial.proofs.end() && proofs->second >= kProofs) return false;
  for (auto other = bench_.first(who + 1); other; other = bench_.first(*other + 1)) {
    const base::SteadyTime began = clock_.now();
    const auto second = bench_.ask(*other, model, {&one.job.key, 1});
    trial.spent += clock_.now() - began;
    if (!second.ok()) continue;
    weigh(model, who, *other, one, second->front(), trial, out);
    return true;
  }
  return false;
}

void Disputes::weigh(const poc::ModelSpec& model, std::size_t who, std::size_t other,
                     const Mismatch& one, const poc::Digest& second, Trial& trial, Outcome& out) {
  if (second == one.found) {
    ++trial.proofs[one.job.account];
    if (!trial.known) trial.known = KnownDigest{model, one.job.key, second};
    out.decided.push_back(one.job);
    out.digests.push_back(second);
    return;
  }
  out.again.push_back(one.job);
  if (second == one.job.claim) {
    return convict(who, bench_.name(other) + " finds a share as its miner sent it", out);
  }
  const KnownDigest* known = trial.known ? &*trial.known : nullptr;
  const bool first_proved = bench_.proves_itself(who, known);
  const bool other_proved = bench_.proves_itself(other, known);
  if (!first_proved) doubt(who, out);
  if (!other_proved) doubt(other, out);
  if (first_proved && other_proved) {
    convict(who, bench_.name(other) + " finds another digest", out);
  }
}

void Disputes::ask_again(const poc::ModelSpec& model, std::size_t who, std::vector<Mismatch> rest,
                         Trial& trial, Outcome& out) {
  if (rest.empty()) return;
  const auto all_again = [&] {
    for (const Mismatch& one : rest) out.again.push_back(one.job);
  };
  if (!bench_.works(who)) return all_again();
  if (!trial.known && !bench_.proves_itself(who, nullptr)) {
    doubt(who, out);
    return all_again();
  }
  std::vector<poc::InputKey> keys;
  keys.reserve(rest.size() + 1);
  for (const Mismatch& one : rest) keys.push_back(one.job.key);
  if (trial.known) keys.push_back(trial.known->key);
  const auto found = bench_.ask(who, model, keys);
  if (!found.ok()) return all_again();
  bool same = !trial.known || found->back() == trial.known->digest;
  for (std::size_t i = 0; i < rest.size(); ++i) same = same && (*found)[i] == rest[i].found;
  if (!same) {
    convict(who, "asked twice, it does not answer the same", out);
    return all_again();
  }
  for (const Mismatch& one : rest) {
    out.decided.push_back(one.job);
    out.digests.push_back(one.found);
    trial.by_one.push_back({who, one.job});
  }
}

void Disputes::convict(std::size_t who, const std::string& why, Outcome& out) {
  bench_.convict(who, why);
  doubt(who, out);
}

/// Everything that rests on its word alone.
void Disputes::doubt(std::size_t who, Outcome& out) {
  for (auto& [sprint, trial] : trials_) {
    std::erase_if(trial.by_one, [&](const Word& word) {
      if (word.who == who) out.again.push_back(word.job);
      return word.who == who;
    });
  }
}

}  // namespace pool
