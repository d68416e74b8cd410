#include "pool/cli/command_audit.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "pool/audit_file.h"
#include "stratum/json.h"

namespace pool {
namespace {

using Outcome = AuditCheck::Outcome;
using State = Share::State;
using stratum::json::LineWriter;

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kNotKnown = 2;
constexpr std::size_t kMaxPathShown = 4096;
constexpr base::Micros kFirstWord = std::chrono::seconds(1);
constexpr base::Micros kNextWord = std::chrono::seconds(10);
constexpr std::uint64_t kSlowWeightsBytes = std::uint64_t{64} << 20;  // over a second to make

std::size_t count(const AuditRecord& record, State state) {
  return static_cast<std::size_t>(
      std::count_if(record.shares.begin(), record.shares.end(),
                    [&](const AuditShare& share) { return share.state == state; }));
}

/// "2027-01-15 08:00:10 UTC".
std::string in_words(base::UnixTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&whole, &parts) == nullptr) return fmt::format("{} s since 1970", seconds);
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", parts);
}

std::string_view word_of(Outcome outcome) {
  static constexpr std::string_view kWords[] = {"ok", "failed", "not done"};
  return kWords[static_cast<std::size_t>(outcome)];
}

/// Says how far the recomputation is, once it takes more than a second.
class Progress {
 public:
  Progress(std::ostream& to, const base::Clock& clock)
      : to_(to), clock_(clock), next_(clock.now() + kFirstWord) {}

  void update(std::size_t done, std::size_t of, const poc::Profile& profile) {
    const std::uint64_t weights = profile.weights_bytes();
    if (done == 0 && of > 0 && weights > kSlowWeightsBytes) {
      to_ << fmt::format("making {} MiB of weights, then recomputing {} shares\n", weights >> 20,
                         of)
          << std::flush;
    }
    if (done == 0 || done == of || clock_.now() < next_) return;
    next_ = clock_.now() + kNextWord;
    to_ << fmt::format("recomputed {} of {} shares\n", done, of) << std::flush;
  }

 private:
  std::ostream& to_;
  const base::Clock& clock_;
  base::SteadyTime next_;
};

void write_summary(const AuditRecord& record, std::ostream& out) {
  const AuditHeader& header = record.header;
  out << fmt::format("sprint {} of {}, profile {}, {:.1f} s from {}\n", header.sprint, header.pool,
                     poc::to_string(header.profile), base::in_seconds(header.t_end - header.t0),
                     in_words(header.t0));
  std::string sampled;
  for (const State state : {State::kUnseen, State::kForfeited}) {
    const std::size_t shares = count(record, state);
    if (shares > 0) sampled += fmt::format("{} {}, ", shares, audit_word(state));
  }
  out << fmt::format(
      "{} leases; {} shares: {} verified, {}{} wrong, {} withdrawn; {} accounts, "
      "{} nonces credited\n",
      record.leases.size(), record.shares.size(), count(record, State::kVerified), sampled,
      count(record, State::kWrong), count(record, State::kWithdrawn), record.credits.size(),
      record.outcome.total);
}

void write_check(const AuditCheck& check, std::ostream& out) {
  const std::string_view unit = check.unit;
  out << fmt::format("{:<8}  {:<13}  {} of {} {}", word_of(check.outcome()), check.name,
                     check.examined, check.there, unit);
  if (check.faults > 0) out << fmt::format(", {} faults", check.faults);
  if (!check.not_done.empty()) out << ": " << check.not_done;
  out << '\n';
  for (const std::string& fault : check.told) out << "          " << fault << '\n';
  if (check.faults > check.told.size()) {
    out << fmt::format("          and {} more\n", check.faults - check.told.size());
  }
}

void write_text(const AuditRecord& record, const AuditReport& report, std::ostream& out) {
  write_summary(record, out);
  for (const AuditCheck& check : report.checks) write_check(check, out);
  static constexpr std::string_view kVerdicts[] = {"all checks passed", "the audit does not hold",
                                                   "no fault found, and not all could be checked"};
  out << fmt::format("{}; {} shares recomputed\n",
                     kVerdicts[static_cast<std::size_t>(report.outcome())], report.recomputed);
}

void write_json_check(const AuditCheck& check, LineWriter& json) {
  json.begin_object().key("check").text(check.name).key("outcome").text(word_of(check.outcome()));
  json.key("unit").text(check.unit).key("there").integer(check.there);
  json.key("examined").integer(check.examined).key("faults").integer(check.faults);
  json.key("told").begin_array();
  for (const std::string& fault : check.told) json.text(fault);
  json.end_array();
  if (!check.not_done.empty()) json.key("reason").text(check.not_done);
  json.end_object();
}

void write_json(const std::string& file, const AuditRecord& record, const AuditReport& report,
                std::ostream& out) {
  LineWriter json;
  json.begin_object().key("file").text(base::printable(file, kMaxPathShown));
  json.key("outcome").text(word_of(report.outcome()));
  json.key("pool").text(record.header.pool).key("sprint").text(record.header.sprint);
  json.key("profile").text(poc::to_string(record.header.profile));
  json.key("leases").integer(record.leases.size()).key("shares").integer(record.shares.size());
  for (const State state :
       {State::kVerified, State::kWrong, State::kWithdrawn, State::kUnseen, State::kForfeited}) {
    json.key(audit_word(state)).integer(count(record, state));
  }
  json.key("accounts").integer(record.credits.size());
  json.key("credit_nonces").integer(record.outcome.total);
  json.key("root").hash(record.outcome.root).key("recomputed").integer(report.recomputed);
  json.key("checks").begin_array();
  for (const AuditCheck& check : report.checks) write_json_check(check, json);
  out << json.end_array().end_object().line() << std::flush;
}

int unreadable(const AuditOptions& options, const AuditPorts& ports, const std::string& why) {
  ports.progress << "audit: " << why << std::endl;
  if (options.json) {
    LineWriter json;
    json.begin_object().key("file").text(base::printable(options.file, kMaxPathShown));
    json.key("outcome").text("unreadable").key("reason").text(why);
    ports.out << json.end_object().line() << std::flush;
  }
  return kNotKnown;
}

}  // namespace

int run_audit(const AuditOptions& options, const AuditPorts& ports) {
  const auto record = load_audit(options.file);
  if (!record.ok()) return unreadable(options, ports, record.message());
  Progress progress(ports.progress, ports.clock);
  const auto tell = [&](std::size_t done, std::size_t of) {
    progress.update(done, of, record->header.profile);
  };
  const AuditReport report =
      check_audit(*record, {options.check, ports.verifier, ports.random, tell});
  if (options.json) {
    write_json(options.file, *record, report, ports.out);
  } else {
    write_text(*record, report, ports.out);
  }
  static constexpr int kCodes[] = {kFine, kFailed, kNotKnown};
  return kCodes[static_cast<std::size_t>(report.outcome())];
}

}  // namespace pool
