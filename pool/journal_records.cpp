#include "pool/journal_records.h"

#include <array>

namespace pool {
namespace {

// A record must never be refused for what is there already, or all after it would wait for ever:
// hence OR REPLACE, and no constraint in the tables.
constexpr const char* kAnnounce =
    "INSERT OR REPLACE INTO sprints (number, id, layers, dim, ffn, model_seed, identity,"
    " commitment, beacon, planned_t0_us, planned_t_end_us, start_seed, secret, beacon_value, t0_us,"
    " t_end_us, draw_secret, draw_beacon, started, closed, cancelled)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,0,0,0)";
constexpr const char* kNumber = "UPDATE meta SET value = max(value, ?1) WHERE key = 'last_sprint'";
constexpr const char* kStart =
    "UPDATE sprints SET started = 1, t0_us = ?2, t_end_us = ?3 WHERE number = ?1";
constexpr const char* kDraw = "UPDATE sprints SET draw_value = ?2 WHERE number = ?1";
constexpr const char* kStartValue =
    "UPDATE sprints SET beacon_value = ?2, start_seed = ?3 WHERE number = ?1";
constexpr const char* kClose = "UPDATE sprints SET closed = 1, cancelled = ?2 WHERE number = ?1";
constexpr const char* kPass =
    "UPDATE shares SET state = 'unseen' WHERE sprint = ?1 AND state = 'stored'";
constexpr const char* kJoin =
    "INSERT OR REPLACE INTO sessions (session, account, generation) VALUES (?1, ?2, ?3)";
constexpr const char* kResume = "UPDATE sessions SET generation = ?2 WHERE session = ?1";
constexpr const char* kGrant =
    "INSERT OR REPLACE INTO leases (sprint, lease, session, device, base, bits, difficulty)"
    " SELECT ?1,?2,?3,?4,?5,?6,?7 WHERE EXISTS (SELECT 1 FROM sprints WHERE number = ?1)";
constexpr const char* kStore =
    "INSERT INTO shares (sprint, session, seq, nonce, digest, difficulty, state)"
    " SELECT ?1,?2,?3,?4,?5,?6,'stored' WHERE EXISTS (SELECT 1 FROM sprints WHERE number = ?1)";
constexpr const char* kRepeat =
    "INSERT INTO repeats (sprint, session, seq, nonce, digest)"
    " SELECT ?1,?2,?3,?4,?5 WHERE EXISTS (SELECT 1 FROM sprints WHERE number = ?1)";
constexpr const char* kDecide =
    "UPDATE shares SET state = ?4 WHERE id ="
    " (SELECT max(id) FROM shares WHERE sprint = ?1 AND nonce = ?2 AND digest = ?3)";

constexpr std::array<std::string_view, 6> kStates = {"stored",    "verified", "wrong",
                                                     "withdrawn", "unseen",   "forfeited"};

}  // namespace

std::string_view state_word(Share::State state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<Share::State> state_of(std::string_view word) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == word) return static_cast<Share::State>(i);
  }
  return std::nullopt;
}

base::Result<JournalRecords> JournalRecords::prepare(Database& database) {
  ASSIGN_OR_RETURN(Statement announce, database.prepare(kAnnounce));
  ASSIGN_OR_RETURN(Statement number, database.prepare(kNumber));
  ASSIGN_OR_RETURN(Statement start, database.prepare(kStart));
  ASSIGN_OR_RETURN(Statement value, database.prepare(kStartValue));
  ASSIGN_OR_RETURN(Statement draw, database.prepare(kDraw));
  ASSIGN_OR_RETURN(Statement close, database.prepare(kClose));
  ASSIGN_OR_RETURN(Statement pass, database.prepare(kPass));
  ASSIGN_OR_RETURN(Statement join, database.prepare(kJoin));
  ASSIGN_OR_RETURN(Statement resume, database.prepare(kResume));
  ASSIGN_OR_RETURN(Statement grant, database.prepare(kGrant));
  ASSIGN_OR_RETURN(Statement store, database.prepare(kStore));
  ASSIGN_OR_RETURN(Statement repeat, database.prepare(kRepeat));
  ASSIGN_OR_RETURN(Statement decide, database.prepare(kDecide));
  ASSIGN_OR_RETURN(SettlementRecords settlements, SettlementRecords::prepare(database));
  return JournalRecords(
      {std::move(announce), std::move(number), std::move(start), std::move(value), std::move(draw),
       std::move(close), std::move(pass), std::move(join), std::move(resume), std::move(grant),
       std::move(store), std::move(repeat), std::move(decide)},
      std::move(settlements));
}

base::Status JournalRecords::write(const Record& record) {
  return std::visit([this](const auto& one) { return on(one); }, record);
}

base::Status JournalRecords::on(const record::Announced& record) {
  const auto& [number, told, start, draw] = record.sprint;
  const bool samples = told.draw && draw;
  RETURN_IF_ERROR(sql_.announce.run(
      number, told.sprint, told.profile.layers, told.profile.dim, told.profile.ffn,
      base::to_hex(told.model_seed), told.identity, base::to_hex(told.commitment), told.beacon,
      told.t0, told.t_end, base::to_hex(start.start_seed), base::to_hex(start.secret), start.beacon,
      start.t0, start.t_end, samples ? base::to_hex(draw->secret) : std::string(),
      samples ? told.draw->beacon : std::string()));
  return sql_.number.run(number);
}

base::Status JournalRecords::on(const record::Started& record) {
  RETURN_IF_ERROR(sql_.start.run(record.sprint, record.t0, record.t_end));
  if (!record.drawn) return base::Ok{};
  return sql_.value.run(record.sprint, record.drawn->value, base::to_hex(record.drawn->start_seed));
}

base::Status JournalRecords::on(const record::Drawn& record) {
  return sql_.draw.run(record.sprint, record.value);
}

base::Status JournalRecords::on(const record::Closed& record) {
  RETURN_IF_ERROR(sql_.close.run(record.sprint, record.cancelled));
  if (record.unseen) RETURN_IF_ERROR(sql_.pass.run(record.sprint));
  return record.settled ? settlements_.write(record.sprint, *record.settled) : base::Ok{};
}

base::Status JournalRecords::on(const record::Joined& record) {
  return sql_.join.run(base::to_hex(record.session), record.account, record.generation);
}

base::Status JournalRecords::on(const record::Resumed& record) {
  return sql_.resume.run(base::to_hex(record.session), record.generation);
}

base::Status JournalRecords::on(const record::Granted& record) {
  const stratum::Lease& lease = record.lease;
  return sql_.grant.run(record.sprint, lease.id, base::to_hex(record.session), lease.device,
                        base::to_hex(lease.base), lease.bits, lease.difficulty);
}

base::Status JournalRecords::on(const record::Stored& record) {
  return sql_.store.run(record.sprint, base::to_hex(record.session), record.seq,
                        base::to_hex(record.nonce), base::to_hex(record.digest), record.difficulty);
}

base::Status JournalRecords::on(const record::Repeated& record) {
  return sql_.repeat.run(record.sprint, base::to_hex(record.session), record.seq,
                         base::to_hex(record.nonce), base::to_hex(record.digest));
}

base::Status JournalRecords::on(const record::Decided& record) {
  return sql_.decide.run(record.sprint, base::to_hex(record.nonce), base::to_hex(record.digest),
                         state_word(record.state));
}

}  // namespace pool
