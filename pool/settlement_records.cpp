#include "pool/settlement_records.h"

#include <algorithm>

namespace pool {
namespace {

constexpr std::uint64_t kMaxTotal = INT64_MAX;  // of all rewards: no sum can overflow then

constexpr const char* kOpen =
    "SELECT 1 FROM sprints WHERE number = ?1"
    " AND NOT EXISTS (SELECT 1 FROM settlements WHERE sprint = ?1)";
constexpr const char* kSettle =
    "INSERT INTO settlements (sprint, time_us, scheme, window_sprints, fee_ppm, reward, accounts,"
    " best, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
constexpr const char* kNote =
    "INSERT OR REPLACE INTO credits (sprint, account, credit) VALUES (?1, ?2, ?3)";
constexpr const char* kForget =
    "DELETE FROM credits WHERE sprint = (SELECT sprint FROM settlements WHERE accounts > 0"
    " ORDER BY id DESC LIMIT 1 OFFSET ?1)";
constexpr const char* kWindow =
    "SELECT name, earned FROM (SELECT account, sum(credit) AS earned FROM credits"
    "  WHERE sprint IN (SELECT sprint FROM settlements WHERE accounts > 0"
    "   ORDER BY id DESC LIMIT ?1) GROUP BY account) JOIN accounts ON accounts.id = account";

/// Nobody does 2^53 nonces in a sprint: what a table cannot hold is a mistake, and costs no record.
std::uint64_t bounded(std::uint64_t credit) {
  return std::min(credit, stratum::kMaxInteger);
}

/// In the column `outcome`.
std::string_view outcome_word(const record::Settled& settled, bool fits, bool divided) {
  if (settled.rewards.reward == 0) return "no reward";
  if (!fits) return "ledger full";
  return divided ? "distributed" : "nobody earned";
}

/// By account, each once. Only where a sprint's own shares decide who gets its reward is there
/// something that a sample can make a miner lose.
std::map<std::string_view, const record::Judged*> judgements_of(const record::Settled& settled) {
  std::map<std::string_view, const record::Judged*> all;
  if (!settled.judged) return all;
  CHECK(settled.rewards.scheme == Scheme::kProportional);
  for (const record::Judged& judged : *settled.judged) all[judged.account] = &judged;
  return all;
}

base::Status add_rows(Statement& rows, Weights& to) {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) return base::Ok{};
    const auto name = rows.text(0);
    const auto sum = rows.integer(1);
    if (!name || !sum || *sum < 0) return damaged_database();
    to[std::string(*name)] += static_cast<std::uint64_t>(*sum);
  }
}

}  // namespace

base::Result<SettlementRecords> SettlementRecords::prepare(Database& database) {
  ASSIGN_OR_RETURN(Statement open, database.prepare(kOpen));
  ASSIGN_OR_RETURN(Statement settle, database.prepare(kSettle));
  ASSIGN_OR_RETURN(Statement credit, database.prepare(kNote));
  ASSIGN_OR_RETURN(Statement forget, database.prepare(kForget));
  ASSIGN_OR_RETURN(Statement window, database.prepare(kWindow));
  ASSIGN_OR_RETURN(LedgerBook book, LedgerBook::prepare(database));
  ASSIGN_OR_RETURN(HeldRecords held, HeldRecords::prepare(database));
  return SettlementRecords(
      {std::move(open), std::move(settle), std::move(credit), std::move(forget), std::move(window)},
      std::move(book), std::move(held));
}

