#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "pool/audit_check.h"

namespace pool {
namespace {

using State = Share::State;
using Shares = std::vector<const AuditShare*>;

constexpr std::size_t kGroup = 16;

/// A number below `end`, each as likely as any other; nothing when the source fails.
std::optional<std::uint64_t> draw_below(std::uint64_t end, const RandomSource& random) {
  const std::uint64_t unfair = (UINT64_MAX - end + 1) % end;  // 2^64 mod end
  std::uint64_t drawn = 0;
  do {
    std::array<std::uint8_t, 8> bytes{};
    if (!random(bytes)) return std::nullopt;
    drawn = 0;
    for (const std::uint8_t byte : bytes) drawn = drawn << 8 | byte;
  } while (drawn < unfair);
  return drawn % end;
}

/// `count` of the shares, or all; nothing when the source fails.
std::optional<Shares> choose(Shares from, std::size_t count, const RandomSource& random) {
  count = std::min(count, from.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto ahead = draw_below(from.size() - i, random);
    if (!ahead) return std::nullopt;
    std::swap(from[i], from[i + *ahead]);
  }
  from.resize(count);
  return from;
}

Shares shares_of(const AuditRecord& record, bool (*wanted)(State)) {
  Shares shares;
  for (const AuditShare& share : record.shares) {
    if (wanted(share.state)) shares.push_back(&share);
  }
  return shares;
}

/// What is recomputed, and the two checks that it is for.
class Recomputing {
 public:
  Recomputing(const AuditRecord& record, const Recomputation& how)
      : header_(record.header), how_(how) {
    add(record, Share::is_credited, right_);
    add(
        record, [](State state) { return state == State::kWrong; }, wrong_);
  }

  void run() {
    if (how_.progress) how_.progress(0, chosen_.size());
    for (std::size_t done = 0; done < chosen_.size();) {
      const std::size_t count = std::min(kGroup, chosen_.size() - done);
      const auto failed = take({chosen_.data() + done, count});
      if (failed) return give_up(*failed);
      done += count;
      if (how_.progress) how_.progress(done, chosen_.size());
    }
  }

  std::vector<AuditCheck> checks() && { return {std::move(right_), std::move(wrong_)}; }

 private:
  void add(const AuditRecord& record, bool (*wanted)(State), AuditCheck& check) {
    Shares all = shares_of(record, wanted);
    check.there = all.size();
    const auto chosen = choose(std::move(all), how_.shares, how_.random);
    if (!chosen) {
      check.not_done = "the random generator failed";
    } else {
      chosen_.insert(chosen_.end(), chosen->begin(), chosen->end());
    }
  }

  /// Recomputes a group; why it could not, if so.
  std::optional<std::string> take(std::span<const AuditShare* const> group) {
    std::vector<poc::InputKey> keys;
    for (const AuditShare* share : group) {
      keys.push_back(
          poc::input_key({header_.model(), header_.start_seed, share->account}, share->nonce));
    }
    const auto digests = how_.verifier.digests(header_.model(), keys);
    if (!digests.ok()) return digests.message();
    if (digests->size() != keys.size()) return "the verifier answered for other shares";
    for (std::size_t i = 0; i < group.size(); ++i) compare(*group[i], (*digests)[i]);
    return std::nullopt;
  }

  void compare(const AuditShare& share, const poc::Digest& truth) {
    const bool called_wrong = share.state == State::kWrong;
    AuditCheck& check = called_wrong ? wrong_ : right_;
    ++check.examined;
    if ((share.digest == truth) != called_wrong) return;
    check.fault("nonce " + base::to_hex(share.nonce) +
                (called_wrong ? " is called wrong, and is right"
                              : " is credited, and its digest is " + base::to_hex(truth)));
  }

  void give_up(const std::string& why) {
    for (AuditCheck* check : {&right_, &wrong_}) {
      if (check->examined < std::min<std::uint64_t>(check->there, how_.shares)) {
        check->not_done = base::printable(why);
      }
    }
  }

  const AuditHeader& header_;
  const Recomputation& how_;
  Shares chosen_;
  AuditCheck right_{"digests", "shares"};
  AuditCheck wrong_{"wrong_digests", "shares"};
};

}  // namespace

std::vector<AuditCheck> recompute_audit(const AuditRecord& record, const Recomputation& how) {
  Recomputing recomputing(record, how);
  recomputing.run();
  return std::move(recomputing).checks();
}

}  // namespace pool
