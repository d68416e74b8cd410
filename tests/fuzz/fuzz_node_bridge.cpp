// Whatever a node answers to a miner's calls, in whatever order and with whatever status: the
// bridge lives on or ends with a message, what it says to the session is lines, and what the
// session makes of them is in range. And whatever comes to a node as a call: what is taken reads
// back as it was.
//
// The stream is lines "l sss body": the lane (p or w), HTTP's status, and the body.
#include <array>
#include <optional>

#include "base/check.h"
#include "stratum/json.h"
#include "stratum/node_bridge.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/stratum/ranges.h"
#include "tests/stratum/rigs.h"

namespace {

using namespace stratum;  // NOLINT(google-build-using-namespace): everything here is of it

class Owner {
 public:
  Owner() : bridge_("client"), session_({"tester/1", "alice.rig", "token"}, kOurNow) { talk(); }

  bool feed(std::string_view bytes) {
    line_.append(bytes);
    for (std::size_t end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
      const std::string line = line_.substr(0, end);
      line_.erase(0, end + 1);
      read_as_call(line.substr(std::min<std::size_t>(line.size(), 6)));
      if (!answer(line)) return false;
    }
    return true;
  }

  bool wait(int milliseconds) {
    now_ += std::chrono::milliseconds(milliseconds);
    return session_.tick(now_).ok() && talk();
  }

  bool act(std::uint8_t what) {
    const ReadyDevice devices[] = {{0, "zero", what}, {1, "one", kMaxInteger}};
    const std::uint64_t seqs[] = {1, what + 1U};
    if (!session_.logged_in()) return true;
    switch (what % 8) {
      case 0:
        session_.ready("s-0001", devices);
        break;
      case 1:
        session_.request_lease("s-0001", what / 8 % 4);
        break;
      case 2:
        session_.submit(what < 128 ? "s-0001" : "s-0002", sample_share(what));
        break;
      case 3:
        session_.withdraw("s-0001", seqs);
        break;
      default:
        break;
    }
    return talk();
  }

 private:
  bool answer(const std::string& line) {
    if (line.size() < 6) return true;
    const auto lane = line[0] == 'p' ? Lane::kPoll : Lane::kWork;
    auto& flying = flying_[static_cast<std::size_t>(lane)];
    if (!flying) flying = bridge_.next_call(lane, now_).has_value();
    if (!flying) return true;
    const auto status = base::u64_from_decimal(line.substr(2, 3)).value_or(0);
    HttpAnswer answer{static_cast<int>(status), std::nullopt, line.substr(6)};
    if (const auto seconds = base::u64_from_decimal(answer.body, 1'000'000'000)) {
      answer.retry_after = std::chrono::seconds(*seconds);
    }
    flying = false;
    const base::Status taken = bridge_.answer(lane, answer, now_);
    CHECK(taken.ok() || !taken.message().empty());
    CHECK(taken.ok() || !bridge_.next_call(lane, now_ + std::chrono::hours(2)));
    return talk() && taken.ok();
  }

  /// What the bridge says is lines of JSON; what the session asks of it is heard.
  bool talk() {
    const std::string said = take_output(session_);
    if (!bridge_.feed(said, now_).ok()) return false;
    const std::string heard = take_output(bridge_);
    CHECK(heard.empty() || heard.back() == '\n');
    for (std::size_t at = 0; at < heard.size();) {
      const std::size_t end = heard.find('\n', at);
      json::Document document;
      CHECK(end - at <= kMaxLineBytes);
      CHECK(document.parse(std::string_view(heard).substr(at, end - at)).ok());
      at = end + 1;
    }
    const base::Status fed = session_.feed(heard, now_);
    while (const auto event = session_.next_event()) CHECK(out_of_range(*event).empty());
    if (!fed.ok()) return false;
    return said.empty() && heard.empty() ? true : talk();
  }

  static void read_as_call(const std::string& body) {
    const node::ReadCall read = node::read_call(body);
    const auto* call = std::get_if<node::Call>(&read.call);
    if (call == nullptr) return;
    const std::string written = node::write_call(*call);
    const node::ReadCall again = node::read_call(written);
    CHECK(std::holds_alternative<node::Call>(again.call));
    CHECK(node::write_call(std::get<node::Call>(again.call)) == written);
  }

  NodeBridge bridge_;
  ClientSession session_;
  base::SteadyTime now_ = kOurNow;
  std::array<bool, 2> flying_{};
  std::string line_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Owner owner;
  input.for_steps([&](std::string_view piece) { return owner.feed(piece); },
                  [&](int milliseconds) { return owner.wait(milliseconds); },
                  [&](std::uint8_t what) { return owner.act(what); });
  return 0;
}
