#include "pool/beacon_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "pool/sprint.h"
#include "stratum/messages.h"

namespace pool {
namespace {

constexpr std::size_t kMaxBeaconName = 128;
constexpr std::size_t kMaxBeaconUrls = 8;
constexpr std::size_t kMaxUrlBytes = 256;

/// The parts between one character or more of these.
std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    if (to > from) parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

bool is_printable_word(const std::string& text, std::size_t max) {
  return stratum::is_ascii_name(text, max) && text.find(' ') == std::string::npos;
}

std::string replace_all(std::string text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

bool is_url(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

base::Result<BeaconConfig> read_urls(const std::string& text) {
  BeaconConfig config{BeaconConfig::Kind::kDrand, split_at(text, ',')};
  if (config.parts.size() > kMaxBeaconUrls) return base::invalid("more than 8 URLs");
  for (std::string& url : config.parts) {
    while (url.ends_with('/')) url.pop_back();
    const std::size_t host = url.find("//") + 2;
    if (url.substr(0, url.find('/', host)).find('@') != std::string::npos) {
      return base::invalid("a URL holds no user or password: it is written to the log");
    }
    const bool whole = is_url(url) && url.size() > host && url[host] != '/';
    if (whole && is_printable_word(url, kMaxUrlBytes) && url.find_first_of("?#") > url.size()) {
      continue;
    }
    return base::invalid("not a URL like https://HOST/CHAIN, without ? and #");
  }
  return config;
}

}  // namespace

base::Result<BeaconConfig> read_beacon(const std::string& text) {
  if (text == kNoBeacon) return BeaconConfig{};
  if (text.starts_with("file:")) {
    if (text.size() == 5) return base::invalid("a file is wanted: file:PATH");
    return BeaconConfig{BeaconConfig::Kind::kFile, {text.substr(5)}};
  }
  if (text.starts_with("command:")) {
    BeaconConfig config{BeaconConfig::Kind::kCommand, split_at(text.substr(8), ' ')};
    if (config.parts.empty()) return base::invalid("a program is wanted: command:PROGRAM ARGS");
    return config;
  }
  if (is_url(text)) return read_urls(text);
  return base::invalid("none of: none, file:PATH, command:PROGRAM ARGS, https://HOST/CHAIN");
}

base::Status check_beacon_naming(const std::string& naming) {
  if (!is_printable_word(naming, kMaxBeaconName)) {
    return base::invalid("not 1..128 printable ASCII characters without spaces");
  }
  if (naming.find("{n}") == std::string::npos && naming.find("{t}") == std::string::npos) {
    return base::invalid("holds neither {n} nor {t}: all sprints would have one name");
  }
  std::string rest = naming;
  for (const char* known : {"{n}", "{t}", "{use}"}) rest = replace_all(rest, known, "");
  if (rest.find_first_of("{}") != std::string::npos) {
    return base::invalid("{ and } are for {n}, {t} and {use} alone");
  }
  const base::UnixTime last{base::Micros(static_cast<std::int64_t>(stratum::kMaxInteger))};
  const std::string longest = beacon_name_of(naming, stratum::kMaxInteger, BeaconUse::kDraw, last);
  if (longest.size() > kMaxBeaconName) {
    return base::invalid(
        fmt::format("makes names of {} characters, 128 is the most", longest.size()));
  }
  return base::Ok{};
}

std::string beacon_name_of(const std::string& naming, std::uint64_t sprint, BeaconUse use,
                           base::UnixTime at) {
  const bool is_start = use == BeaconUse::kStart;
  std::string name = replace_all(naming, "{n}", std::to_string(sprint));
  name = replace_all(name, "{t}", std::to_string(beacon_second(at)));
  if (naming.find("{use}") == std::string::npos) return is_start ? name : name + ":draw";
  return replace_all(name, "{use}", is_start ? "start" : "draw");
}

std::int64_t beacon_second(base::UnixTime at) {
  return std::chrono::ceil<std::chrono::seconds>(at.time_since_epoch()).count();
}

base::Status check_beacon_value(const std::string& value) {
  if (value == kNoBeacon) return base::invalid("'none' is no value of a beacon");
  if (is_printable_word(value, kMaxBeaconName)) return base::Ok{};
  return base::invalid("'" + base::printable(value, 64) +
                       "' is not 1..128 printable ASCII characters without spaces");
}

}  // namespace pool
