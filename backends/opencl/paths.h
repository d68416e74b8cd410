#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "backends/opencl/properties.h"
#include "backends/opencl/tile.h"
#include "base/result.h"

namespace backends::opencl {

/// The names of the products' inner loops, as the option `path` and DeviceInfo have them.
std::vector<std::string> path_names();
std::string path_name(Inner inner);

/// What the owner asks of the kernels; 0: what suits the device.
struct TileWishes {
  std::string path = "auto";
  std::uint32_t rows = 0;
  std::uint32_t outputs = 0;
  std::uint32_t depth = 0;
  std::uint32_t item_rows = 0;
  std::uint32_t item_outputs = 0;
  std::uint32_t vector = 0;
  std::string prefetch = "auto";  ///< or "on", "off"
};

/// The options that make up the wishes, and the wishes that they make.
std::vector<OptionSpec> tile_options();
TileWishes tile_wishes(const OptionValues& values);

/// The kernels to build for a device. "auto": dot4 where the device has an instruction for it that
/// its compiler can be told of, else single precision, which every device has; any path runs
/// anywhere. Fault::kInvalid where what was wished does not go together or not on the device. A
/// pure function.
base::Result<Tile> choose_tile(const Properties& properties, const TileWishes& wishes);

}  // namespace backends::opencl
