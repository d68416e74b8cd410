#include "backends/opencl/tile.h"

#include <algorithm>
#include <array>
#include <utility>

#include "poc/params.h"

namespace backends::opencl {
namespace {

base::Error refused(const std::string& why) {
  return base::invalid("kernel tile: " + why);
}

/// "<name> <value> <what>".
base::Error refused(std::string_view name, std::uint32_t value, const std::string& what) {
  return refused(std::string(name) + ' ' + std::to_string(value) + ' ' + what);
}

bool divides(std::uint32_t part, std::uint32_t whole) {
  return part != 0 && whole != 0 && whole % part == 0;
}

base::Status check_product(const Tile& t) {
  if (t.vector != 4 && t.vector != 8 && t.vector != 16) {
    return refused("vector", t.vector, "is not 4, 8 or 16");
  }
  if (t.inner == Inner::kDot4 && t.vector != 4) {
    return refused("vector", t.vector, "is not 4, as dot4 needs it");
  }
  if (!divides(POC_TOKENS, t.rows)) return refused("rows", t.rows, "is not a multiple of 16");
  if (!divides(t.outputs, POC_SIZE_STEP))
    return refused("outputs", t.outputs, "does not divide 128");
  if (!divides(t.vector, t.outputs)) return refused("outputs", t.outputs, "is not whole vectors");
  if (!divides(t.depth, POC_SIZE_STEP) || !divides(t.term_columns(), t.depth)) {
    return refused("depth", t.depth, "does not divide 128 into whole terms");
  }
  if (!divides(t.vector, t.item_rows) || !divides(t.item_rows, t.rows)) {
    return refused("item_rows", t.item_rows, "is not whole vectors that divide the rows");
  }
  // Of an item's outputs half are gates and half are ups, each half whole terms of the result.
  if (!divides(2 * t.term_columns(), t.item_outputs) || !divides(t.item_outputs, t.outputs)) {
    return refused("item_outputs", t.item_outputs, "is not pairs of terms that divide the outputs");
  }
  const std::uint32_t terms = t.depth / t.term_columns();
  for (const auto& [name, width] : {std::pair{"rows", t.rows}, std::pair{"outputs", t.outputs}}) {
    if (!divides(t.items() * t.vector, width * terms)) {
      return refused(name, width,
                     "at this depth cannot be shared out evenly among " +
                         std::to_string(t.items()) + " items");
    }
  }
  return base::Ok{};
}

base::Status check_rows(const Tile& t) {
  if (!divides(t.vector, t.norm_rows) || t.norm_rows > POC_SIZE_STEP) {
    return refused("norm_rows", t.norm_rows, "is not whole vectors, 128 rows at most");
  }
  const std::uint32_t norm_vectors = t.norm_rows / t.vector;
  // Columns are squared, and with dot4 stored, four at a time.
  if (!divides(norm_vectors, t.norm_items) ||
      !divides(t.norm_items / norm_vectors, POC_SIZE_STEP / 4)) {
    return refused("norm_items", t.norm_items, "does not give each row 1, 2, 4, 8, 16 or 32 items");
  }
  const std::uint32_t head_vectors = POC_TOKENS / t.vector;
  if (!divides(head_vectors, t.head_items) || !divides(t.head_items / head_vectors, POC_TOKENS)) {
    return refused("head_items", t.head_items, "does not give each query 1, 2, 4, 8 or 16 items");
  }
  return base::Ok{};
}

std::string_view inner_name(Inner inner) {
  switch (inner) {
    case Inner::kFp32:
      return "INNER_FP32";
    case Inner::kDot4:
      return "INNER_DOT4";
    default:
      return "INNER_INT";
  }
}

std::string_view dot4_name(Dot4 dot4) {
  switch (dot4) {
    case Dot4::kKhr:
      return "DOT4_KHR";
    case Dot4::kAmd:
      return "DOT4_AMD";
    case Dot4::kNv:
      return "DOT4_NV";
    default:
      return "DOT4_PLAIN";
  }
}

}  // namespace

std::uint64_t Tile::local_bytes() const {
  const std::uint64_t steps = std::uint64_t{rows + outputs} * (depth / term_columns()) * 4;
  const std::uint64_t norm = std::uint64_t{norm_items} * vector * 8 + norm_rows * 4;
  const std::uint64_t scores = POC_TOKENS * POC_TOKENS * 4;
  return std::max({steps, norm, scores});
}

base::Status check(const Tile& tile, const GroupLimits& limits) {
  RETURN_IF_ERROR(check_product(tile));
  RETURN_IF_ERROR(check_rows(tile));
  const std::uint32_t items = std::max({tile.items(), tile.norm_items, tile.head_items});
  if (items > limits.items) {
    return refused("a group of " + std::to_string(items) + " items is more than the device's " +
                   std::to_string(limits.items));
  }
  if (tile.local_bytes() > limits.local_bytes) {
    return refused("a group takes " + std::to_string(tile.local_bytes()) +
                   " bytes of local memory, the device has " + std::to_string(limits.local_bytes));
  }
  return base::Ok{};
}

std::string build_options(const Tile& tile) {
  // Denormal numbers never occur; some devices multiply and add in one instruction only without.
  std::string text = "-cl-mad-enable -cl-denorms-are-zero";
  // The extension's functions are declared for the newer language alone.
  const bool khr = tile.inner == Inner::kDot4 && tile.dot4 == Dot4::kKhr;
  text += khr ? " -cl-std=CL3.0" : " -cl-std=CL1.2";
  text += " -D " + std::string(inner_name(tile.inner));
  if (tile.inner == Inner::kDot4) text += " -D " + std::string(dot4_name(tile.dot4));
  const std::array<std::pair<std::string_view, std::uint32_t>, 11> numbers = {{
      {"TILE_ROWS", tile.rows},
      {"TILE_OUTPUTS", tile.outputs},
      {"TILE_DEPTH", tile.depth},
      {"ITEM_ROWS", tile.item_rows},
      {"ITEM_OUTPUTS", tile.item_outputs},
      {"VECTOR", tile.vector},
      {"PREFETCH", tile.prefetch ? 1U : 0U},
      {"NORM_ROWS", tile.norm_rows},
      {"NORM_ITEMS", tile.norm_items},
      {"HEAD_ITEMS", tile.head_items},
      {"ITEM_BY_ITEM", tile.item_by_item ? 1U : 0U},
  }};
  for (const auto& [name, value] : numbers) {
    text += " -D " + std::string(name) + '=' + std::to_string(value);
  }
  return text;
}

Tile default_tile(DeviceClass device, Inner inner, Dot4 dot4) {
  Tile tile{.inner = inner, .dot4 = inner == Inner::kDot4 ? dot4 : Dot4::kPlain};
  const auto product = [&tile](std::uint32_t rows, std::uint32_t outputs, std::uint32_t depth,
                               std::uint32_t item_rows, std::uint32_t item_outputs) {
    tile.rows = rows;
    tile.outputs = outputs;
    tile.depth = depth;
    tile.item_rows = item_rows;
    tile.item_outputs = item_outputs;
  };
  if (device == DeviceClass::kGpu) {
    // 64 sums an item: eight loads of a row's or an output's terms feed 64 multiply-adds, and two
    // waves fit a GCN unit's registers.
    if (inner == Inner::kDot4) {
      product(128, 128, 32, 8, 8);
    } else {
      product(128, 64, 16, 8, 8);
    }
    tile.vector = 4;
    tile.prefetch = true;
    tile.norm_rows = 64;
    tile.norm_items = 256;
    tile.head_items = 64;
    return tile;
  }
  if (inner == Inner::kDot4) {
    product(64, 64, 128, 8, 8);
    tile.vector = 4;
  } else if (device == DeviceClass::kWideProcessor) {
    product(64, 64, 128, 32, 8);
    tile.vector = 16;
  } else {
    product(48, 64, 128, 24, 4);
    tile.vector = 8;
  }
  tile.item_by_item = true;
  tile.norm_rows = 16;
  tile.norm_items = tile.head_items = POC_TOKENS / tile.vector;
  return tile;
}

std::string product_kernel(std::string_view epilogue, std::uint32_t inputs) {
  return "product_" + std::string(epilogue) + (inputs > kShortInputs ? "_long" : "");
}

}  // namespace backends::opencl
