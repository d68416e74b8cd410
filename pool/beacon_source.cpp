#include "pool/beacon_source.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "pool/beacon_command.h"
#include "pool/beacon_drand.h"
#include "pool/beacon_file.h"

namespace pool {
namespace {

std::string naming_of(const BeaconConfig& config, const char* usual) {
  return config.naming.empty() ? usual : config.naming;
}

}  // namespace

BeaconPatience BeaconPatience::at_most(base::Micros time) const {
  return {std::min(until, base::SystemClock().now() + time), ending};
}

int BeaconPatience::left_ms(int most) const {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - base::SystemClock().now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, most));
}

std::unique_ptr<BeaconSource> make_beacon_source(const BeaconConfig& config, base::Micros patience,
                                                 base::LogSink& sink) {
  CHECK(config.kind != BeaconConfig::Kind::kNone && !config.parts.empty());
  if (config.kind == BeaconConfig::Kind::kFile) {
    return std::make_unique<BeaconFile>(config.parts.front(), naming_of(config, "file:{n}"));
  }
  if (config.kind == BeaconConfig::Kind::kCommand) {
    return std::make_unique<BeaconCommand>(config.parts, naming_of(config, "command:{n}"));
  }
  return std::make_unique<BeaconDrand>(config.parts, patience, sink);
}

}  // namespace pool
