#pragma once

#include <string>

#include "pool/beacon_source.h"

namespace pool {

/// A file of lines `NAME VALUE`, read anew each time. The first line of a name counts, and a line
/// counts when its newline is there.
class BeaconFile final : public BeaconSource {
 public:
  BeaconFile(std::string path, std::string naming)
      : path_(std::move(path)), naming_(std::move(naming)) {}

  std::optional<std::string> name(std::uint64_t sprint, BeaconUse use,
                                  base::UnixTime at) const override {
    return beacon_name_of(naming_, sprint, use, at);
  }
  base::Result<std::string> ask(const BeaconQuestion& question,
                                const BeaconPatience& patience) override;
  base::Micros pause() const override { return std::chrono::milliseconds(200); }

 private:
  base::Result<std::string> read() const;

  const std::string path_;
  const std::string naming_;
};

}  // namespace pool
