#pragma once

#include <span>

namespace backends::cuda {

/// The kernels, as the toolkit's compiler made them: fatbins, each with the same kernels for
/// several kinds of card, from which the driver takes the one that fits. Part of the module.
std::span<const void* const> images();

/// What the kernels were compiled for.
struct BuiltFor {
  bool turing = true;  ///< 7.5; cards from 8.0 on run the portable form at least
  bool wgmma = true;   ///< the product of 9.0
};
BuiltFor built_for();

}  // namespace backends::cuda
