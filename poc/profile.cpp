#include "poc/profile.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "poc/params.h"

namespace poc {
namespace {

constexpr std::array<NamedProfile, 4> kNamed = {{
    {"nano", {2, 128, 256}},
    {"micro", {8, 512, 1536}},
    {"base", {16, 2048, 6144}},
    {"large", {64, 2048, 6144}},
}};

base::Status check_size(std::string_view name, std::uint64_t value, std::uint64_t max) {
  if (value >= POC_SIZE_STEP && value <= max && value % POC_SIZE_STEP == 0) return base::Ok{};
  return base::invalid("profile: " + std::string(name) + " " + std::to_string(value) +
                       " is not a multiple of 128 in 128.." + std::to_string(max));
}

}  // namespace

std::uint64_t Profile::weights_bytes() const {
  const std::uint64_t d = dim;
  return layers * (4 * d * d + 3 * d * ffn);
}

std::span<const NamedProfile> named_profiles() {
  return kNamed;
}

base::Result<Profile> make_profile(std::uint64_t layers, std::uint64_t dim, std::uint64_t ffn) {
  if (layers < 1 || layers > POC_MAX_LAYERS) {
    return base::invalid("profile: layers " + std::to_string(layers) + " is not in 1.." +
                         std::to_string(POC_MAX_LAYERS));
  }
  RETURN_IF_ERROR(check_size("dim", dim, POC_MAX_DIM));
  RETURN_IF_ERROR(check_size("ffn", ffn, POC_MAX_FFN));
  return Profile{static_cast<std::uint32_t>(layers), static_cast<std::uint32_t>(dim),
                 static_cast<std::uint32_t>(ffn)};
}

base::Result<Profile> parse_profile(std::string_view text) {
  for (const NamedProfile& named : kNamed) {
    if (named.name == text) return named.profile;
  }
  std::array<std::uint64_t, 3> sizes{};
  std::string_view rest = text;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t comma = i + 1 < sizes.size() ? rest.find(',') : rest.size();
    const auto value = comma == std::string_view::npos
                           ? std::nullopt
                           : base::u64_from_decimal(rest.substr(0, comma), UINT32_MAX);
    if (!value) {
      return base::invalid("profile '" + base::printable(text, 64) +
                           "' is neither nano, micro, base, large nor layers,dim,ffn");
    }
    sizes[i] = *value;
    rest.remove_prefix(std::min(rest.size(), comma + 1));
  }
  return make_profile(sizes[0], sizes[1], sizes[2]);
}

std::string to_string(const Profile& profile) {
  for (const NamedProfile& named : kNamed) {
    if (named.profile == profile) return std::string(named.name);
  }
  return std::to_string(profile.layers) + "," + std::to_string(profile.dim) + "," +
         std::to_string(profile.ffn);
}

}  // namespace poc