base::Status SettlementRecords::write(std::uint64_t sprint, const record::Settled& settled) {
  ASSIGN_OR_RETURN(const bool open, is_open(sprint));
  if (!open) return base::Ok{};
  const auto& [scheme, window, reward, fee_ppm] = settled.rewards;
  ASSIGN_OR_RETURN(const Weights by_weight, weights(settled));
  ASSIGN_OR_RETURN(const bool room, fits(reward));
  const auto divided = reward > 0 && room ? split(reward, fee_ppm, by_weight) : std::nullopt;
  RETURN_IF_ERROR(note_credits(sprint, settled));
  RETURN_IF_ERROR(sql_.settle.run(sprint, settled.time, scheme_word(scheme), window, fee_ppm,
                                  divided ? reward : 0, std::uint64_t{settled.credits.size()},
                                  std::string_view(settled.best),
                                  outcome_word(settled, room, divided.has_value())));
  RETURN_IF_ERROR(sql_.forget.run(kMaxRewardWindow));
  const HeldRecords::Moment now{sprint, settled.time};
  const Judgements judgements = judgements_of(settled);
  if (divided) RETURN_IF_ERROR(distribute(now, *divided, judgements));
  if (!settled.judged) return held_.release_all(book_, now);
  return judge(now, divided.value_or(RewardSplit{}), judgements);
}

base::Result<bool> SettlementRecords::is_open(std::uint64_t sprint) {
  sql_.open.bind(sprint);
  auto open = sql_.open.next();
  sql_.open.reset();
  return open;
}

base::Result<Weights> SettlementRecords::weights(const record::Settled& settled) {
  Weights all;
  if (settled.credits.empty()) return all;
  const auto& [scheme, window, reward, fee_ppm] = settled.rewards;
  if (scheme == Scheme::kSolo) {
    if (!settled.best.empty()) all[settled.best] = 1;
    return all;
  }
  for (const auto& [account, credit] : settled.credits) all[account] = bounded(credit);
  if (scheme == Scheme::kPplns) RETURN_IF_ERROR(add_window(window - 1, all));
  return all;
}

/// Adds what was earned in the newest sprints that are settled.
base::Status SettlementRecords::add_window(std::uint32_t sprints, Weights& to) {
  sql_.window.bind(sprints);
  base::Status added = add_rows(sql_.window, to);
  sql_.window.reset();  // also after a fault: an open read would outlive the transaction
  return added;
}

base::Result<bool> SettlementRecords::fits(std::uint64_t reward) {
  ASSIGN_OR_RETURN(const auto source, book_.account(LedgerKind::kReward));
  ASSIGN_OR_RETURN(const std::uint64_t so_far, book_.debits(source));
  return so_far <= kMaxTotal - reward;
}

base::Status SettlementRecords::note_credits(std::uint64_t sprint, const record::Settled& settled) {
  for (const auto& [name, credit] : settled.credits) {
    ASSIGN_OR_RETURN(const auto account, book_.account(LedgerKind::kDue, name));
    RETURN_IF_ERROR(sql_.credit.run(sprint, account, bounded(credit)));
  }
  return base::Ok{};
}

/// What is not judged is due, whatever the scheme.
base::Status SettlementRecords::distribute(const HeldRecords::Moment& now,
                                           const RewardSplit& divided,
                                           const Judgements& judgements) {
  ASSIGN_OR_RETURN(const auto source, book_.account(LedgerKind::kReward));
  const auto give = [&](LedgerCause cause, LedgerKind kind, const std::string& name,
                        std::uint64_t amount) -> base::Status {
    if (amount == 0) return base::Ok{};
    ASSIGN_OR_RETURN(const auto account, book_.account(kind, name));
    return book_.post({now.sprint, 0, now.time, cause, source, account, amount});
  };
  RETURN_IF_ERROR(give(LedgerCause::kFee, LedgerKind::kFee, {}, divided.fee));
  for (const auto& [name, amount] : divided.amounts) {
    const LedgerKind kind = judgements.contains(name) ? LedgerKind::kHeld : LedgerKind::kDue;
    RETURN_IF_ERROR(give(LedgerCause::kEarned, kind, name, amount));
  }
  return base::Ok{};
}

base::Status SettlementRecords::judge(const HeldRecords::Moment& now, const RewardSplit& divided,
                                      const Judgements& judgements) {
  for (const auto& [name, judged] : judgements) {
    const auto earned = divided.amounts.find(judged->account);
    RETURN_IF_ERROR(
        held_.judge(book_, now, *judged, earned == divided.amounts.end() ? 0 : earned->second));
  }
  return base::Ok{};
}

}  // namespace pool
