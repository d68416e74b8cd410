#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backends::amdgpu {

/// What holds the clocks down, in the words of ThrottleReasons, of the file gpu_metrics. Only
/// structure 1.3 (Linux 5.14 and later, RDNA and MI100/200) tells it in bits that mean the same for
/// every chip; of 1.0 to 1.2 they are the chip's own, from 1.4 on (MI300) they are always 0. No
/// value for these, and while nothing holds them down.
/// Source: drivers/gpu/drm/amd/include/kgd_pp_interface.h (struct gpu_metrics_v1_3) and
/// drivers/gpu/drm/amd/pm/swsmu/inc/amdgpu_smu.h (SMU_THROTTLER_*_BIT) of Linux.
std::optional<std::string> throttle_words(std::string_view metrics);

}  // namespace backends::amdgpu
