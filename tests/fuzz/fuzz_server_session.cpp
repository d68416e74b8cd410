// Whatever a miner sends, however it is cut, whenever the pool answers: the server session lives on
// or ends with a message; each line is answered once; no share comes through that is not of the
// form; all it sends are lines of JSON within the limit.
#include <algorithm>
#include <deque>
#include <set>

#include "base/check.h"
#include "tests/fuzz/answer_ledger.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/stratum/ranges.h"
#include "tests/stratum/rigs.h"

namespace {

using namespace stratum;  // NOLINT(google-build-using-namespace): everything here is of it

constexpr ServerStage kStages[] = {ServerStage::kNew, ServerStage::kSubscribed,
                                   ServerStage::kWorking};
constexpr std::size_t kMaxOpen = 256;

/// The pool behind a session: answers at once, or when the input says so.
class Owner {
 public:
  Owner(ServerStage stage, bool at_once) : at_once_(at_once), session_(make_server(stage)) {}

  bool feed(std::string_view bytes) {
    ledger_.asked(bytes, [this](const json::Field& message) { note_nonce(message); });
    const std::size_t lines = ledger_.lines();
    const auto status = session_.feed(bytes, now_);
    if (!status.ok()) ledger_.ended();
    CHECK(status.ok() || !status.message().empty());
    CHECK(session_.output_size() <= (lines - lines_seen_) * 640 + 2 * bytes.size() + 1024);
    lines_seen_ = lines;
    take_events();
    if (at_once_) answer_all();
    take_output();
    alive_ = status.ok();
    return alive_;
  }

  bool wait(int milliseconds) {
    now_ += std::chrono::milliseconds(milliseconds);
    return true;
  }

  bool act(std::uint8_t what) {
    if (what >= 128) {
      if (!waiting_.empty()) answer(what % waiting_.size(), what);
    } else {
      tell(what);
    }
    take_output();
    return true;
  }

  /// Nothing may be left unanswered in a session that lives.
  void finish() {
    answer_all();
    take_output();
    if (alive_ && !left_) CHECK(ledger_.open() == 0);
  }

 private:
  /// The nonces that came in the form of the page, as texts.
  void note_nonce(const json::Field& message) {
    const auto nonce = message.at("params").at(3, "nonce").text(kMaxLineBytes);
    if (!nonce || nonce->size() != 16) return;
    const bool good = std::all_of(nonce->begin(), nonce->end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (good) nonces_.insert(*nonce);
  }

  void take_events() {
    while (auto event = session_.next_event()) {
      CHECK(out_of_range(*event).empty());
      std::visit([this](const auto& e) { check(e); }, *event);
      if (is_question(*event)) waiting_.push_back(std::move(*event));
    }
    CHECK(waiting_.size() <= kMaxOpen);
  }

  void check(const server::SubmitWanted& e) const {
    CHECK(session_.logged_in() || left_);
    CHECK(e.stamp == now_);
    CHECK(nonces_.contains(base::to_hex(e.share.nonce)));
  }
  void check(const server::WithdrawWanted& e) const { CHECK(e.stamp == now_); }
  void check(const server::Left&) {
    CHECK(!left_);
    left_ = true;
  }
  template <class Other>
  void check(const Other&) const {}

  void answer_all() {
    while (!waiting_.empty()) answer(0, 128);
  }

  /// The answer to one of the requests that wait; a refusal for odd `how`.
  void answer(std::size_t which, std::uint8_t how) {
    const ServerEvent event = std::move(waiting_[which]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(which));
    std::visit([&](const auto& e) { answer_to(e, how); }, event);
  }

  template <class Wanted>
  void answer_to(const Wanted& e, std::uint8_t how) {
    if constexpr (requires { e.request; }) {
      if (how % 2 == 1) {
        session_.refuse(e.request, how % 4 == 1 ? Code::kBusy : Code::kUnauthorized, "no", how % 8);
      } else {
        take(e);
      }
    }
  }
  static bool is_question(const ServerEvent& event) {
    return std::visit(
        [](const auto& e) {
          return requires {
            e.request;
          };
        },
        event);
  }
  void take(const server::LoginWanted& e) { session_.accept(e.request); }
  void take(const server::BatchWanted& e) {
    const VoidShare bad{e.first_seq, Code::kBusy, "later"};
    session_.answer_batch(e.request, e.first_seq, {&bad, 1});
  }
  void take(const server::StatusWanted& e) {
    SprintStatus status{e.sprint, "running", {e.sprint, 0, 0, {}}, {}};
    for (const std::uint64_t nonce : e.nonces) status.shares.push_back({nonce, "unknown", 0, {}});
    session_.status(e.request, status);
  }
  void take(const server::SubmitWanted& e) { session_.accept(e.request); }
  void take(const server::ReadyWanted& e) {
    std::vector<Lease> leases;
    for (const ReadyDevice& d : e.devices) {
      leases.push_back(sample_lease(leases.size(), d.device));
    }
    session_.grant(e.request, leases);
  }
  void take(const server::LeaseWanted& e) {
    const Lease leases[] = {sample_lease(9, e.device.value_or(0))};
    session_.grant(e.request, leases);
  }
  void take(const server::WithdrawWanted& e) { session_.withdrawn(e.request, e.seqs.size()); }

  void tell(std::uint8_t what) {
    const std::uint64_t close[] = {1, 2};
    const Lease leases[] = {sample_lease(what)};
    switch (what % 8) {
      case 0:
        return session_.announce(sample_announcement());
      case 1:
        return session_.start(sample_start(sample_announcement()));
      case 2:
        return session_.set_leases("s-0001", leases, close);
      case 3:
        return session_.end("s-0001", what);
      case 4:
        return session_.cancel("s-0001", std::string(what, '\\'));
      case 5:
        return session_.verdict({"s-0001", what, {{what + 1U, Code::kWrongDigest, "\x1b"}}});
      case 6:
        return session_.message(std::string(what, '\xff'));
      default:
        return session_.ping();
    }
  }

  void take_output() {
    ledger_.answered(session_.output());
    session_.consume(session_.output_size());
  }

  const bool at_once_;
  ServerSession session_;
  AnswerLedger ledger_;
  std::deque<ServerEvent> waiting_;
  std::set<std::string> nonces_;
  base::UnixTime now_ = kPoolNow;
  std::size_t lines_seen_ = 0;
  bool left_ = false;
  bool alive_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t start = input.choose(2 * std::size(kStages));
  Owner owner(kStages[start % std::size(kStages)], start < std::size(kStages));
  input.for_steps([&](std::string_view piece) { return owner.feed(piece); },
                  [&](int milliseconds) { return owner.wait(milliseconds); },
                  [&](std::uint8_t what) { return owner.act(what); });
  owner.finish();
  return 0;
}
