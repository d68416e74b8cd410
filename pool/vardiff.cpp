#include "pool/vardiff.h"

#include <algorithm>
#include <cmath>

#include "poc/target.h"

namespace pool {
namespace {

constexpr std::uint32_t kSharesToRaise = 6;
constexpr double kTooMany = 2.5;     // times as many shares as wanted
constexpr double kMostAtOnce = 64;   // a handful of shares in one packet must not end it all
constexpr double kCautious = 0.9;    // below what was measured: few shares are worse than many
constexpr std::uint32_t kFlood = 4;  // times `wanted` in one era
constexpr int kKeptForRaises = 2;
constexpr double kChangesUntil = 0.85;  // of the time

}  // namespace

Vardiff::Vardiff(std::uint64_t difficulty, std::uint32_t wanted, base::UnixTime begin,
                 base::UnixTime end)
    : difficulty_(difficulty),
      wanted_(wanted),
      gap_(std::max(end - begin, base::Micros(1)) / wanted),
      last_change_(begin + std::chrono::duration_cast<base::Micros>((end - begin) * kChangesUntil)),
      since_(begin) {}

double Vardiff::gaps_since_change(base::UnixTime now) const {
  const base::Micros least(1);  // stamps may be equal
  return static_cast<double>(std::max(now - since_, least).count()) /
         static_cast<double>(std::max(gap_, least).count());
}

bool Vardiff::may_change(base::UnixTime now) const {
  return changes_ < kMostChanges && (now <= last_change_ || shares_ > kFlood * wanted_);
}

std::optional<std::uint64_t> Vardiff::change(double factor, base::UnixTime now) {
  const double wanted = static_cast<double>(difficulty_) * factor;
  const double most = static_cast<double>(poc::kMaxDifficulty);
  const auto changed = static_cast<std::uint64_t>(std::clamp(wanted, 1.0, most));
  if (changed == difficulty_) return std::nullopt;
  difficulty_ = changed;
  since_ = now;
  shares_ = 0;
  ++changes_;
  return changed;
}

std::optional<std::uint64_t> Vardiff::found(base::UnixTime now) {
  ++shares_;
  const double gaps = gaps_since_change(now);
  if (shares_ < kSharesToRaise || shares_ <= kTooMany * gaps || !may_change(now)) {
    return std::nullopt;
  }
  return change(std::min(kCautious * shares_ / gaps, kMostAtOnce), now);
}

std::optional<std::uint64_t> Vardiff::tick(base::UnixTime now) {
  const auto at = due();
  if (!at || now < *at) return std::nullopt;
  return change((shares_ + 1.0) / (gaps_since_change(now) + 1.0), now);
}

std::optional<base::UnixTime> Vardiff::due() const {
  if (difficulty_ == 1 || gap_.count() == 0) return std::nullopt;
  if (changes_ >= kMostChanges - kKeptForRaises) return std::nullopt;
  const base::UnixTime at = since_ + gap_ * (4 * shares_ + 3);
  return may_change(at) ? std::optional(at) : std::nullopt;
}

}  // namespace pool
