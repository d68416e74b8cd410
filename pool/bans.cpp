#include "pool/bans.h"

#include <algorithm>

namespace pool {

Bans::Entry* Bans::find(const std::string& who, base::UnixTime now) {
  const auto found = by_name_.find(who);
  if (found == by_name_.end()) return nullptr;
  Entry& known = *found->second;
  if (std::max(known.until, known.touched) + kForgottenAfter < now) {
    entries_.erase(found->second);
    by_name_.erase(found);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &known;
}

Bans::Entry& Bans::entry(const std::string& who, base::UnixTime now) {
  Entry* known = find(who, now);
  if (known == nullptr) {
    if (entries_.size() >= kMaxEntries) {
      by_name_.erase(entries_.back().who);
      entries_.pop_back();
    }
    entries_.push_front({.who = who, .touched = now});
    by_name_.emplace(who, entries_.begin());
    known = &entries_.front();
  }
  known->touched = now;
  return *known;
}

std::optional<base::Micros> Bans::strike(const std::string& who, base::UnixTime now) {
  Entry& of = entry(who, now);
  if (++of.strikes < kStrikes) return std::nullopt;
  const base::Micros length = of.next;
  of.strikes = 0;
  of.next = std::min(2 * length, kLongest);
  of.until = std::max(of.until, now + length);
  return length;
}

void Bans::ban(const std::string& who, base::Micros length, base::UnixTime now) {
  Entry& of = entry(who, now);
  of.until = std::max(of.until, now + length);
}

std::optional<base::Micros> Bans::left(const std::string& who, base::UnixTime now) {
  const Entry* known = find(who, now);
  if (known == nullptr || known->until <= now) return std::nullopt;
  return known->until - now;
}

}  // namespace pool
