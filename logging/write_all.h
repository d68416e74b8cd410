#pragma once

#include <string_view>

namespace logging {

/// Writes all bytes to an open file, by one write(2) unless the system takes fewer. Returns 0, or
/// the errno that kept the rest from being written; `written` then says how many bytes were.
int write_all(int fd, std::string_view bytes, std::size_t& written);

}  // namespace logging
