#include "pool/beacon_drand.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "poc/keys.h"
#include "pool/http_fetch.h"
#include "stratum/json.h"

namespace pool {
namespace {

namespace json = stratum::json;
using std::chrono::seconds;

constexpr const char* kDrandName = "drand:";
constexpr base::Micros kRequestTime = seconds(5);
constexpr std::uint64_t kLongestPeriod = 86'400;
constexpr std::uint64_t kLastSecond = stratum::kMaxInteger / 1'000'000;
constexpr std::size_t kMaxHexText = 1024;
// Half a second from one to the next: a host that is behind the others is left after 3 s.
constexpr int kNotYetOfOneHost = 6;
constexpr long kHttpOk = 200;
constexpr long kHttpNotFound = 404;
constexpr long kHttpTooEarly = 425;

/// The bytes of hexadecimal digits in lower case; nothing where that is not what they are.
std::optional<std::string> bytes_of_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  const std::string filling(14, '0');
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = base::u64_from_hex(filling + std::string(digits.substr(i, 2)));
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

std::uint64_t round_of(const std::string& name) {
  return base::u64_from_decimal(name.substr(name.rfind(':') + 1)).value_or(0);
}

base::Error at_url(const std::string& url, const std::string& why) {
  return base::io_error(base::printable(url) + ": " + why);
}

base::Result<std::string> fetch_json(const std::string& url, const BeaconPatience& patience) {
  ASSIGN_OR_RETURN(HttpFetched fetched, fetch_http(url, patience.at_most(kRequestTime)));
  if (fetched.status == kHttpNotFound || fetched.status == kHttpTooEarly) {
    return base::unavailable(fmt::format("{}: HTTP {}", base::printable(url), fetched.status));
  }
  if (fetched.status != kHttpOk) return at_url(url, fmt::format("HTTP {}", fetched.status));
  return std::move(fetched.body);
}

}  // namespace

std::uint64_t DrandChain::first_round(base::UnixTime at) const {
  const base::Micros since = at.time_since_epoch() - seconds(genesis_s);
  if (since.count() <= 0) return 1;
  const std::int64_t period = base::Micros(seconds(period_s)).count();
  return static_cast<std::uint64_t>((since.count() + period - 1) / period) + 1;
}

base::UnixTime DrandChain::published(std::uint64_t round) const {
  const auto before = static_cast<std::int64_t>(std::clamp<std::uint64_t>(round, 1, kLastSecond));
  return base::UnixTime(seconds(genesis_s) + seconds(period_s) * (before - 1));
}

std::string DrandChain::name_of(std::uint64_t round) const {
  if (!base::bytes32_from_hex(hash)) return kDrandName + std::to_string(round);
  return fmt::format("{}{}:{}", kDrandName, hash, round);
}

base::Result<DrandChain> read_drand_info(const std::string& body) {
  json::Document document;
  RETURN_IF_ERROR(document.parse(body));
  const json::Field root = document.root();
  DrandChain chain;
  ASSIGN_OR_RETURN(const std::uint64_t period, root.at("period").integer(1, kLongestPeriod));
  ASSIGN_OR_RETURN(const std::uint64_t genesis, root.at("genesis_time").integer(1, kLastSecond));
  chain.period_s = static_cast<std::int64_t>(period);
  chain.genesis_s = static_cast<std::int64_t>(genesis);
  if (const json::Field hash = root.at("hash"); hash.present()) {
    ASSIGN_OR_RETURN(chain.hash, hash.ascii(kMaxHexText));
  }
  if (const json::Field key = root.at("public_key"); key.present()) {
    ASSIGN_OR_RETURN(chain.public_key, key.ascii(kMaxHexText));
  }
  return chain;
}

base::Result<std::string> read_drand_round(const std::string& body, std::uint64_t round) {
  json::Document document;
  RETURN_IF_ERROR(document.parse(body));
  const json::Field root = document.root();
  ASSIGN_OR_RETURN(const std::uint64_t told, root.at("round").integer());
  if (told != round) return base::io_error(fmt::format("round {} instead of {}", told, round));
  ASSIGN_OR_RETURN(const base::Bytes32 randomness, root.at("randomness").hash());
  ASSIGN_OR_RETURN(const std::string digits, root.at("signature").ascii(kMaxHexText));
  const auto signature = bytes_of_hex(digits);
  if (!signature) return base::io_error("signature: no hexadecimal digits");
  if (poc::sha256(base::as_bytes(*signature)) != randomness) {
    return base::io_error("its randomness is not the SHA-256 of its signature");
  }
  return base::to_hex(randomness);
}

BeaconDrand::BeaconDrand(std::vector<std::string> urls, base::Micros patience, base::LogSink& sink)
    : longest_wait_(patience), log_(sink, "beacon") {
  for (std::string& url : urls) hosts_.push_back({std::move(url)});
}

std::optional<DrandChain> BeaconDrand::chain() const {
  const base::MutexLock lock(mutex_);
  return chain_;
}

std::optional<std::string> BeaconDrand::name(std::uint64_t, BeaconUse, base::UnixTime at) const {
  const auto known = chain();
  if (!known) return std::nullopt;
  return known->name_of(known->first_round(at));
}

base::Status BeaconDrand::open(const BeaconPatience& patience) {
  base::Status last = base::unavailable("no host");
  for (std::size_t tries = 0; tries < hosts_.size(); ++tries) {
    last = look_at(hosts_[next_], patience);
    if (last.ok()) return last;
    next_ = (next_ + 1) % hosts_.size();
  }
  return last;
}

/// Reads what the host says of its chain: the first one's counts for all.
base::Status BeaconDrand::look_at(Host& host, const BeaconPatience& patience) {
  ASSIGN_OR_RETURN(const std::string body, fetch_json(host.url + "/info", patience));
  auto info = read_drand_info(body);
  if (!info.ok()) return at_url(host.url, info.message());
  const auto known = chain();
  if (known && *known != *info) return at_url(host.url, "another chain than the first one");
  host.known = true;
  if (known) return base::Ok{};
  say(host, *info);
  const base::MutexLock lock(mutex_);
  chain_ = std::move(*info);
  return base::Ok{};
}

void BeaconDrand::say(const Host& host, const DrandChain& chain) const {
  log_.info("beacon known", {{"url", base::printable(host.url)},
                             {"period_s", chain.period_s},
                             {"genesis_s", chain.genesis_s},
                             {"hash", chain.hash},
                             {"public_key", chain.public_key}});
  if (seconds(chain.period_s) < longest_wait_) return;
  log_.warn("a sprint may have to wait longer for its beacon than it does",
            {{"period_s", chain.period_s}, {"waits_s", base::in_seconds(longest_wait_)}});
}

base::UnixTime BeaconDrand::published(const BeaconQuestion& question) const {
  const auto known = chain();
  return known ? known->published(round_of(question.name)) : question.at;
}

base::Result<std::string> BeaconDrand::ask(const BeaconQuestion& question,
                                           const BeaconPatience& patience) {
  Host& host = hosts_[next_];
  auto value = ask(host, round_of(question.name), patience);
  const bool not_yet =
      !value.ok() && host.known && value.error().fault == base::Fault::kUnavailable;
  not_yet_ = not_yet ? not_yet_ + 1 : 0;
  if (value.ok() || (not_yet && not_yet_ < kNotYetOfOneHost)) return value;
  next_ = (next_ + 1) % hosts_.size();
  not_yet_ = 0;
  return value;
}

base::Result<std::string> BeaconDrand::ask(Host& host, std::uint64_t round,
                                           const BeaconPatience& patience) {
  if (!host.known) RETURN_IF_ERROR(look_at(host, patience));
  const std::string url = host.url + "/public/" + std::to_string(round);
  ASSIGN_OR_RETURN(const std::string body, fetch_json(url, patience));
  auto value = read_drand_round(body, round);
  if (!value.ok()) return at_url(url, value.message());
  return value;
}

}  // namespace pool
