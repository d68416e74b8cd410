#include "miner/settings/read_values.h"

#include <algorithm>

#include "stratum/messages.h"
#include "stratum/pool_url.h"

namespace miner {
namespace {

// A login line has 4 KiB; user and password take part of it, escaped.
constexpr std::size_t kMaxTextBytes = 256;

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  out += base::printable(text, 80);
  return out += '\'';
}

base::Status check_text(const std::string& text, std::string_view what) {
  if (!base::is_utf8(text)) return base::invalid(std::string(what) + " is not UTF-8");
  if (text.size() > kMaxTextBytes) {
    return base::invalid(std::string(what) + " is longer than " + std::to_string(kMaxTextBytes) +
                         " bytes");
  }
  return base::Ok{};
}

}  // namespace

base::Result<base::Bytes32> read_seed(std::string_view text) {
  if (const auto value = base::bytes32_from_hex(text)) return *value;
  return base::invalid(in_quotes(text) + " is not 64 lower-case hexadecimal digits");
}

base::Result<std::uint64_t> read_nonce(std::string_view text) {
  if (const auto value = base::u64_from_hex(text)) return *value;
  return base::invalid(in_quotes(text) + " is not 16 lower-case hexadecimal digits");
}

base::Result<std::vector<std::string>> read_list(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    if (comma == at) return base::invalid(in_quotes(text) + " has an empty entry");
    words.emplace_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

base::Result<std::string> read_user(const std::string& text) {
  const std::size_t account = std::min(text.find('.'), text.size());
  if (account == 0) return base::invalid(in_quotes(text) + " has no account: write account.worker");
  if (text.front() == '-') {
    return base::invalid(in_quotes(text) + " looks like a flag: write account.worker");
  }
  if (account > stratum::kMaxAccountBytes) {
    return base::invalid("the account in " + in_quotes(text) + " is longer than " +
                         std::to_string(stratum::kMaxAccountBytes) + " bytes");
  }
  RETURN_IF_ERROR(check_text(text, in_quotes(text)));
  return text;
}

base::Result<std::string> read_password(const std::string& text) {
  RETURN_IF_ERROR(check_text(text, "the password"));
  return text;
}

base::Result<std::string> read_pool_url(const std::string& text) {
  const auto url = stratum::parse_pool_url(text);
  if (!url.ok()) return url.error();
  return text;
}

}  // namespace miner
