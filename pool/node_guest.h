#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "stratum/miner_end.h"
#include "stratum/node_answers.h"
#include "stratum/node_calls.h"

namespace pool {

/// A miner that comes by HTTP, as the pool's rules meet it: calls become what a session asks, and
/// what the pool tells becomes a state that can be looked at. It lasts longer than a connection, of
/// which there are several. No socket, no clock; belongs to the pool's thread.
class NodeGuest final : public stratum::MinerEnd {
 public:
  /// The body of an answer, later or at once; called once.
  using Reply = std::function<void(std::string body)>;

  /// `changed` is called when its state is another; it must not call back at once.
  NodeGuest(std::string payout, std::function<void()> changed)
      : payout_(std::move(payout)), changed_(std::move(changed)) {}

  /// Asks to be let in. `login`: of the payout. Then Pool::handle.
  void log_in(const stratum::Login& login);
  bool logged_in() const { return logged_in_; }
  /// Why not, once that is known.
  const std::optional<stratum::WireError>& refusal() const { return refusal_; }

  /// Grows with every change of what `sprints` shows, and when a result is known.
  std::uint64_t version() const { return version_; }
  /// Announced or running, as they are told at `now`; what is next first.
  std::vector<stratum::node::NodeSprint> sprints(base::UnixTime now) const;
  /// Calls that have no answer yet.
  bool busy() const { return !open_.empty(); }

  /// Takes a call that is not `getsprint` or `gettime`; then Pool::handle. `stamp`: when its body
  /// was whole.
  void ask(const stratum::node::Call& call, base::UnixTime stamp, Reply reply);

  // As the pool's rules meet it.
  void set_keeper(stratum::SessionKeeper* keeper) override { keeper_ = keeper; }
  std::optional<stratum::ServerEvent> next_event() override;
  void accept(stratum::RequestId request) override;
  void grant(stratum::RequestId request, std::span<const stratum::Lease> leases) override;
  void withdrawn(stratum::RequestId request, std::uint64_t count) override;
  void answer_batch(stratum::RequestId request, std::uint64_t acked,
                    std::span<const stratum::VoidShare> bad) override;
  void status(stratum::RequestId request, const stratum::SprintStatus& status) override;
  using MinerEnd::refuse;
  void refuse(stratum::RequestId request, stratum::Code code, std::string_view text,
              std::uint64_t retry_ms) override;
  void set_acked(std::uint64_t) override {}
  void announce(const stratum::Announcement& announcement) override;
  void start(const stratum::StartNotice& notice) override;
  void set_leases(const std::string&, std::span<const stratum::Lease>,
                  std::span<const std::uint64_t>) override {}
  void end(const std::string& sprint, std::uint64_t acked) override;
  void cancel(const std::string& sprint, std::string_view reason) override;
  void verdict(const stratum::Verdict&) override {}  // the result's shares say it
  void result(const stratum::SprintResult& result) override;

 private:
  using LeaseKey = std::pair<std::string, std::string>;  // sprint and key
  /// A call that several requests may be made of, and its answer as far as it is known.
  struct Open {
    std::uint64_t id = 0;
    Reply reply;
    std::string sprint;
    std::size_t left = 1;
    std::vector<stratum::node::ShareVerdict> verdicts = {};  // of a submit's shares
    std::optional<LeaseKey> key = std::nullopt;
    std::vector<stratum::Lease> leases = {};
  };
  struct Part {
    std::shared_ptr<Open> of;
    std::size_t place = 0;    // of the share
    std::uint64_t nonce = 0;  // its
    std::uint64_t seq = 0;
  };
  /// Numbers of this session's stored shares in a sprint, and what was granted by key.
  struct Book {
    std::uint64_t used = 0;                       // the last number when it was written into
    std::map<std::uint64_t, std::uint64_t> seqs;  // by nonce
    std::map<std::string, std::vector<stratum::Lease>> leases;
  };

  void take(const stratum::node::LeaseNonces& wish, std::shared_ptr<Open> open);
  void take(const stratum::node::SubmitSprint& submit, const std::shared_ptr<Open>& open,
            base::UnixTime stamp);
  void take(const stratum::node::WithdrawShares& wish, const std::shared_ptr<Open>& open,
            base::UnixTime stamp);
  template <class Wanted>
  void want(Wanted wanted, Part part);
  std::optional<Part> part_of(stratum::RequestId request);
  void finish(const Part& part);
  void close(const std::string& sprint);
  void change();
  bool shows(const std::string& sprint) const;
  Book* book_of(const std::string& sprint);
  bool forget_a_book();

  const std::string payout_;
  const std::function<void()> changed_;
  stratum::SessionKeeper* keeper_ = nullptr;
  bool logged_in_ = false;
  std::optional<stratum::WireError> refusal_;
  stratum::RequestId login_ = 0;
  stratum::RequestId last_request_ = 0;
  std::deque<stratum::ServerEvent> events_;
  std::map<stratum::RequestId, Part> open_;
  std::vector<stratum::node::NodeSprint> sprints_;  // in the order of their announcement
  std::map<std::string, Book> books_;  // by sprint, until its result or until there is no room
  std::uint64_t last_seq_ = 0;         // of a share, whatever its sprint
  std::uint64_t version_ = 0;
};

}  // namespace pool
