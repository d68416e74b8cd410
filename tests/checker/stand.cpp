#include "tests/checker/stand.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "backends/api/self_test.h"
#include "base/bytes.h"

namespace checker {
namespace {

using backends::NonceRange;
using backends::RangeResult;
using Found = std::map<std::uint64_t, poc::Digest>;

std::string nonce_text(std::uint64_t nonce) {
  return "nonce " + base::to_hex(nonce);
}

std::string range_text(const NonceRange& range) {
  return "range " + base::to_hex(range.first) + " + " + std::to_string(range.count) + ": ";
}

/// Which nonces of a range of `count` the reference is asked about, from 0: all of a short one.
std::set<std::uint64_t> sample(std::uint64_t count, std::uint64_t group) {
  constexpr std::uint64_t kWhole = 64;
  constexpr std::uint64_t kAtAnEnd = 8;
  constexpr std::uint64_t kBetween = 24;
  std::set<std::uint64_t> picked;
  if (count <= kWhole) {
    for (std::uint64_t i = 0; i < count; ++i) picked.insert(i);
    return picked;
  }
  for (std::uint64_t i = 0; i < kAtAnEnd; ++i) {
    picked.insert(i);
    picked.insert(count - 1 - i);
  }
  for (std::uint64_t i = 1; i <= kBetween; ++i) picked.insert(i * (count / (kBetween + 1)));
  for (const std::uint64_t border : {group, 2 * group, 3 * group}) {
    if (border < count) picked.insert({border - 1, border});
  }
  return picked;
}

/// The candidates by nonce, if each could be one as far as it can be told without computing.
base::Result<Found> gather(const poc::RaceSpec& race, const RangeResult& result) {
  Found found;
  for (const auto& [nonce, digest] : result.candidates) {
    if (nonce - result.range.first >= result.range.count) {
      return wrong(nonce_text(nonce) + " is not of the range");
    }
    if (!result.range.target.met_by(poc::make_ticket(poc::input_key(race, nonce), digest))) {
      return wrong(nonce_text(nonce) + " does not meet the target");
    }
    if (!found.emplace(nonce, digest).second) return wrong(nonce_text(nonce) + " came twice");
  }
  return found;
}

}  // namespace

base::Error wrong(std::string what) {
  return base::device_fault(std::move(what));
}

base::Result<Stand> Stand::open(Subject subject, Oracle& oracle, bool quick) {
  Stand stand(std::move(subject), oracle, quick);
  RETURN_IF_ERROR(stand.reopen());
  return stand;
}

base::Status Stand::reopen() {
  device_.reset();
  ASSIGN_OR_RETURN(const auto values,
                   backends::resolve_options(subject_.backend->options(), subject_.options));
  ASSIGN_OR_RETURN(device_, subject_.backend->open(subject_.index, values));
  return base::Ok{};
}

base::Status Stand::start(const poc::RaceSpec& race) {
  RETURN_IF_ERROR(backends::prepare_fully(*device_, race.model));
  return device_->start(race);
}

base::Result<RangeResult> Stand::run(const NonceRange& range) {
  RETURN_IF_ERROR(device_->enqueue(range));
  return device_->collect();
}

base::Status Stand::expect_digest(const poc::ModelSpec& model, const poc::InputKey& key,
                                  const poc::Digest& digest) {
  const poc::Digest& expected = oracle_->digest(model, key);
  if (digest == expected) return base::Ok{};
  return wrong("the digest of key " + base::to_hex(key) + " on " + poc::to_string(model.profile) +
               " is " + base::to_hex(expected) + ", not " + base::to_hex(digest));
}

base::Status Stand::expect_digests(const poc::ModelSpec& model,
                                   std::span<const poc::InputKey> keys) {
  ASSIGN_OR_RETURN(const auto digests, device_->evaluate(model, keys));
  if (digests.size() != keys.size()) {
    return wrong(std::to_string(digests.size()) + " digests for " + std::to_string(keys.size()) +
                 " keys");
  }
  for (const std::uint64_t i : sample(keys.size(), device_->group_size())) {
    RETURN_IF_ERROR(expect_digest(model, keys[i], digests[i]));
  }
  return base::Ok{};
}

base::Status Stand::expect_exact(const poc::RaceSpec& race, const RangeResult& result) {
  const std::string place = range_text(result.range);
  if (result.evaluated != result.range.count) {
    return wrong(place + "only " + std::to_string(result.evaluated) + " computed");
  }
  const auto found = gather(race, result);
  if (!found.ok()) return wrong(place + found.message());
  if (result.range.target == poc::Target::from_difficulty(1) &&
      found->size() != result.range.count) {
    return wrong(place + "only " + std::to_string(found->size()) + " candidates");
  }
  for (const std::uint64_t i : sample(result.range.count, device_->group_size())) {
    const std::uint64_t nonce = result.range.first + i;
    const poc::InputKey key = poc::input_key(race, nonce);
    const auto candidate = found->find(nonce);
    if (candidate != found->end()) {
      RETURN_IF_ERROR(expect_digest(race.model, key, candidate->second));
    } else if (result.range.target.met_by(
                   poc::make_ticket(key, oracle_->digest(race.model, key)))) {
      return wrong(place + nonce_text(nonce) + " was not found");
    }
  }
  return base::Ok{};
}

base::Status Stand::expect_right(const poc::RaceSpec& race, const RangeResult& result) {
  constexpr int kLooked = 16;
  ASSIGN_OR_RETURN(const Found found, gather(race, result));
  int looked = 0;
  for (auto last = found.rbegin(); last != found.rend() && looked < kLooked; ++last, ++looked) {
    const auto& [nonce, digest] = *last;
    RETURN_IF_ERROR(expect_digest(race.model, poc::input_key(race, nonce), digest));
  }
  return base::Ok{};
}

base::Status Stand::expect_run(const poc::RaceSpec& race, const NonceRange& range) {
  ASSIGN_OR_RETURN(const RangeResult result, run(range));
  return expect_exact(race, result);
}

base::Status Stand::expect_works(const poc::RaceSpec& race) {
  RETURN_IF_ERROR(start(race));
  return expect_run(race, {5, device_->group_size() + 1, poc::Target::from_difficulty(2)});
}

}  // namespace checker
