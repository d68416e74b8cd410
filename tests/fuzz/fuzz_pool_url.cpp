// A pool's URL that is taken is one: it reads the same when it is shown and read again. One that is
// not is refused in one printable line.
#include <string>

#include "base/check.h"
#include "stratum/pool_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = stratum::parse_pool_url(text);
  if (!url) {
    CHECK(!url.message().empty() && url.message().size() <= 2048);
    for (const char c : url.message()) CHECK(c >= 0x20 && c < 0x7f);
    return 0;
  }
  CHECK(!url->host.empty() && url->host.size() <= 254 && url->port >= 1);
  for (const char c : url->host) CHECK(c > 0x20 && c < 0x7f && c != '/' && c != '@' && c != '[');
  CHECK(url->text().ends_with(url->authority()));
  const auto again = stratum::parse_pool_url(url->text());
  CHECK(again && *again == *url && again->text() == url->text());
  CHECK(again->is_loopback() == url->is_loopback());
  return 0;
}
