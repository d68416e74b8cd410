#include "pool/journal_schema.h"

#include <array>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace pool {
namespace {

constexpr std::int64_t kApplication = 0x53504a31;  // "SPJ1": tells a journal from other databases

// Sessions and nonces have 64 bits, integers of SQLite 63 and a sign: as text they compare exactly
// and read as they do on the wire. `id` counts up in the order of the records.
constexpr const char* kTables = R"(
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE sprints (
    number INTEGER PRIMARY KEY, id TEXT, layers INTEGER, dim INTEGER, ffn INTEGER, model_seed TEXT,
    identity TEXT, commitment TEXT, beacon TEXT, planned_t0_us INTEGER, planned_t_end_us INTEGER,
    start_seed TEXT, secret TEXT, beacon_value TEXT, t0_us INTEGER, t_end_us INTEGER,
    started INTEGER, closed INTEGER, cancelled INTEGER);
  CREATE TABLE sessions (session TEXT PRIMARY KEY, account TEXT, generation INTEGER) WITHOUT ROWID;
  CREATE TABLE leases (
    sprint INTEGER, lease INTEGER, session TEXT, device INTEGER, base TEXT, bits INTEGER,
    difficulty INTEGER, PRIMARY KEY (sprint, lease)) WITHOUT ROWID;
  CREATE TABLE shares (
    id INTEGER PRIMARY KEY, sprint INTEGER, session TEXT, seq INTEGER, nonce TEXT, digest TEXT,
    difficulty INTEGER, state TEXT);
  CREATE INDEX shares_by_nonce ON shares (sprint, nonce);
  CREATE TABLE repeats (
    id INTEGER PRIMARY KEY, sprint INTEGER, session TEXT, seq INTEGER, nonce TEXT, digest TEXT);
  CREATE INDEX repeats_by_sprint ON repeats (sprint);
)";

// The ledger: what the columns of `accounts` and `entries` hold is said in pool/ledger_book.h. The
// id of a settlement counts up in the order of the records. `credits` has the last sprints alone,
// by the id of the account `due`. A sprint or a payout of 0 is none.
constexpr const char* kLedgerTables = R"(
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, kind TEXT, name TEXT, debits INTEGER, credits INTEGER,
    UNIQUE (kind, name));
  CREATE TABLE settlements (
    id INTEGER PRIMARY KEY, sprint INTEGER UNIQUE, time_us INTEGER, scheme TEXT,
    window_sprints INTEGER, fee_ppm INTEGER, reward INTEGER, accounts INTEGER, best TEXT,
    outcome TEXT);
  CREATE INDEX settlements_earned ON settlements (id) WHERE accounts > 0;
  CREATE TABLE credits (
    sprint INTEGER, account INTEGER, credit INTEGER, PRIMARY KEY (sprint, account)) WITHOUT ROWID;
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, sprint INTEGER, payout INTEGER, time_us INTEGER, cause TEXT,
    debit INTEGER, credit INTEGER, amount INTEGER);
  CREATE TABLE payouts (
    id INTEGER PRIMARY KEY, state TEXT, minimum INTEGER, exported_us INTEGER, paid_us INTEGER);
  CREATE TABLE payout_items (
    payout INTEGER, name TEXT, amount INTEGER, PRIMARY KEY (payout, name)) WITHOUT ROWID;
)";

// What a pool that recomputes samples knows, and holds back: `held` by the id of the account
// `held`. Of a sprint, what its draw was announced and made with; without one NULL.
constexpr const char* kSamplingTables = R"(
  ALTER TABLE sprints ADD COLUMN draw_secret TEXT;
  ALTER TABLE sprints ADD COLUMN draw_beacon TEXT;
  ALTER TABLE sprints ADD COLUMN draw_value TEXT;
  CREATE TABLE reputations (
    account TEXT PRIMARY KEY, shares INTEGER, sprints INTEGER, faults INTEGER) WITHOUT ROWID;
  CREATE TABLE held (
    account INTEGER, sprint INTEGER, amount INTEGER, PRIMARY KEY (account, sprint)) WITHOUT ROWID;
)";

/// Format n is what the first n of them make: an older file is brought up by the others.
constexpr std::array kFormats = {kTables, kLedgerTables, kSamplingTables};
static_assert(kFormats.size() == kJournalVersion);

base::Status put_meta(Database& database, std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT INTO meta VALUES (?1, ?2)"));
  return put.run(key, value);
}

base::Status mark(Database& database, const std::string& pragma, std::int64_t value) {
  return database.run(("PRAGMA " + pragma + " = " + std::to_string(value)).c_str());
}

/// From format `version`; 0 is an empty file. What was closed before there was a ledger is not
/// settled afterwards: nobody said what it brought. Nothing is held of what was due before.
base::Status bring_up(Database& database, std::size_t version) {
  for (; version < kFormats.size(); ++version) RETURN_IF_ERROR(database.run(kFormats[version]));
  return mark(database, "user_version", kJournalVersion);
}

