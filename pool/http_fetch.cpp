#include "pool/http_fetch.h"

#include <array>

#include "base/bytes.h"
#include "stratum/curl_setup.h"

namespace pool {
namespace {

constexpr std::size_t kMaxFetched = 65536;
constexpr int kLongestPollMs = 10'000;

struct FetchSink {
  std::string body;
  bool too_long = false;
};

std::size_t take_some(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& sink = *static_cast<FetchSink*>(to);
  const std::size_t all = size * count;
  sink.too_long = sink.body.size() + all > kMaxFetched;
  if (sink.too_long) return 0;
  sink.body.append(bytes, all);
  return all;
}

void set_up_fetch(CURL* easy, const std::string& url, FetchSink& sink, char* error_text) {
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "sprintpool");
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // Do not wait for a thread that looks up a name when we give up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_some);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
}

/// How the transfer ended; nothing: `patience` did.
std::optional<CURLcode> transfer(CURLM* multi, const BeaconPatience& patience) {
  while (true) {
    int running = 0;
    int left = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    const int wait_ms = patience.left_ms(kLongestPollMs);
    if (wait_ms == 0) return std::nullopt;
    curl_waitfd ending{patience.ending, CURL_WAIT_POLLIN, 0};
    curl_multi_poll(multi, &ending, patience.ending < 0 ? 0 : 1, wait_ms, nullptr);
    if (ending.revents != 0) return std::nullopt;
  }
}

}  // namespace

base::Result<HttpFetched> fetch_http(const std::string& url, const BeaconPatience& patience) {
  const std::string shown = base::printable(url);
  if (!stratum::start_curl()) return base::io_error("libcurl does not start");
  FetchSink sink;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  const stratum::CurlMulti multi(curl_multi_init());
  const stratum::CurlEasy easy(curl_easy_init());
  if (multi == nullptr || easy == nullptr) return base::io_error("libcurl does not start");
  set_up_fetch(easy.get(), url, sink, error_text.data());
  if (curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK) {
    return base::io_error("libcurl does not start");
  }
  const auto ended = transfer(multi.get(), patience);
  HttpFetched fetched;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &fetched.status);
  curl_multi_remove_handle(multi.get(), easy.get());
  if (!ended) return base::io_error(shown + ": no answer in time");
  if (sink.too_long) return base::io_error(shown + ": an answer of more than 64 KiB");
  if (*ended != CURLE_OK) {
    const char* why = error_text[0] != '\0' ? error_text.data() : curl_easy_strerror(*ended);
    return base::io_error(shown + ": " + base::printable(why));
  }
  fetched.body = std::move(sink.body);
  return fetched;
}

}  // namespace pool
