#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/cuda/images.h"
#include "backends/cuda/properties.h"
#include "backends/gpu/product_path.h"
#include "base/result.h"

namespace backends::cuda {

/// The names of the ways to multiply, fastest first.
std::vector<std::string> path_names();

/// The way for a card: the one `wanted`, or for "auto" the fastest that runs there and was built.
/// Fault::kUnavailable when none does, or `wanted` does not. A pure function.
base::Result<gpu::ProductPath> choose_path(const Properties& properties, std::string_view wanted,
                                           const BuiltFor& built = {});

/// Products of signed bytes that the card adds up in a second on that path, roughly: 0.6 of what
/// its maker states. For first guesses only.
double estimated_macs_per_second(const Properties& properties, const gpu::ProductPath& path);

}  // namespace backends::cuda
