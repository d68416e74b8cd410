#pragma once

// SHA-256 by what the processor has for it. A pool hashes each submit that it hears, so here its
// speed counts; the rows of a nonce are a backend's own matter.

#include "poc/sha256.h"

namespace poc {

/// Takes the 64 bytes of `block` into the 8 words of `state`: by the SHA instructions where this
/// processor has them, else as PlainBlock. Any thread.
void sha256_host_block(std::uint32_t* state, const std::uint8_t* block);

struct HostBlock {
  static void compress(std::uint32_t* state, const std::uint8_t* block) {
    sha256_host_block(state, block);
  }
};

using HostSha256 = Sha256By<HostBlock>;

}  // namespace poc
