#include "backends/opencl/paths.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "poc/params.h"

namespace backends::opencl {
namespace {

struct NamedPath {
  std::string_view name;
  Inner inner;
};
constexpr NamedPath kPaths[] = {
    {"fp32", Inner::kFp32}, {"dot4", Inner::kDot4}, {"int", Inner::kInt}};

/// AMD's processors whose instruction for four bytes its compilers have a builtin for: Vega 20 and
/// the CDNA line, Navi 12 and 14, RDNA2, RDNA3 and later. (LLVM, AMDGPU usage guide, dot1-insts and
/// dot8-insts.)
constexpr std::string_view kAmdWithDot4[] = {"gfx906",  "gfx908", "gfx90a", "gfx94", "gfx1011",
                                             "gfx1012", "gfx103", "gfx11",  "gfx12"};

bool begins_with(const std::string& text, std::string_view start) {
  return text.rfind(start, 0) == 0;
}

bool has_amd_builtin(const Properties& properties) {
  return properties.maker == Maker::kAmd &&
         std::any_of(std::begin(kAmdWithDot4), std::end(kAmdWithDot4),
                     [&](std::string_view chip) { return begins_with(properties.chip, chip); });
}

/// How the device's compiler is told to add four products; plain C where it has no word for it.
Dot4 dot4_of(const Properties& properties) {
  if (properties.maker == Maker::kNvidia && properties.capability >= 61) return Dot4::kNv;
  if (has_amd_builtin(properties)) return Dot4::kAmd;
  if (properties.has_fast_dot && properties.version >= 30) return Dot4::kKhr;
  return Dot4::kPlain;
}

Inner inner_of(const Properties& properties, const std::string& wanted) {
  for (const NamedPath& path : kPaths) {
    if (path.name == wanted) return path.inner;
  }
  return dot4_of(properties) == Dot4::kPlain ? Inner::kFp32 : Inner::kDot4;
}

DeviceClass class_of(const Properties& properties) {
  if (properties.is_gpu) return DeviceClass::kGpu;
  return properties.vector_ints >= 16 ? DeviceClass::kWideProcessor : DeviceClass::kProcessor;
}

/// Without more items for a row or a query than its kernel has work for.
void limit_items(Tile& tile) {
  const std::uint32_t most_norm = POC_SIZE_STEP / 4 * tile.norm_rows / tile.vector;
  tile.norm_items = std::min(tile.norm_items, most_norm);
  tile.head_items = std::min(tile.head_items, POC_TOKENS * POC_TOKENS / tile.vector);
  tile.norm_items = std::max(tile.norm_items, tile.norm_rows / tile.vector);
  tile.head_items = std::max(tile.head_items, POC_TOKENS / tile.vector);
}

void apply(const TileWishes& wishes, Tile& tile) {
  const auto take = [](std::uint32_t wish, std::uint32_t& value) {
    if (wish != 0) value = wish;
  };
  take(wishes.rows, tile.rows);
  take(wishes.outputs, tile.outputs);
  take(wishes.depth, tile.depth);
  take(wishes.item_rows, tile.item_rows);
  take(wishes.item_outputs, tile.item_outputs);
  take(wishes.vector, tile.vector);
  if (wishes.prefetch != "auto") tile.prefetch = wishes.prefetch == "on";
  limit_items(tile);
}

/// For a device that grants less than the usual tile takes: groups of 64 items.
Tile small_tile(Tile tile) {
  tile.rows = tile.outputs = 64;
  tile.depth = tile.inner == Inner::kDot4 ? 32 : 16;
  tile.item_rows = tile.item_outputs = 8;
  tile.vector = 4;
  tile.norm_rows = 16;
  tile.norm_items = tile.head_items = 64;
  return tile;
}

OptionSpec size_option(std::string_view key, std::int64_t max, std::string_view meaning) {
  return {.key = std::string(key),
          .type = OptionSpec::Type::kInteger,
          .max = max,
          .choices = {},
          .default_value = "0",
          .meaning = std::string(meaning) + "; 0: what suits the device"};
}

OptionSpec choice_option(std::string_view key, std::vector<std::string> choices,
                         std::string_view meaning) {
  choices.insert(choices.begin(), "auto");
  return {.key = std::string(key),
          .type = OptionSpec::Type::kChoice,
          .choices = std::move(choices),
          .default_value = "auto",
          .meaning = std::string(meaning)};
}

}  // namespace

std::vector<std::string> path_names() {
  std::vector<std::string> names;
  for (const NamedPath& path : kPaths) names.emplace_back(path.name);
  return names;
}

std::string path_name(Inner inner) {
  for (const NamedPath& path : kPaths) {
    if (path.inner == inner) return std::string(path.name);
  }
  return "";
}

std::vector<OptionSpec> tile_options() {
  return {choice_option("path", path_names(),
                        "what to multiply with; auto: dot4 where the device has an instruction for "
                        "it, else fp32"),
          size_option("tile_rows", 256, "rows of the tile that a work-group makes of a product"),
          size_option("tile_outputs", 128, "its columns"),
          size_option("tile_depth", 128, "columns that it sums up in one step"),
          size_option("item_rows", 64, "rows of it that one work-item makes"),
          size_option("item_outputs", 64, "and columns"),
          size_option("vector", 16, "rows in one vector: 4, 8 or 16"),
          choice_option("prefetch", {"on", "off"},
                        "read the next step of a product during this one; auto: on a GPU")};
}

TileWishes tile_wishes(const OptionValues& values) {
  const auto number = [&](std::string_view key) {
    return static_cast<std::uint32_t>(values.integer(key));
  };
  return {.path = values.text("path"),
          .rows = number("tile_rows"),
          .outputs = number("tile_outputs"),
          .depth = number("tile_depth"),
          .item_rows = number("item_rows"),
          .item_outputs = number("item_outputs"),
          .vector = number("vector"),
          .prefetch = values.text("prefetch")};
}

base::Result<Tile> choose_tile(const Properties& properties, const TileWishes& wishes) {
  const GroupLimits limits{properties.group_items, properties.local_bytes};
  const Inner inner = inner_of(properties, wishes.path);
  Tile tile = default_tile(class_of(properties), inner, dot4_of(properties));
  if (!check(tile, limits).ok()) tile = small_tile(tile);
  apply(wishes, tile);
  const base::Status status = check(tile, limits);
  if (!status.ok()) return base::invalid(properties.name + ": " + status.message());
  return tile;
}

}  // namespace backends::opencl
