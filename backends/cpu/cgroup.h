#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backends::cpu {

/// What the limits of a container or a service leave to this process, in bytes: the least over its
/// control group (version 2) and those above it of memory.max less what is in use, caches of files
/// that are given up on demand not counted. Nothing where there is no limit.
///
/// `root`: where the groups are mounted, "/sys/fs/cgroup". `own_groups`: the text of
/// /proc/self/cgroup.
std::optional<std::uint64_t> cgroup_available(const std::string& root, std::string_view own_groups);

}  // namespace backends::cpu
