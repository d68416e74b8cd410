#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

// How values are read that both programs have, wherever they were written. The errors say what is
// wrong with the value; the caller puts the flag's name, or the place in a file, in front.
namespace settings {

/// "true" or "false", as a file has them; also "1" or "0".
base::Result<bool> read_switch(std::string_view text);

/// A decimal number in min..max.
base::Result<std::uint64_t> read_number(std::string_view text, std::uint64_t min,
                                        std::uint64_t max);

}  // namespace settings
