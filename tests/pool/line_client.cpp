#include "tests/pool/line_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <variant>

#include "poc/target.h"

namespace tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kPatience = seconds(30);
constexpr int kSmallBuffer = 4096;  // so that a peer that does not read is soon noticed
constexpr std::uint64_t kSharesOfSprint = 6;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

LineClient::LineClient(std::uint16_t port) {
  socket_ = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &kSmallBuffer, sizeof kSmallBuffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

LineClient::~LineClient() {
  if (socket_ >= 0) close(socket_);
}

void LineClient::end_output() {
  ::shutdown(socket_, SHUT_WR);
}

bool LineClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string LineClient::receive(base::Micros patience) {
  pollfd wait{socket_, POLLIN, 0};
  const auto millis = std::chrono::duration_cast<milliseconds>(patience).count();
  if (closed_ || poll(&wait, 1, static_cast<int>(millis)) <= 0) return {};
  char buffer[4096];
  const ssize_t size = recv(socket_, buffer, sizeof buffer, 0);
  if (size <= 0) closed_ = true;
  const std::string bytes(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  received_ += bytes;
  return bytes;
}

bool LineClient::wait_for(std::string_view text) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (received_.find(text) == std::string::npos) {
    if (closed_ || std::chrono::steady_clock::now() > until) return false;
    receive(milliseconds(100));
  }
  return true;
}

bool LineClient::wait_for_close() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!closed_ && std::chrono::steady_clock::now() < until) receive(milliseconds(100));
  return closed_;
}

TinyMiner::TinyMiner(std::uint16_t port, const std::string& account, bool wrong_digests)
    : connection_(port),
      account_(account),
      wrong_digests_(wrong_digests),
      session_({"tiny/1", account + ".w", ""}, clock_.now()) {}

TinyMiner::Counts TinyMiner::mine(std::uint64_t results) {
  const base::SteadyTime until = clock_.now() + seconds(60);
  while (counts_.results < results && clock_.now() < until) {
    flush();
    const std::string bytes = connection_.receive(milliseconds(100));
    if (connection_.closed() && bytes.empty()) break;
    if (!session_.feed(bytes, clock_.now()).ok()) break;
    if (!session_.tick(clock_.now()).ok()) break;
    take_events();
  }
  return counts_;
}

void TinyMiner::flush() {
  const std::string output(session_.output());
  session_.consume(output.size());
  connection_.send(output);
}

void TinyMiner::take_events() {
  namespace client = stratum::client;
  while (const auto event = session_.next_event()) {
    std::visit(
        Overloaded{
            [&](const client::Announced& e) { on_announced(e.announcement); },
            [&](const client::Leased& e) {
              sprints_.at(e.sprint).lease = e.leases.at(0);
              race(sprints_.at(e.sprint));
            },
            [&](const client::Started& e) {
              sprints_.at(e.notice.sprint).start = e.notice;
              race(sprints_.at(e.notice.sprint));
            },
            [&](const client::Answered& e) { ++(e.error ? counts_.refused : counts_.acked); },
            [&](const client::Judged& e) { counts_.voided += e.verdict.voided.size(); },
            [&](const client::Credited& e) {
              ++counts_.results;
              counts_.credit += e.result.credit;
            },
            [](const auto&) {}},
        *event);
  }
}

void TinyMiner::on_announced(const stratum::Announcement& announcement) {
  Sprint& sprint = sprints_[announcement.sprint];
  sprint.announcement = announcement;
  auto model = poc::ReferenceModel::make({announcement.profile, announcement.model_seed});
  if (!model.ok()) return;
  sprint.model = std::move(model).value();
  const stratum::ReadyDevice device{0, "reference", 0};
  session_.ready(announcement.sprint, {&device, 1});
}

/// Finds and submits a few shares, once started and leased.
void TinyMiner::race(Sprint& sprint) {
  if (!sprint.start || !sprint.lease || !sprint.model) return;
  const stratum::Announcement& announced = sprint.announcement;
  const poc::RaceSpec spec{{announced.profile, announced.model_seed},
                           sprint.start->start_seed,
                           *poc::hash_identity(announced.identity)};
  const auto target = poc::Target::from_difficulty(sprint.lease->difficulty);
  std::uint64_t found = 0;
  for (std::uint64_t nonce = sprint.lease->base; found < kSharesOfSprint; ++nonce) {
    const poc::InputKey key = poc::input_key(spec, nonce);
    poc::Digest digest = poc::evaluate(*sprint.model, key);
    if (wrong_digests_ && found % 2 == 1) ++digest[0];
    if (!target.met_by(poc::make_ticket(key, digest))) continue;
    ++found;
    session_.submit(announced.sprint, {sprint.lease->id, nonce, digest});
    flush();
  }
  sprint.start.reset();
}

}  // namespace tests