base::Status fill(Database& database, const std::string& pool_name, const RandomSource& random) {
  base::Bytes32 key{};
  if (!random(key)) return base::unavailable("the random generator failed");
  RETURN_IF_ERROR(bring_up(database, 0));
  RETURN_IF_ERROR(put_meta(database, "pool", pool_name));
  RETURN_IF_ERROR(put_meta(database, "mac_key", base::to_hex(key)));
  RETURN_IF_ERROR(database.run("INSERT INTO meta VALUES ('last_sprint', 0)"));
  return mark(database, "application_id", kApplication);
}

/// True for an empty database, false for a journal that this program can read.
base::Result<bool> is_empty(Database& database) {
  ASSIGN_OR_RETURN(const auto application, database.integer("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const auto version, database.integer("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const auto tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && tables == 0) return true;
  if (application != kApplication) {
    return base::invalid("it is no database of a pool: name another file");
  }
  if (version < 1) return damaged_database();
  if (version > kJournalVersion) {
    return base::invalid("it was written by a newer sprintpool (format " + std::to_string(version) +
                         ", this one knows " + std::to_string(kJournalVersion) +
                         "): run that one, or name another file");
  }
  return false;
}

/// What a settlement reads is as it writes it: else the records of all that follows would wait for
/// one that never can be written.
base::Status check_ledger(Database& database) {
  ASSIGN_OR_RETURN(
      const auto bad,
      database.integer("SELECT (SELECT count(*) FROM accounts WHERE typeof(kind) != 'text' OR"
                       " typeof(name) != 'text' OR typeof(debits) != 'integer' OR debits < 0 OR"
                       " typeof(credits) != 'integer' OR credits < 0) + (SELECT count(*) FROM"
                       " credits WHERE typeof(credit) != 'integer' OR credit < 0) +"
                       " (SELECT count(*) FROM held WHERE typeof(sprint) != 'integer' OR"
                       " sprint NOT BETWEEN 1 AND 9007199254740991 OR"
                       " typeof(amount) != 'integer' OR amount NOT BETWEEN 1 AND 9007199254740991"
                       " OR account NOT IN (SELECT id FROM accounts WHERE kind = 'held'))"));
  return bad == 0 ? base::Status(base::Ok{}) : damaged_database();
}

/// All tables but the one that grows for years, which a start does not read.
base::Status check_pages(Database& database) {
  ASSIGN_OR_RETURN(Statement tables,
                   database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
                                    "NOT IN ('entries', 'sqlite_sequence')"));
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, tables.next());
    if (!row) break;
    names.emplace_back(tables.text(0).value_or(""));
  }
  for (const std::string& name : names) {
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) continue;
    ASSIGN_OR_RETURN(const auto found, database.text("PRAGMA quick_check('" + name + "')"));
    if (found != "ok") return damaged_database();
  }
  return base::Ok{};
}

base::Status check(Database& database, const std::string& pool_name) {
  RETURN_IF_ERROR(check_pages(database));
  ASSIGN_OR_RETURN(const auto pool, database.text("SELECT value FROM meta WHERE key = 'pool'"));
  if (pool == pool_name) return base::Ok{};
  return base::invalid("it belongs to the pool '" + base::printable(pool, 64) +
                       "', and this one is '" + base::printable(pool_name, 64) +
                       "': run it under that name, or name another file");
}

/// A commit returns when the disk has it. Each 4000 pages (16 MB) the log ahead of the file is
/// moved into it, and a commit waits for that; a page that changed often is written once. The log
/// is cut when it was long.
base::Status make_durable(Database& database) {
  ASSIGN_OR_RETURN(const auto mode, database.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return base::invalid("its file system cannot share memory between programs: name another file");
  }
  return database.run(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
      " PRAGMA journal_size_limit = 67108864");
}

}  // namespace

base::Status open_schema(Database& database, const std::string& pool_name,
                         const RandomSource& random) {
  ASSIGN_OR_RETURN(const bool empty, is_empty(database));
  RETURN_IF_ERROR(make_durable(database));
  if (empty) return database.transact([&] { return fill(database, pool_name, random); });
  RETURN_IF_ERROR(check(database, pool_name));
  ASSIGN_OR_RETURN(const auto version, database.integer("PRAGMA user_version"));
  if (version == kJournalVersion) return check_ledger(database);
  return database.transact([&]() -> base::Status {
    RETURN_IF_ERROR(bring_up(database, static_cast<std::size_t>(version)));
    return check_ledger(database);
  });
}

base::Status check_schema(Database& database) {
  ASSIGN_OR_RETURN(const bool empty, is_empty(database));
  if (empty) return base::invalid("it is empty: name the file of a pool that has run");
  ASSIGN_OR_RETURN(const auto version, database.integer("PRAGMA user_version"));
  if (version != kJournalVersion) {
    return base::invalid(
        "it was written by an older sprintpool: run this one with it once, which brings it up to "
        "date");
  }
  return make_durable(database);
}

}  // namespace pool
