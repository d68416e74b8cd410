#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// The parameters that the kernels are built with, and which of them go together.
namespace backends::opencl {

/// How a product multiplies and adds; see kernels/terms.cl.
enum class Inner {
  kFp32,  ///< single precision, exact for 2048 terms at a time
  kDot4,  ///< four signed bytes at once
  kInt,   ///< 24-bit integer multiply-add
};

/// Whose instruction adds four products of bytes. Of no meaning for other inner loops.
enum class Dot4 {
  kPlain,  ///< none: C, for any device
  kKhr,    ///< cl_khr_integer_dot_product
  kAmd,    ///< the compiler's builtin
  kNv,     ///< inline PTX, compute capability 6.1 on
};

/// One build of the kernels. A group makes rows x outputs sums of a product in steps of `depth`
/// columns, each of its items item_rows x item_outputs of them, `vector` rows at a time.
struct Tile {
  Inner inner = Inner::kFp32;
  Dot4 dot4 = Dot4::kPlain;
  std::uint32_t rows = 0;
  std::uint32_t outputs = 0;
  std::uint32_t depth = 0;
  std::uint32_t item_rows = 0;
  std::uint32_t item_outputs = 0;
  std::uint32_t vector = 0;     ///< 4, 8 or 16
  bool prefetch = false;        ///< read the next step from global memory during this one
  std::uint32_t norm_rows = 0;  ///< rows that a group of the norm has
  std::uint32_t norm_items = 0;
  std::uint32_t head_items = 0;  ///< of a group of the attention: one head
  bool item_by_item = false;     ///< for a processor that runs items in turn: kernels/product.cl

  bool operator==(const Tile&) const = default;

  /// Items of a product's group.
  std::uint32_t items() const { return rows / item_rows * (outputs / item_outputs); }
  /// Columns that lie together in memory.
  std::uint32_t term_columns() const { return inner == Inner::kDot4 ? 4 : 1; }
  /// Local memory of the greediest kernel's group, in bytes.
  std::uint64_t local_bytes() const;
};

/// What a device grants a group.
struct GroupLimits {
  std::uint64_t items = 0;
  std::uint64_t local_bytes = 0;
};

/// Ok, or the first reason why the kernels cannot be built so, or not run on a device with these
/// limits.
base::Status check(const Tile& tile, const GroupLimits& limits);

/// The options of the program's build, for a tile that `check` let pass.
std::string build_options(const Tile& tile);

/// Kinds of device that like different tiles.
enum class DeviceClass {
  kGpu,           ///< items side by side on narrow lanes, local memory on the chip
  kProcessor,     ///< items one after the other, registers of 256 bits
  kWideProcessor  ///< the same, of 512 bits
};

/// A tile that does well there and fits in 256 items and 32 KiB of local memory on a GPU.
Tile default_tile(DeviceClass device, Inner inner, Dot4 dot4 = Dot4::kPlain);

/// Inputs up to which the products' kernels without _long in their names are exact.
constexpr std::uint32_t kShortInputs = 2048;

/// The name of the product's kernel for `epilogue` ("narrow", "gate" or "add").
std::string product_kernel(std::string_view epilogue, std::uint32_t inputs);

}  // namespace backends::opencl
