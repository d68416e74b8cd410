#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/api/backend.h"
#include "backends/sim/board.h"
#include "backends/sim/options.h"

namespace backends::sim {

/// Simulated devices for tests and trials. A device may be opened more than once.
class SimBackend final : public Backend {
 public:
  /// Set by the defaults of its options.
  SimBackend();

  std::string_view name() const override { return "sim"; }
  std::span<const OptionSpec> options() const override { return option_specs(); }
  base::Status configure(const OptionValues& values) override;
  base::Result<std::vector<DeviceInfo>> probe() override;
  base::Result<std::unique_ptr<Device>> open(std::uint32_t index,
                                             const OptionValues& values) override;

  /// What the sensors of the same module read.
  std::shared_ptr<const Board> board() const { return board_; }

 private:
  DeviceInfo info(std::uint32_t index) const;

  BackendSettings settings_;
  std::vector<std::shared_ptr<Card>> cards_;  // by device index
  const std::shared_ptr<Board> board_ = std::make_shared<Board>();
};

}  // namespace backends::sim
