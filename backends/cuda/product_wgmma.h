#pragma once

// The product on compute capability 9.0. Two blocks of a cluster take two tiles below each other,
// 128 rows by 192 outputs each, and go from pair of tiles to pair of tiles. Of the three warpgroups
// of a block one copies and two multiply, each every other tile, so that one's epilogue falls into
// the other's products:
//
//     copier        copy tile 0, tile 1, tile 2, ...
//     multiplier 0  | products 0 | epilogue 0 .... | products 2 | epilogue 2 ....
//     multiplier 1               | products 1      | epilogue 1 .... | products 3 ...
//
// The copier waits until a stage is free in both blocks, and fetches its own 128 rows of
// activations and half of the 192 rows of weights, the latter into both blocks. A multiplier waits
// until a stage is full and adds its four steps of 32 terms; one panel later, when the tensor cores
// are done with the one before, it frees that stage in both blocks.

#include "backends/cuda/wgmma.h"
#include "backends/cuda/wgmma_path.h"
#include "backends/gpu/kernels/epilogue.h"
#include "backends/gpu/kernels/raster.h"

namespace backends::gpu::hopper {

constexpr std::uint32_t kWarpgroup = 128;  ///< threads
constexpr std::uint32_t kMultipliers = 2;
constexpr std::uint32_t kRowsAtOnce = 64;  ///< of one instruction

/// Warps of one warpgroup of each block free a stage.
constexpr std::uint32_t kFreeArrivals = kCluster * kWarpgroup / 32;

/// The registers of 384 threads at 168: a copier gives up what a multiplier needs.
constexpr std::uint32_t kCopierRegisters = 24;
constexpr std::uint32_t kMultiplierRegisters = 240;

/// A block's shared memory.
struct Stages {
  std::uint8_t* memory;
  Barrier* full;
  Barrier* free;

  GPU_DEVICE explicit Stages(std::uint8_t* shared) {
    const std::uint32_t past = shared_address(shared) % 1024;
    memory = shared + (1024 - past) % 1024;
    full = reinterpret_cast<Barrier*>(memory + kStages * kStageBytes);
    free = full + kStages;
  }
  GPU_DEVICE std::uint8_t* a(std::uint32_t stage) const { return memory + stage * kStageBytes; }
  GPU_DEVICE std::uint8_t* w(std::uint32_t stage) const { return a(stage) + kBytesOfA; }

  GPU_DEVICE void init() const {
    for (std::uint32_t i = 0; i < kStages; ++i) {
      barrier_init(&full[i], 1);
      barrier_init(&free[i], kFreeArrivals);
    }
    barrier_init_fence();
  }
};

/// Where a warpgroup is in the ring of stages.
struct Turn {
  std::uint32_t stage = 0;
  std::uint32_t parity = 0;

  GPU_DEVICE void next() {
    if (++stage == kStages) {
      stage = 0;
      parity ^= 1;
    }
  }
  GPU_DEVICE void skip(std::uint32_t stages) {
    stage += stages;
    parity ^= stage / kStages % 2;
    stage %= kStages;
  }
};

/// The pairs of tiles that this cluster computes.
struct Pairs {
  std::uint32_t down;
  std::uint32_t across;
  std::uint32_t first;
  std::uint32_t step;
  bool backward;

