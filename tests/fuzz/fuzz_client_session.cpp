// Whatever a pool sends, however it is cut, whatever the miner does meanwhile: the client session
// lives on or ends with a message; what it tells its owner is in range, follows from what was
// announced and asked, and is told once; its output stays lines, its texts printable.
#include <map>
#include <set>

#include "base/check.h"
#include "stratum/json.h"
#include "stratum/sprint_secret.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/stratum/ranges.h"
#include "tests/stratum/rigs.h"

namespace {

using namespace stratum;  // NOLINT(google-build-using-namespace): everything here is of it

constexpr ClientStage kStages[] = {ClientStage::kNew, ClientStage::kEnded, ClientStage::kWorking,
                                   ClientStage::kAnnounced, ClientStage::kStarted};

bool disjoint(const Lease& a, const Lease& b) {
  return a.bits >= b.bits ? !a.contains(b.base) : !b.contains(a.base);
}

/// The miner behind a session: keeps what it was told, and checks what comes next against it.
class Owner {
 public:
  explicit Owner(ClientStage stage)
      : session_(make_client(stage, "pool.example")), logged_in_(stage >= ClientStage::kWorking) {
    if (stage < ClientStage::kAnnounced) return;
    announced_["s-0001"] = sample_announcement();
    submits_[{"s-0001", 1}] = 1;
    if (stage < ClientStage::kStarted) return;
    started_.insert("s-0001");
    leases_["s-0001"] = {sample_lease(1)};
    if (stage == ClientStage::kEnded) ended_.insert("s-0001");
  }

  bool feed(std::string_view bytes) {
    fed_ += bytes.size();
    const auto status = session_.feed(bytes, now_);
    CHECK(status.ok() || !status.message().empty());
    std::size_t events = 0;
    while (const auto event = session_.next_event()) {
      ++events;
      CHECK(out_of_range(*event).empty());
      std::visit([this](const auto& e) { check(e); }, *event);
    }
    CHECK(events <= fed_ + 1);
    return status.ok();
  }

  bool wait(int milliseconds) {
    now_ += std::chrono::milliseconds(milliseconds);
    const auto status = session_.tick(now_);
    asked_ += 2;
    return status.ok();
  }

  bool act(std::uint8_t what) {
    if (what % 8 == 7) session_.consume(session_.output().find('\n') + 1);
    if (!session_.logged_in()) return true;
    const std::string sprint =
        what >= 128 && !announced_.empty() ? announced_.begin()->first : std::string("s-0001");
    const ReadyDevice devices[] = {{0, "\x1b", what}, {1, "one", kMaxInteger}};
    const std::uint64_t seqs[] = {1, what + 1U};
    ++asked_;
    switch (what % 8) {
      case 0:
        session_.ready(sprint, devices);
        break;
      case 1:
        session_.request_lease(sprint, what / 8 % 4);
        break;
      case 2:
        ++submits_[{sprint, session_.submit(sprint, sample_share(what))}];
        break;
      case 3:
        session_.withdraw(sprint, seqs);
        break;
      case 4:
        session_.bye();
        break;
      case 5:
        session_.request_status(sprint, seqs);
        break;
      default:
        break;
    }
    return true;
  }

  /// All that was sent are whole lines, of which we asked for a few and the pool for the others.
  void finish() const {
    std::string_view output = session_.output();
    CHECK(output.size() <= 8 * fed_ + 32'000 + 512 * asked_);
    std::uint64_t last_id = 0;
    while (!output.empty()) {
      const std::size_t newline = output.find('\n');
      CHECK(newline != std::string_view::npos && newline <= kMaxLineBytes);
      json::Document document;
      CHECK(document.parse(output.substr(0, newline)).ok());
      if (document.root().at("method").present()) {
        const auto id = document.root().at("id").integer();
        CHECK(id && *id > last_id);
        last_id = *id;
      }
      output.remove_prefix(newline + 1);
    }
    std::size_t submits = 0;
    for (const auto& [share, count] : submits_) submits += static_cast<std::size_t>(count);
    CHECK(submits == session_.unanswered());
  }

 private:
  void check(const client::LoggedIn&) {
    CHECK(!logged_in_);
    logged_in_ = true;
  }
  void check(const client::Announced& e) {
    const Announcement& a = e.announcement;
    CHECK(a.identity.find("alice") != std::string::npos);
    CHECK(announced_.emplace(a.sprint, a).second);
  }
  void check(const client::Started& e) {
    const Announcement& a = announced_.at(e.notice.sprint);
    CHECK(started_.insert(e.notice.sprint).second);
    CHECK(commit_to(e.notice.secret) == a.commitment);
    CHECK(make_start_seed(a.pool, a.sprint, e.notice.secret, e.notice.beacon) ==
          e.notice.start_seed);
    CHECK(e.notice.t_end - e.notice.t0 == a.t_end - a.t0);
  }
  void check(const client::Leased& e) {
    CHECK(announced_.contains(e.sprint));
    std::vector<Lease>& all = leases_[e.sprint];
    for (const Lease& lease : e.leases) {
      for (const Lease& other : all) CHECK(other.id != lease.id && disjoint(other, lease));
      all.push_back(lease);
    }
    CHECK(all.size() <= 1024);
  }
  void check(const client::Answered& e) { CHECK((--submits_[{e.sprint, e.seq}] >= 0)); }
  void check(const client::Ended& e) {
    CHECK(announced_.contains(e.sprint) && ended_.insert(e.sprint).second);
  }
  void check(const client::Cancelled& e) { CHECK(is_sprint_id(e.sprint)); }
  template <class Other>
  void check(const Other&) const {}

  ClientSession session_;
  base::SteadyTime now_ = kOurNow;
  std::map<std::string, Announcement> announced_;
  std::set<std::string> started_;
  std::set<std::string> ended_;
  std::map<std::string, std::vector<Lease>> leases_;
  std::map<std::pair<std::string, std::uint64_t>, int> submits_;  // without an answer
  std::size_t fed_ = 0;
  std::size_t asked_ = 0;
  bool logged_in_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Owner owner(kStages[input.choose(std::size(kStages))]);
  input.for_steps([&](std::string_view piece) { return owner.feed(piece); },
                  [&](int milliseconds) { return owner.wait(milliseconds); },
                  [&](std::uint8_t what) { return owner.act(what); });
  owner.finish();
  return 0;
}
