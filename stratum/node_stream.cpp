#include "stratum/node_stream.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <utility>

#include "base/bytes.h"

namespace stratum {
namespace {

constexpr std::size_t kMaxAnswer = 256 * 1024;
constexpr std::size_t kMaxToken = 512;
constexpr int kMostRounds = 16;  // a node that answers at once must not keep us

std::string random_name() {
  std::random_device random;
  return base::to_hex(std::uint64_t{random()} << 32 | random());
}

using base::in_seconds;

long in_millis(base::Micros time) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(time).count());
}

}  // namespace

base::Result<std::unique_ptr<Stream>> NodeStream::make(const PoolUrl& url,
                                                       const TransportOptions& options,
                                                       base::Micros connect_timeout) {
  std::unique_ptr<NodeStream> stream(new NodeStream(url, options, connect_timeout));
  RETURN_IF_ERROR(stream->set_up());
  return std::unique_ptr<Stream>(std::move(stream));
}

NodeStream::NodeStream(const PoolUrl& url, const TransportOptions& options,
                       base::Micros connect_timeout)
    : url_(url), options_(options), connect_timeout_(connect_timeout), bridge_(random_name()) {}

NodeStream::~NodeStream() {
  for (Line& line : lines_) {
    if (multi_ && line.easy) curl_multi_remove_handle(multi_.get(), line.easy.get());
  }
  multi_.reset();  // it still asks for sockets to be forgotten
  for (const int fd : {own_timer_, curl_timer_, epoll_}) {
    if (fd >= 0) ::close(fd);
  }
}

base::Status NodeStream::set_up() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  curl_timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  own_timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  for (const int timer : {curl_timer_, own_timer_}) {
    epoll_event event{EPOLLIN, {}};
    event.data.fd = timer;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer, &event) != 0) {
      return told(std::strerror(errno));
    }
  }
  if (!start_curl()) return told("libcurl does not start");
  multi_.reset(curl_multi_init());
  if (!multi_) return told("libcurl does not start");
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  for (Line& line : lines_) {
    const base::Status ready = set_up(line);
    if (!ready.ok()) return told(ready.message());
  }
  return base::Ok{};
}

base::Status NodeStream::set_up(Line& line) {
  line.easy.reset(curl_easy_init());
  if (!line.easy) return base::unavailable("libcurl does not start");
  CURL* easy = line.easy.get();
  RETURN_IF_ERROR(line.setup.apply(easy, url_, options_, connect_timeout_));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "sprintminer");
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &line);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_connect);
  return base::Ok{};
}

base::Error NodeStream::told(const std::string& why) const {
  const std::string way = options_.proxy ? " through " + options_.proxy->text() : "";
  return base::io_error(fmt::format("{}{}: {}", url_.text(), way, why));
}

base::Result<std::size_t> NodeStream::read(std::span<char> buffer) {
  pump();
  const std::string_view ready = bridge_.output();
  if (!ready.empty()) {
    const std::size_t count = std::min(ready.size(), buffer.size());
    std::copy_n(ready.begin(), count, buffer.begin());
    bridge_.consume(count);
    return count;
  }
  if (over_) return *over_;
  if (bridge_.left()) return base::io_error("the connection is closed, as was asked");
  return std::size_t{0};
}

base::Result<std::size_t> NodeStream::write(std::string_view bytes) {
  if (over_) return *over_;
  const base::Status taken = bridge_.feed(bytes, clock_.now());
  if (!taken.ok()) over_ = told(taken.message());
  pump();
  return bytes.size();  // what fails is told by `read`, after what came before it
}

/// As far as it goes without waiting. What is left to be told or done then makes `fd` readable.
void NodeStream::pump() {
  bool busy = true;
  for (int round = 0; round < kMostRounds && busy && !over_; ++round) {
    const bool begun = begin_calls();
    const bool moved = move_on();
    const bool finished = finish_calls();
    busy = begun || moved || finished;
  }
  if (busy || over_ || bridge_.left() || !bridge_.output().empty()) {
    return arm(own_timer_, base::Micros(0));
  }
  const auto wake = bridge_.wake();
  arm(own_timer_, wake ? std::max(*wake - clock_.now(), base::Micros(1)) : base::Micros(-1));
}

bool NodeStream::begin_calls() {
  bool begun = false;
  for (std::size_t lane = 0; lane < lines_.size() && !over_; ++lane) {
    if (lines_[lane].active) continue;
    auto call = bridge_.next_call(static_cast<Lane>(lane), clock_.now());
    if (!call) continue;
    const base::Status status = begin(lines_[lane], std::move(*call));
    if (!status.ok()) over_ = told(status.message());
    begun = true;
  }
  return begun;
}

