#include "stratum/messages.h"

#include <algorithm>

namespace stratum {
namespace {

constexpr std::size_t kMaxSprintIdBytes = 32;
constexpr std::size_t kMaxLoginBytes = 256;

bool is_sprint_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7f;
}

}  // namespace

bool is_sprint_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSprintIdBytes &&
         std::all_of(text.begin(), text.end(), is_sprint_id_character);
}

bool is_ascii_name(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max &&
         std::all_of(text.begin(), text.end(), is_printable_ascii);
}

std::optional<Login> parse_login(std::string_view text) {
  if (text.size() > kMaxLoginBytes || !base::is_utf8(text)) return std::nullopt;
  const std::size_t dot = text.find('.');
  const std::string_view account = text.substr(0, dot);
  if (account.empty() || account.size() > kMaxAccountBytes) return std::nullopt;
  const std::string_view worker =
      dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  return Login{std::string(account), std::string(worker)};
}

std::string to_text(const Login& login) {
  return login.worker.empty() ? login.account : login.account + '.' + login.worker;
}

}  // namespace stratum
