#include "pool/node_guest.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "pool/sprint.h"

namespace pool {
namespace {

namespace node = stratum::node;
namespace server = stratum::server;
using stratum::Code;

constexpr std::size_t kMaxBooks = 64;           // sprints that have leases or stored shares
constexpr std::size_t kMaxKeys = 1024;          // of a sprint
constexpr std::size_t kMaxOpenRequests = 4096;  // shares, each is one
constexpr std::uint64_t kBusyRetryMs = 100;

}  // namespace

void NodeGuest::log_in(const stratum::Login& login) {
  if (keeper_ != nullptr) (void)keeper_->subscribe(std::nullopt);  // no token: sessions end with us
  login_ = ++last_request_;
  events_.emplace_back(server::LoginWanted{login_, login, {}, "http"});
}

std::vector<node::NodeSprint> NodeGuest::sprints(base::UnixTime now) const {
  std::vector<node::NodeSprint> shown = sprints_;
  if (shown.size() > stratum::kMaxSprintsAnnounced) shown.resize(stratum::kMaxSprintsAnnounced);
  for (node::NodeSprint& sprint : shown) {
    if (!sprint.start) sprint.announcement = announced_at(std::move(sprint.announcement), now);
  }
  return shown;
}

void NodeGuest::ask(const node::Call& call, base::UnixTime stamp, Reply reply) {
  const auto open = std::make_shared<Open>(Open{call.id, std::move(reply), {}});
  if (open_.size() >= kMaxOpenRequests) {
    return open->reply(node::write_refusal(
        call.id, {Code::kBusy, "too many requests without an answer", kBusyRetryMs}));
  }
  if (const auto* wish = std::get_if<node::LeaseNonces>(&call.question)) return take(*wish, open);
  if (const auto* submit = std::get_if<node::SubmitSprint>(&call.question)) {
    return take(*submit, open, stamp);
  }
  if (const auto* wish = std::get_if<node::WithdrawShares>(&call.question)) {
    return take(*wish, open, stamp);
  }
  const auto* wish = std::get_if<node::GetSprintResult>(&call.question);
  CHECK(wish != nullptr);
  want(server::StatusWanted{0, wish->sprint, wish->nonces}, {open});
}

bool NodeGuest::shows(const std::string& sprint) const {
  return std::any_of(sprints_.begin(), sprints_.end(), [&](const node::NodeSprint& each) {
    return each.announcement.sprint == sprint;
  });
}

/// Made only for a sprint that is shown or has a stored share of this guest: what a peer merely
/// names must not take room. Nothing when all that are there are of sprints that are shown.
NodeGuest::Book* NodeGuest::book_of(const std::string& sprint) {
  auto book = books_.find(sprint);
  if (book == books_.end()) {
    if (books_.size() >= kMaxBooks && !forget_a_book()) return nullptr;
    book = books_.try_emplace(sprint).first;
  }
  book->second.used = last_seq_;
  return &book->second;
}

/// The one that was written into longest ago, of a sprint that is not shown any more. A repeat
/// after a sprint's result makes a book that no result closes.
bool NodeGuest::forget_a_book() {
  auto oldest = books_.end();
  for (auto book = books_.begin(); book != books_.end(); ++book) {
    if (shows(book->first)) continue;
    if (oldest == books_.end() || book->second.used < oldest->second.used) oldest = book;
  }
  if (oldest == books_.end()) return false;
  books_.erase(oldest);
  return true;
}

void NodeGuest::take(const node::LeaseNonces& wish, std::shared_ptr<Open> open) {
  if (!shows(wish.sprint)) {
    return open->reply(
        node::write_refusal(open->id, {Code::kUnknownSprint, "no such sprint, or it is over", 0}));
  }
  Book* book = book_of(wish.sprint);
  if (book == nullptr || book->leases.size() >= kMaxKeys) {
    return open->reply(node::write_refusal(open->id, {Code::kNoLease, "too many keys", 1000}));
  }
  if (const auto before = book->leases.find(wish.key); before != book->leases.end()) {
    return open->reply(node::write_leases(open->id, before->second));
  }
  open->key = LeaseKey{wish.sprint, wish.key};
  for (const auto& [request, part] : open_) {
    if (part.of->key != open->key) continue;
    return open->reply(node::write_refusal(
        open->id, {Code::kBusy, "the same key is being answered", kBusyRetryMs}));
  }
  open->left = wish.count;
  const std::vector<stratum::ReadyDevice> device = {{wish.device, "http", wish.rate}};
  for (std::uint64_t i = 0; i < wish.count; ++i) {
    want(server::ReadyWanted{0, wish.sprint, device}, {open});
  }
}

void NodeGuest::take(const node::SubmitSprint& submit, const std::shared_ptr<Open>& open,
                     base::UnixTime stamp) {
  open->sprint = submit.sprint;
  open->left = submit.shares.size();
  open->verdicts.resize(submit.shares.size());
  for (std::size_t i = 0; i < submit.shares.size(); ++i) {
    const node::NodeShare& share = submit.shares[i];
    if (!share.readable) {
      open->verdicts[i] = Code::kOther;
      finish({open});
      continue;
    }
    const std::uint64_t seq = ++last_seq_;
    want(
        server::SubmitWanted{
            0, payout_, submit.sprint, {stratum::kAnyLease, share.nonce, share.digest}, seq, stamp},
        {open, i, share.nonce, seq});
  }
}

void NodeGuest::take(const node::WithdrawShares& wish, const std::shared_ptr<Open>& open,
                     base::UnixTime stamp) {
  server::WithdrawWanted wanted{0, wish.sprint, {}, stamp};
  if (const auto book = books_.find(wish.sprint); book != books_.end()) {
    for (const std::uint64_t nonce : wish.nonces) {
      const auto seq = book->second.seqs.find(nonce);
      if (seq != book->second.seqs.end()) wanted.seqs.push_back(seq->second);
    }
  }
  want(std::move(wanted), {open});
}

template <class Wanted>
void NodeGuest::want(Wanted wanted, Part part) {
  wanted.request = ++last_request_;
  open_.emplace(wanted.request, std::move(part));
  events_.emplace_back(std::move(wanted));
}

std::optional<stratum::ServerEvent> NodeGuest::next_event() {
  if (events_.empty()) return std::nullopt;
  stratum::ServerEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<NodeGuest::Part> NodeGuest::part_of(stratum::RequestId request) {
  auto found = open_.extract(request);
  CHECK(!found.empty());
  return std::move(found.mapped());
}

/// A part of a call is answered: the call is, when it was the last.
void NodeGuest::finish(const Part& part) {
  Open& open = *part.of;
  if (--open.left != 0) return;
  if (!open.key) return open.reply(node::write_verdicts(open.id, open.verdicts));
  if (open.leases.empty()) {
    return open.reply(node::write_refusal(open.id, {Code::kNoLease, "no lease left", 1000}));
  }
  if (const auto book = books_.find(open.key->first); book != books_.end()) {
    book->second.leases[open.key->second] = open.leases;
  }
  open.reply(node::write_leases(open.id, open.leases));
}

void NodeGuest::accept(stratum::RequestId request) {
  if (request == login_) {
    logged_in_ = true;
    return;
  }
  const auto part = part_of(request);
  if (Book* book = book_of(part->of->sprint)) book->seqs[part->nonce] = part->seq;
  finish(*part);
}

void NodeGuest::refuse(stratum::RequestId request, Code code, std::string_view text,
                       std::uint64_t retry_ms) {
  stratum::WireError error{code, std::string(text), retry_ms};
  if (request == login_) {
    refusal_ = std::move(error);
    return;
  }
  const auto part = part_of(request);
  Open& open = *part->of;
  if (!open.verdicts.empty()) {
    open.verdicts[part->place] = code;
    return finish(*part);
  }
  if (open.key && (open.left > 1 || !open.leases.empty()))
    return finish(*part);  // some are granted
  open.reply(node::write_refusal(open.id, error));
}

void NodeGuest::grant(stratum::RequestId request, std::span<const stratum::Lease> leases) {
  const auto part = part_of(request);
  part->of->leases.insert(part->of->leases.end(), leases.begin(), leases.end());
  finish(*part);
}

void NodeGuest::withdrawn(stratum::RequestId request, std::uint64_t count) {
  const auto part = part_of(request);
  part->of->reply(node::write_withdrawn(part->of->id, count));
}

void NodeGuest::answer_batch(stratum::RequestId, std::uint64_t,
                             std::span<const stratum::VoidShare>) {
  CHECK(false);  // no batch is asked for
}

void NodeGuest::status(stratum::RequestId request, const stratum::SprintStatus& status) {
  const auto part = part_of(request);
  part->of->reply(node::write_outcome(part->of->id, status));
}

void NodeGuest::change() {
  ++version_;
  changed_();
}

void NodeGuest::announce(const stratum::Announcement& announcement) {
  sprints_.push_back({announcement, std::nullopt});
  change();
}

void NodeGuest::start(const stratum::StartNotice& notice) {
  for (node::NodeSprint& sprint : sprints_) {
    if (sprint.announcement.sprint == notice.sprint) sprint.start = notice;
  }
  change();
}

void NodeGuest::end(const std::string& sprint, std::uint64_t) {
  std::erase_if(sprints_,
                [&](const node::NodeSprint& each) { return each.announcement.sprint == sprint; });
  change();
}

void NodeGuest::cancel(const std::string& sprint, std::string_view) {
  close(sprint);
}

void NodeGuest::result(const stratum::SprintResult& result) {
  close(result.sprint);
}

/// Nothing more is to come of it.
void NodeGuest::close(const std::string& sprint) {
  books_.erase(sprint);
  end(sprint, 0);
}

}  // namespace pool
