#pragma once

#include <string_view>

namespace pool::web {

/// The text of a file of this folder that the build put into the program ("status.html"); empty: it
/// did not. Lives as long as the program. Any thread.
std::string_view asset(std::string_view name);

}  // namespace pool::web
