#include "pool/web/metrics.h"

#include <fmt/format.h>

#include "poc/profile.h"
#include "pool/web/metrics_text.h"

namespace pool::web {
namespace {

std::string_view word_of(stratum::Code code) {
  using stratum::Code;
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kUnknownSprint:
      return "unknown_sprint";
    case Code::kDuplicate:
      return "duplicate";
    case Code::kAboveTarget:
      return "above_target";
    case Code::kNotOpen:
      return "not_open";
    case Code::kNotYourLease:
      return "not_your_lease";
    case Code::kLate:
      return "late";
    case Code::kBusy:
      return "busy";
    case Code::kWrongDigest:
      return "wrong_digest";
    default:
      return "other";
  }
}

void add_pool(MetricsText& to, const PoolView& view) {
  to.gauge("sprintpool_info", "The pool, by its labels; always 1.")
      .value(std::uint64_t{1},
             label("name", view.name) + "," + label("profile", poc::to_string(view.profile)));
  to.gauge("sprintpool_start_time_seconds", "Start of the process, since 1970.")
      .value(base::in_seconds(view.started.time_since_epoch()));
  to.gauge("sprintpool_mac_per_nonce", "Multiply-accumulates of one nonce.")
      .value(view.profile.mac_per_nonce());
  to.gauge("sprintpool_thread_lag_seconds", "How long this waited for the pool's thread.")
      .value(base::in_seconds(view.lag));
}

void add_miners(MetricsText& to, const PoolView& view) {
  const Counters& all = view.counters;
  to.gauge("sprintpool_connections", "Connections that are open, by whether a miner logged in.")
      .value(std::uint64_t{view.sessions}, R"(state="logged_in")")
      .value(std::uint64_t{view.strangers}, R"(state="new")");
  to.counter("sprintpool_connections_accepted_total", "Connections of Sprint Stratum.")
      .value(all.connections);
  to.counter("sprintpool_connections_turned_away_total", "Connections closed at once.")
      .value(all.turned_away);
  to.counter("sprintpool_bans_total", "Who was banned for a while.")
      .value(all.address_bans, R"(of="address")")
      .value(all.rig_bans, R"(of="rig")");
  to.gauge("sprintpool_sessions_away", "Sessions without a connection that may come back.")
      .value(std::uint64_t{view.away});
  to.gauge("sprintpool_accounts", "Accounts that are connected.")
      .value(std::uint64_t{view.accounts});
  to.gauge("sprintpool_devices", "Devices that are ready for an open sprint.")
      .value(std::uint64_t{view.devices});
  to.counter("sprintpool_sessions_joined_total", "Sessions that got a lease.")
      .value(all.sessions_joined);
  to.counter("sprintpool_sessions_resumed_total", "Those that came back by a newer token.")
      .value(all.sessions_resumed);
  to.counter("sprintpool_received_bytes_total", "Bytes from miners, of lines.")
      .value(all.received_bytes);
  to.counter("sprintpool_sent_bytes_total", "Bytes to miners, of lines.").value(all.sent_bytes);
}

void add_sprints(MetricsText& to, const PoolView& view) {
  const Counters& all = view.counters;
  to.counter("sprintpool_sprints_announced_total", "Sprints announced.")
      .value(all.sprints_announced);
  to.counter("sprintpool_sprints_started_total", "Sprints started.").value(all.sprints_started);
  to.counter("sprintpool_sprints_total", "Sprints that are over, by outcome.")
      .value(all.sprints_credited, R"(outcome="credited")")
      .value(all.sprints_cancelled, R"(outcome="cancelled")");
  to.histogram("sprintpool_sprint_settle_seconds", "From a sprint's T_end to its result.",
               all.settling);
  to.counter("sprintpool_leases_granted_total", "Leases granted.").value(all.leases);
  std::uint64_t shares = 0;
  for (const SprintView& sprint : view.open) shares += sprint.shares();
  to.gauge("sprintpool_open_shares", "Shares of sprints that have no result yet.").value(shares);
}

void add_shares(MetricsText& to, const PoolView& view) {
  const Counters& all = view.counters;
  to.counter("sprintpool_submits_total", "Shares that were sent, by the answer.");
  for (std::size_t i = 0; i < kSubmitCodes.size(); ++i) {
    to.value(all.submits[i], fmt::format(R"(code="{}",result="{}")",
                                         i + 1 == kSubmitCodes.size()
                                             ? std::string("other")
                                             : fmt::format("{}", static_cast<int>(kSubmitCodes[i])),
                                         word_of(kSubmitCodes[i])));
  }
  to.counter("sprintpool_shares_stored_total", "Shares that were acknowledged, without repeats.")
      .value(all.shares);
  to.counter("sprintpool_shares_stored_difficulty_total", "The sum of their difficulties.")
      .value(all.difficulty);
  to.counter("sprintpool_shares_decided_total",
             "Shares of sprints that are over, by what became of them.")
      .value(all.verified, R"(verdict="verified")")
      .value(all.wrong, R"(verdict="wrong")")
      .value(all.withdrawn, R"(verdict="withdrawn")")
      .value(all.unseen, R"(verdict="unseen")")
      .value(all.forfeited, R"(verdict="forfeited")");
  to.counter("sprintpool_credited_nonces_total", "The sum of all credits of credited sprints.")
      .value(all.credit);
  to.histogram("sprintpool_ack_seconds",
               "From a submit's newline to its durable acknowledgement handed to the system.",
               all.acks);
}

void add_inside(MetricsText& to, const PoolView& view) {
  const Counters& all = view.counters;
  to.counter("sprintpool_journal_records_total", "Records for the journal.").value(all.records);
  to.gauge("sprintpool_journal_waiting_records", "Records that are not durable yet.")
      .value(all.records_waiting);
  to.histogram("sprintpool_journal_seconds", "From a record to its being durable.", all.journal);
  to.gauge("sprintpool_journal_waiting_words", "What is said once records are durable.")
      .value(std::uint64_t{view.waiting});
  to.gauge("sprintpool_verification_waiting_shares", "Shares that are asked for and not answered.")
      .value(all.checks_waiting);
  to.counter("sprintpool_verification_shares_total", "Shares that were recomputed.")
      .value(all.checks);
  to.counter("sprintpool_verification_failed_shares_total", "Tries that gave no digest.")
      .value(all.checks_failed);
  to.counter("sprintpool_verification_doubted_shares_total",
             "Answers that were taken back, since what gave them was found to compute wrong.")
      .value(all.checks_doubted);
  to.histogram("sprintpool_verification_seconds", "From asking for a share's digest to having it.",
               all.checking);
}

void add_verifiers(MetricsText& to, const PoolView& view) {
  const auto& all = view.verification.verifiers;
  to.gauge("sprintpool_verifier_info", "What verifies, by its place in the list; always 1.");
  for (std::size_t i = 0; i < all.size(); ++i) {
    to.value(std::uint64_t{1}, fmt::format(R"(verifier="{}",)", i) + label("name", all[i].name));
  }
  to.gauge("sprintpool_verifier_in_service", "0: it failed or computed wrong, and is left alone.");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool fine = all[i].works || all[i].reason.empty();  // not wanted yet is no fault
    to.value(std::uint64_t{fine ? 1U : 0U}, fmt::format(R"(verifier="{}")", i));
  }
}

}  // namespace

std::string metrics_of(const PoolView& view, const PageCounts& pages) {
  MetricsText text;
  add_pool(text, view);
  add_miners(text, view);
  add_sprints(text, view);
  add_shares(text, view);
  add_inside(text, view);
  add_verifiers(text, view);
  text.counter("sprintpool_page_answers_total", "Answers of the status pages, by status.");
  for (const auto& [status, count] : pages) {
    text.value(count, fmt::format(R"(status="{}")", status));
  }
  return text.text();
}

}  // namespace pool::web
