#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "pool/beacon_source.h"

namespace pool {

/// What `/info` says of a chain of drand's. Source: https://docs.drand.love/developer/http-api
struct DrandChain {
  std::int64_t period_s = 0;   ///< 1..86400
  std::int64_t genesis_s = 0;  ///< since 1970: round 1 is published then
  std::string hash = {};       ///< of the chain
  std::string public_key = {};

  /// The first round that is published at or after `at`.
  std::uint64_t first_round(base::UnixTime at) const;
  base::UnixTime published(std::uint64_t round) const;
  /// `drand:HASH:ROUND` where the chain's hash has 64 hexadecimal digits, else `drand:ROUND`.
  std::string name_of(std::uint64_t round) const;
  friend bool operator==(const DrandChain&, const DrandChain&) = default;
};

/// Reads the answer to `/info`.
base::Result<DrandChain> read_drand_info(const std::string& body);

/// Reads the answer to `/public/ROUND`: its `randomness`, if it is of that round and the SHA-256 of
/// the signature. That signature is not checked.
base::Result<std::string> read_drand_round(const std::string& body, std::uint64_t round);

/// drand's HTTP API, at several hosts that are tried in turn: the next one at once where one is in
/// trouble, or when it says a few times that the round is not there yet.
class BeaconDrand final : public BeaconSource {
 public:
  /// `urls`: up to and without `/info`, all of one chain. `patience` and `sink` as for
  /// make_beacon_source.
  BeaconDrand(std::vector<std::string> urls, base::Micros patience, base::LogSink& sink);

  std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                  base::UnixTime at) const override EXCLUDES(mutex_);
  bool goes_by_time_of_day() const override { return true; }
  base::Status open(const BeaconPatience& patience) override EXCLUDES(mutex_);
  base::UnixTime published(const BeaconQuestion& question) const override EXCLUDES(mutex_);
  base::Result<std::string> ask(const BeaconQuestion& question,
                                const BeaconPatience& patience) override EXCLUDES(mutex_);
  base::Micros pause() const override { return std::chrono::milliseconds(500); }

 private:
  struct Host {
    std::string url;
    bool known = false;  // to be of the chain
  };
  std::optional<DrandChain> chain() const EXCLUDES(mutex_);
  base::Status look_at(Host& host, const BeaconPatience& patience) EXCLUDES(mutex_);
  base::Result<std::string> ask(Host& host, std::uint64_t round, const BeaconPatience& patience);
  void say(const Host& host, const DrandChain& chain) const;

  const base::Micros longest_wait_;
  const base::Log log_;
  mutable base::Mutex mutex_;
  std::optional<DrandChain> chain_ GUARDED_BY(mutex_);  // once it is known it stays
  // The thread's.
  std::vector<Host> hosts_;
  std::size_t next_ = 0;  // whom to ask
  int not_yet_ = 0;       // answers of that one
};

}  // namespace pool