  GPU_DEVICE explicit Pairs(const ProductArguments& args) {
    down = (args.rows + kCluster * kTileRows - 1) / (kCluster * kTileRows);
    across = (args.outputs + kTileOutputs - 1) / kTileOutputs;
    first = block_index() / kCluster;
    step = block_count() / kCluster;
    backward = args.backward;
  }
  GPU_DEVICE std::uint32_t end() const { return down * across; }
  /// This block's tile of a pair.
  GPU_DEVICE Tile tile(std::uint32_t pair, std::uint32_t rank) const {
    const Tile both = tile_at(pair, down, across, backward);
    return {both.row * kCluster + rank, both.output};
  }
};

/// One thread of each block copies all of its panels.
GPU_DEVICE void copy_panels(const ProductArguments& args, const Stages& stages) {
  constexpr std::uint32_t kHalf = kTileOutputs / kCluster;
  constexpr std::uint16_t kBoth = (1U << kCluster) - 1;
  const std::uint32_t rank = cluster_rank();
  const Pairs pairs(args);
  Turn turn;
  for (std::uint32_t pair = pairs.first; pair < pairs.end(); pair += pairs.step) {
    const Tile tile = pairs.tile(pair, rank);
    // The last tile may have fewer outputs, and the second block's half then none.
    const std::uint32_t outputs = min(kTileOutputs, args.outputs - tile.output * kTileOutputs);
    const std::uint32_t mine = outputs > rank * kHalf ? min(kHalf, outputs - rank * kHalf) : 0;
    const std::uint8_t* a = args.a.data + std::uint64_t{tile.row} * kBytesOfA;
    const std::uint8_t* w =
        args.w.data + (std::uint64_t{tile.output} * kTileOutputs + rank * kHalf) * kPanelRowBytes;
    for (std::uint32_t p = 0; p < args.inputs / kPanelColumns; ++p, turn.next()) {
      Barrier* full = &stages.full[turn.stage];
      wait_for(&stages.free[turn.stage], turn.parity ^ 1);
      arrive_and_expect(full, kBytesOfA + outputs * kPanelRowBytes);
      copy_bytes(stages.a(turn.stage), a, kBytesOfA, full);
      if (mine != 0) {
        copy_bytes_to_all(stages.w(turn.stage) + rank * kHalf * kPanelRowBytes, w,
                          mine * kPanelRowBytes, full, kBoth);
      }
      a += args.a.stride;
      w += args.w.stride;
    }
  }
}

/// Says, once a warp and for each block of the cluster, that a stage may be filled again.
GPU_DEVICE void free_stage(const Stages& stages, std::uint32_t stage) {
  const std::uint32_t lane = thread_index() % 32;
  if (lane < kCluster) arrive_at(&stages.free[stage], lane);
}

/// Multipliers take turns in the order of the tiles: a phase of a barrier is known by its parity
/// alone, so nobody may wait for one before all phases before it are over. The word for multiplier
/// `number`.
GPU_DEVICE void give_turn(std::uint32_t number) {
  asm volatile("bar.arrive %0, %1;" ::"r"(1 + number), "n"(kMultipliers * kWarpgroup) : "memory");
}
GPU_DEVICE void wait_for_turn(std::uint32_t number) {
  asm volatile("bar.sync %0, %1;" ::"r"(1 + number), "n"(kMultipliers * kWarpgroup) : "memory");
}

/// What one instruction's 64 rows of a tile become: in each thread two rows, eight below each
/// other, of three groups of outputs.
template <class Epilogue>
GPU_DEVICE void finish_rows(const ProductArguments& args, std::uint32_t first_row,
                            std::uint32_t first_group, const std::int32_t (&sums)[kSums]) {
  constexpr std::uint32_t kGroups = kTileOutputs / kOutputGroup;
  const std::uint32_t lane = thread_index() % 32;
  const std::uint32_t inside = min(kGroups, args.outputs / kOutputGroup - first_group);
  GPU_UNROLL
  for (int half = 0; half < 2; ++half) {
    const std::uint32_t row = first_row + lane / 4 + 8 * half;
    typename Epilogue::Held held[kGroups];
    GPU_UNROLL
    for (std::uint32_t g = 0; g < kGroups; ++g) {
      if (g < inside) held[g] = Epilogue::load(args, row, first_group + g, lane % 4);
    }
    GPU_UNROLL
    for (std::uint32_t g = 0; g < kGroups; ++g) {
      std::int32_t part[kGroupSums];
      GPU_UNROLL
      for (int n = 0; n < kGroupSums; ++n) part[n] = sums[(8 * g + n / 2) * 4 + 2 * half + n % 2];
      if (g < inside) Epilogue::store(args, row, first_group + g, lane % 4, part, held[g]);
    }
  }
}

/// All panels of one tile; returns the stage of the last, whose products may still be under way.
GPU_DEVICE std::uint32_t add_panels(const Stages& stages, std::uint32_t panels, Turn& turn,
                                    std::int32_t (&above)[kSums], std::int32_t (&below)[kSums]) {
  std::uint32_t stage_before = 0;
  for (std::uint32_t p = 0; p < panels; ++p, turn.next()) {
    wait_for(&stages.full[turn.stage], turn.parity);
    const std::uint64_t a = describe_rows(stages.a(turn.stage));
    const std::uint64_t b = describe_rows(stages.a(turn.stage) + kRowsAtOnce * kPanelRowBytes);
    const std::uint64_t w = describe_rows(stages.w(turn.stage));
    hold_sums(above);
    hold_sums(below);
    products_begin();
    GPU_UNROLL
    for (std::uint32_t step = 0; step < 4; ++step) {
      multiply_64x192x32(above, a + 2 * step, w + 2 * step, (p | step) != 0);
      multiply_64x192x32(below, b + 2 * step, w + 2 * step, (p | step) != 0);
    }
    products_commit();
    hold_sums(above);
    hold_sums(below);
    products_wait<1>();
    if (p > 0) free_stage(stages, stage_before);
    stage_before = turn.stage;
  }
  return stage_before;
}

template <class Epilogue>
GPU_DEVICE void multiply_panels(const ProductArguments& args, const Stages& stages,
                                std::uint32_t number) {
  const std::uint32_t rank = cluster_rank();
  const std::uint32_t panels = args.inputs / kPanelColumns;
  const Pairs pairs(args);
  Turn turn;
  turn.skip(number * panels);
  for (std::uint32_t pair = pairs.first + number * pairs.step; pair < pairs.end();
       pair += kMultipliers * pairs.step) {
    std::int32_t above[kSums];
    std::int32_t below[kSums];
    if (pair != pairs.first) wait_for_turn(number);
    const std::uint32_t last = add_panels(stages, panels, turn, above, below);
    if (pair + pairs.step < pairs.end()) give_turn(1 - number);
    products_wait<0>();
    hold_sums(above);
    hold_sums(below);
    free_stage(stages, last);
    turn.skip((kMultipliers - 1) * panels);
    const Tile tile = pairs.tile(pair, rank);
    const std::uint32_t row = tile.row * kTileRows + thread_index() % kWarpgroup / 32 * 16;
    const std::uint32_t group = tile.output * (kTileOutputs / kOutputGroup);
    finish_rows<Epilogue>(args, row, group, above);
    finish_rows<Epilogue>(args, row + kRowsAtOnce, group, below);
  }
}

template <class Epilogue>
GPU_DEVICE void product_wgmma(const ProductArguments& args) {
  const Stages stages(dynamic_shared());
  const std::uint32_t warpgroup = thread_index() / kWarpgroup;
  if (thread_index() == 0) stages.init();
  cluster_sync();
  if (warpgroup == 0) {
    give_registers_back<kCopierRegisters>();
    if (thread_index() == 0) copy_panels(args, stages);
    warp_sync();
  } else {
    take_registers<kMultiplierRegisters>();
    multiply_panels<Epilogue>(args, stages, warpgroup - 1);
  }
  cluster_sync();  // neither block's memory may go while the other still writes or arrives there
}

}  // namespace backends::gpu::hopper