base::Status NodeStream::begin(Line& line, HttpCall call) {
  ASSIGN_OR_RETURN(line.token, token());
  line.call = std::move(call);
  line.body.clear();
  line.too_long = false;
  CURL* easy = line.easy.get();
  line.headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
  if (!line.token.empty()) {
    const std::string field = "Authorization: Bearer " + line.token;
    line.headers.reset(curl_slist_append(line.headers.release(), field.c_str()));
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, line.headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, line.call.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(line.call.body.size()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, in_millis(line.call.timeout + connect_timeout_));
  const CURLMcode code = curl_multi_add_handle(multi_.get(), easy);
  if (code != CURLM_OK) return base::io_error(curl_multi_strerror(code));
  line.active = true;
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  return base::Ok{};
}

/// The file is a secret of a node of this machine: it goes nowhere else.
bool NodeStream::by_cookie() const {
  return !options_.node_cookie.empty() && bridge_.password().empty() && url_.is_loopback() &&
         !options_.proxy;
}

/// Of the file, read anew each time, or the login's password.
base::Result<std::string> NodeStream::token() const {
  std::string text = bridge_.password();
  if (by_cookie()) {
    std::ifstream file(options_.node_cookie, std::ios::binary);
    text.assign(kMaxToken + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    if (text.empty()) {
      return base::io_error(fmt::format("--node-cookie: '{}' cannot be read, or is empty",
                                        base::printable(options_.node_cookie)));
    }
  }
  const bool fits = text.size() <= kMaxToken && std::all_of(text.begin(), text.end(), [](char c) {
                      return c > ' ' && c < 127;
                    });
  if (fits) return text;
  return base::io_error("the token is not one line of printable characters without blanks");
}

/// Lets libcurl work on what is ready.
bool NodeStream::move_on() {
  std::array<epoll_event, 8> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const int fd = event.data.fd;
    int running = 0;
    if (fd == curl_timer_ || fd == own_timer_) {
      std::uint64_t times = 0;
      if (::read(fd, &times, sizeof(times)) < 0) continue;
      if (fd == curl_timer_) {
        curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
      }
      continue;
    }
    int what = 0;
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi_.get(), fd, what, &running);
  }
  return count > 0;
}

bool NodeStream::finish_calls() {
  bool finished = false;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const std::size_t lane = message->easy_handle == lines_[0].easy.get() ? 0 : 1;
    curl_multi_remove_handle(multi_.get(), message->easy_handle);  // `message` is gone
    lines_[lane].active = false;
    const base::Status status = over_ ? base::Status(*over_) : finish(lane, code);
    if (!status.ok() && !over_) over_ = told(status.message());
    finished = true;
  }
  return finished;
}

base::Status NodeStream::finish(std::size_t lane, CURLcode code) {
  Line& line = lines_[lane];
  if (code != CURLE_OK) return base::io_error(why_lost(line, code));
  long status = 0;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(line.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(line.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
  if (status == 401 && by_cookie()) {
    const auto now = token();
    if (now.ok() && *now != line.token) return base::io_error("the node has a new cookie");
  }
  HttpAnswer answer{static_cast<int>(status), std::nullopt, std::move(line.body)};
  constexpr curl_off_t kLongest = 86'400;
  if (retry_after_s > 0)
    answer.retry_after = std::chrono::seconds(std::min(retry_after_s, kLongest));
  return bridge_.answer(static_cast<Lane>(lane), answer, clock_.now());
}

std::string NodeStream::why_lost(Line& line, CURLcode code) const {
  if (line.too_long) return fmt::format("an answer of more than {} bytes", kMaxAnswer);
  if (code != CURLE_OPERATION_TIMEDOUT) return line.setup.explain(code, url_, options_);
  curl_off_t connected = 0;
  curl_easy_getinfo(line.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (connected == 0) {
    return fmt::format("no connection within {} s (--connect-timeout)",
                       in_seconds(connect_timeout_));
  }
  return fmt::format("no answer within {} s", in_seconds(line.call.timeout));
}

/// A negative time: never.
void NodeStream::arm(int timer, base::Micros after) {
  itimerspec at{};
  if (after.count() >= 0) {
    at.it_value.tv_sec = after.count() / 1'000'000;
    at.it_value.tv_nsec = after.count() % 1'000'000 * 1000 + 1;  // all zeros would mean never
  }
  ::timerfd_settime(timer, 0, &at, nullptr);
}

int NodeStream::on_timer(CURLM*, long timeout_ms, void* self) {
  arm(static_cast<NodeStream*>(self)->curl_timer_, std::chrono::milliseconds(timeout_ms));
  return 0;
}

int NodeStream::on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
  auto* stream = static_cast<NodeStream*>(self);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(stream->epoll_, EPOLL_CTL_DEL, fd, nullptr);
    return 0;
  }
  epoll_event event{0, {}};
  event.data.fd = fd;
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  ::epoll_ctl(stream->epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
  curl_multi_assign(stream->multi_.get(), fd, stream);
  return 0;
}

std::size_t NodeStream::on_body(char* bytes, std::size_t, std::size_t count, void* line) {
  auto* to = static_cast<Line*>(line);
  to->too_long = to->body.size() + count > kMaxAnswer;
  if (to->too_long) return 0;  // ends the call
  to->body.append(bytes, count);
  return count;
}

int NodeStream::on_connect(void*, curl_socket_t fd, curlsocktype) {
  set_up_socket(fd);
  return CURL_SOCKOPT_OK;
}

}  // namespace stratum
