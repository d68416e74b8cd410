#pragma once

#include <string>
#include <vector>

#include "pool/beacon_source.h"

namespace pool {

/// A program that is run with the value's name and the time before which it is not published, in
/// seconds since 1970, behind its own arguments. Prints the value as its only line and exits 0;
/// another status means that it is not there yet. It has a process group of its own, which is
/// killed when the program ends, or is not waited for any longer.
class BeaconCommand final : public BeaconSource {
 public:
  /// `program`: with its arguments, looked up in PATH; no shell reads them. `limit`: of one run.
  BeaconCommand(std::vector<std::string> program, std::string naming,
                base::Micros limit = std::chrono::seconds(10))
      : program_(std::move(program)), naming_(std::move(naming)), limit_(limit) {}

  std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                  base::UnixTime at) const override {
    return beacon_name_of(naming_, sprint, use, at);
  }
  base::Result<std::string> ask(const BeaconQuestion& question,
                                const BeaconPatience& patience) override;
  base::Micros pause() const override { return std::chrono::seconds(1); }

 private:
  const std::vector<std::string> program_;
  const std::string naming_;
  const base::Micros limit_;
};

}  // namespace pool
