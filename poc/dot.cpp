#include "poc/dot.h"

namespace poc {

std::int32_t dot(const std::int8_t* a, const std::int8_t* w, std::uint32_t count) {
  std::int32_t sum = 0;
  for (std::uint32_t j = 0; j < count; ++j) sum += a[j] * w[j];
  return sum;
}

}  // namespace poc
