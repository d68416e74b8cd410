#pragma once

#include <string>
#include <vector>

#include "pool/beacon.h"

namespace tests {

/// Names values after their sprints, and notes what is wanted.
class FakeBeacon final : public pool::Beacon {
 public:
  struct Wanted {
    pool::BeaconValue value;  // without one
    base::UnixTime at;
    base::UnixTime until;
  };
  std::optional<std::string> name(std::uint64_t sprint, pool::BeaconUse use,
                                  base::UnixTime) const override {
    if (!known) return std::nullopt;
    return prefix + std::to_string(sprint) + (use == pool::BeaconUse::kDraw ? ":draw" : "");
  }
  void want(std::uint64_t sprint, pool::BeaconUse use, const std::string& name, base::UnixTime at,
            base::UnixTime until) override {
    wanted.push_back({{sprint, use, name, ""}, at, until});
  }

  bool known = true;
  std::string prefix = "fake:";
  std::vector<Wanted> wanted;
};

}  // namespace tests
