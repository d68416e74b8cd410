#include "pool/system_random.h"

#include <openssl/rand.h>

namespace pool {

bool system_random(std::span<std::uint8_t> bytes) {
  return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

}  // namespace pool
