#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "tests/pool/audit_rig.h"

// A file that somebody changed on purpose, and gave the checksum that goes with it.
namespace pool {
namespace {

using State = Share::State;

/// A value of a line: the member's name, and where the value lies in the text.
struct Place {
  std::string member;
  std::size_t begin;
  std::size_t end;
};

std::vector<Place> values_of(const std::string& text, std::size_t line, std::size_t line_end) {
  std::vector<Place> places;
  for (std::size_t at = line; at < line_end;) {
    const std::size_t open = text.find('"', at);
    if (open >= line_end) break;
    const std::size_t close = text.find('"', open + 1);
    std::size_t begin = close + 2;  // after the colon
    const char ends = text[begin] == '"' ? '"' : text[begin] == '[' ? ']' : ',';
    if (ends != ',') ++begin;
    std::size_t end = text.find(ends, begin);
    if (ends == ',') end = std::min(end, text.find('}', begin));
    places.push_back({text.substr(open + 1, close - open - 1), begin, end});
    at = end + 1;
  }
  return places;
}

/// Where the digits of a value are; of a long one the first and the last few.
std::vector<std::size_t> digits_of(const std::string& text, const Place& place) {
  std::vector<std::size_t> digits;
  for (std::size_t at = place.begin; at < place.end; ++at) {
    const bool inside = at > place.begin + 2 && at + 2 < place.end;
    const bool hash = place.end - place.begin == 64;
    if (std::isxdigit(static_cast<unsigned char>(text[at])) != 0 && !(hash && inside)) {
      digits.push_back(at);
    }
  }
  return digits;
}

/// What the page says no audit can see, of a line that begins like this.
bool unseen(const std::string& line, const std::string& member) {
  const auto has = [&](std::string_view part) { return line.find(part) != std::string::npos; };
  if (has("\"format\"")) return member == "t0" || member == "t_end";
  if (has("\"lease\"")) return member == "lease" || member == "n" || member == "bits";
  if (has("\"wrong\"") || has("\"withdrawn\"")) return member == "nonce" || member == "digest";
  return false;
}

class AuditTampering : public testing::Test {
 protected:
  /// Every lease holds a share, and there is one of each kind: nothing is there for nothing.
  AuditTampering() {
    for (std::uint64_t seed = 1;; ++seed) {
      std::mt19937_64 random(seed);
      record_ = tests::make_audit(random, law_, {3, 2, 3});
      std::set<State> states;
      for (const AuditShare& share : record_.shares) states.insert(share.state);
      const bool used =
          std::all_of(record_.leases.begin(), record_.leases.end(), [&](const AuditLease& lease) {
            return std::any_of(
                record_.shares.begin(), record_.shares.end(),
                [&](const AuditShare& share) { return lease.lease.contains(share.nonce); });
          });
      if (used && states.size() == 3) return;
    }
  }

  /// Unreadable, or a check fails.
  bool seen(const std::string& text) {
    const auto record = tests::read_text(text);
    if (!record.ok()) return true;
    const auto random = tests::seeded_random(1);
    const auto report = check_audit(*record, {1000, law_, random});
    return report.outcome() == AuditCheck::Outcome::kFailed;
  }

  tests::RememberingVerifier law_;
  AuditRecord record_;
};

TEST_F(AuditTampering, IsSeenWhicheverDigitWasChanged) {
  const std::string text = tests::text_of(record_);
  ASSERT_EQ(tests::resealed(text), text);
  ASSERT_FALSE(seen(text));
  std::set<std::string> members;
  int changed = 0;
  for (std::size_t line = 0; line < text.size(); line = text.find('\n', line) + 1) {
    const std::string whole = text.substr(line, text.find('\n', line) - line);
    for (const Place& place : values_of(text, line, line + whole.size())) {
      members.insert(place.member);
      if (place.member == "sha256" || unseen(whole, place.member)) continue;
      for (const std::size_t at : digits_of(text, place)) {
        std::string other = text;
        other[at] = other[at] == '1' ? '2' : '1';
        ++changed;
        EXPECT_TRUE(seen(tests::resealed(other)))
            << place.member << ", byte " << at - line << " of " << whole;
      }
    }
  }
  EXPECT_THAT(members,
              testing::IsSupersetOf({"format", "pool",       "sprint", "profile",    "model_seed",
                                     "t_end",  "commitment", "secret", "start_seed", "base",
                                     "bits",   "n",          "nonce",  "digest",     "account",
                                     "state",  "credit",     "leases", "recomputed", "root"}));
  EXPECT_GT(changed, 100);
}

}  // namespace
}  // namespace pool
