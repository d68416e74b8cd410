#pragma once

namespace pool {

/// 128 bits: products and sums of integers of 64, exactly.
__extension__ using Wide = unsigned __int128;

}  // namespace pool
