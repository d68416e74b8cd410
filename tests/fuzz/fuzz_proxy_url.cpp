// A proxy's URL that is taken is one, and reads the same when it is shown and read again; one that
// is not is refused in one printable line. No text that is shown holds the user or the password.
// The same for a list of pins.
#include <string>

#include "base/check.h"
#include "stratum/proxy_url.h"
#include "stratum/transport_options.h"

namespace {

// What must not be seen; longer than chance.
constexpr std::string_view kSecret = "Xy7secretQq";

void check_message(const std::string& message) {
  CHECK(!message.empty() && message.size() <= 2048);
  for (const char c : message) CHECK(c >= 0x20 && c < 0x7f);
}

void check_taken(const stratum::ProxyUrl& proxy) {
  CHECK(!proxy.host.empty() && proxy.host.size() <= 254 && proxy.port >= 1);
  for (const char c : proxy.host) CHECK(c > 0x20 && c < 0x7f && c != '/' && c != '@' && c != '[');
  CHECK(proxy.user.size() <= 255 && proxy.password.size() <= 255);
  CHECK(proxy.password.empty() || !proxy.user.empty());
  for (const std::string& text : {proxy.user, proxy.password}) {
    for (const char c : text) CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  auto again = stratum::parse_proxy_url(proxy.text());
  CHECK(again.ok() && again->user.empty() && again->password.empty());
  again->user = proxy.user;
  again->password = proxy.password;
  CHECK(*again == proxy);
}

/// The same address with a user and a password in it.
void check_hidden(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return;
  std::string full = text;
  full.insert(scheme + 3, std::string(kSecret) + ":" + std::string(kSecret) + "@");
  const auto proxy = stratum::parse_proxy_url(full);
  const std::string shown = proxy.ok() ? proxy->text() : proxy.message();
  CHECK(shown.find(kSecret) == std::string::npos);
}

void check_pin_list(const std::string& text) {
  const auto status = stratum::check_pins(text);
  if (!status.ok()) return check_message(status.message());
  CHECK(text.size() % 53 == 52);  // sha256//, 44 digits, and ';' between
  CHECK(stratum::check_pins(text + ";" + text).ok());
  CHECK(!stratum::check_pins(text + ";").ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto proxy = stratum::parse_proxy_url(text);
  if (proxy.ok()) {
    check_taken(*proxy);
  } else {
    check_message(proxy.message());
  }
  check_hidden(text);
  check_pin_list(text);
  return 0;
}
