#include "stratum/sprint_secret.h"

#include <span>
#include <string>

namespace stratum {
namespace {

/// The label and the zero byte that ends it.
std::string labelled(std::string_view label) {
  return std::string(label) + '\0';
}

void append(std::string& text, std::span<const std::uint8_t> bytes) {
  text.append(bytes.begin(), bytes.end());
}

base::Bytes32 commit(std::string_view label, const base::Bytes32& secret) {
  std::string text = labelled(label);
  append(text, secret);
  return poc::sha256(base::as_bytes(text));
}

}  // namespace

base::Bytes32 commit_to(const base::Bytes32& secret) {
  return commit("sprint/1 secret", secret);
}

base::Bytes32 commit_to_draw(const base::Bytes32& secret) {
  return commit("sprint/1 draw secret", secret);
}

poc::Seed make_start_seed(std::string_view pool, std::string_view sprint,
                          const base::Bytes32& secret, std::string_view beacon) {
  std::string text = labelled("sprint/1 start");
  append(text, poc::sha256(base::as_bytes(pool)));
  append(text, poc::sha256(base::as_bytes(sprint)));
  append(text, secret);
  append(text, poc::sha256(base::as_bytes(beacon)));
  return poc::sha256(base::as_bytes(text));
}

}  // namespace stratum
