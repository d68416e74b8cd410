#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "poc/target.h"
#include "pool/journal_file.h"
#include "pool/known_accounts.h"
#include "stratum/sprint_secret.h"

namespace pool {
namespace {

/// The columns of a row, one after another, range-checked: somebody may have changed the file.
/// After the last one `ok` tells whether all were what they should be.
class Row {
 public:
  explicit Row(const Statement& row) : row_(row) {}

  bool ok() const { return ok_; }
  /// Notes a condition of several columns.
  void require(bool condition) { ok_ = ok_ && condition; }

  std::uint64_t number(std::uint64_t least = 0, std::uint64_t most = stratum::kMaxInteger) {
    const std::int64_t value = row_.integer(column_++).value_or(-1);
    const bool fits = value >= 0 && static_cast<std::uint64_t>(value) >= least &&
                      static_cast<std::uint64_t>(value) <= most;
    require(fits);
    return fits ? static_cast<std::uint64_t>(value) : least;
  }
  std::uint32_t small(std::uint32_t least = 0, std::uint32_t most = UINT32_MAX) {
    return static_cast<std::uint32_t>(number(least, most));
  }
  bool flag() { return number(0, 1) != 0; }
  base::UnixTime time() {
    return base::UnixTime(base::Micros(static_cast<std::int64_t>(number())));
  }
  std::uint64_t hex64() { return checked(base::u64_from_hex(view())); }
  base::Bytes32 hex256() { return checked(base::bytes32_from_hex(view())); }
  /// UTF-8 of so many bytes.
  std::string text(std::size_t least, std::size_t most) {
    const std::string_view found = view();
    require(found.size() >= least && found.size() <= most && base::is_utf8(found));
    return ok_ ? std::string(found) : std::string();
  }
  std::string name(std::size_t most) {
    const std::string_view found = view();
    require(stratum::is_ascii_name(found, most));
    return ok_ ? std::string(found) : std::string();
  }
  /// The next column holds no text; it is still the next one.
  bool is_empty() const { return row_.text(column_).value_or("").empty(); }
  Share::State state() { return checked(state_of(view())); }

 private:
  std::string_view view() { return checked(row_.text(column_++)); }
  template <class T>
  T checked(const std::optional<T>& value) {
    require(value.has_value());
    return value.value_or(T{});
  }

  const Statement& row_;
  int column_ = 0;
  bool ok_ = true;
};

constexpr std::size_t kMaxBeacon = 128;

constexpr const char* kSprints =
    "SELECT number, id, layers, dim, ffn, model_seed, identity, commitment, beacon, planned_t0_us,"
    " planned_t_end_us, start_seed, secret, beacon_value, t0_us, t_end_us, started, closed,"
    " cancelled, draw_secret, draw_beacon, draw_value FROM sprints ORDER BY number";
constexpr const char* kSessions =
    "SELECT session, account, generation FROM sessions ORDER BY session";
constexpr const char* kLeases =
    "SELECT sprint, session, lease, device, base, bits, difficulty FROM leases"
    " ORDER BY sprint, lease";
constexpr const char* kShares =
    "SELECT sprint, session, seq, nonce, digest, difficulty, state FROM shares ORDER BY id";
constexpr const char* kRepeats =
    "SELECT sprint, session, seq, nonce, digest FROM repeats ORDER BY id";

/// Makes a Saved of rows.
class Loader {
 public:
  Loader(Database& database, std::string pool_name)
      : database_(database), pool_name_(std::move(pool_name)) {}

  base::Result<Saved> load() {
    RETURN_IF_ERROR(take_meta());
    RETURN_IF_ERROR(for_each(kSprints, [this](Row& row) { take_sprint(row); }));
    RETURN_IF_ERROR(for_each(kSessions, [this](Row& row) { take_session(row); }));
    RETURN_IF_ERROR(for_each(kLeases, [this](Row& row) { take_lease(row); }));
    RETURN_IF_ERROR(for_each(kShares, [this](Row& row) { take_share(row); }));
    RETURN_IF_ERROR(for_each(kRepeats, [this](Row& row) { take_repeat(row); }));
    keep_named_sessions();
    ASSIGN_OR_RETURN(saved_.known, load_known(database_));
    RETURN_IF_ERROR(check_held());
    return std::move(saved_);
  }
  std::size_t bad_rows() const { return bad_rows_; }
  /// Those that no race names.
  const std::vector<SessionId>& idle() const { return idle_; }

 private:
  template <class Take>
  base::Status for_each(std::string_view sql, const Take& take) {
    ASSIGN_OR_RETURN(Statement rows, database_.prepare(sql));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, rows.next());
      if (!more) return base::Ok{};
      Row row(rows);
      take(row);
      if (!row.ok()) ++bad_rows_;
    }
  }

  base::Status take_meta();
  void take_sprint(Row& row);
  static std::optional<Draw> take_draw(Row& row, std::optional<stratum::DrawPromise>& promise);
  base::Status check_held() const;
  void take_session(Row& row);
  void take_lease(Row& row);
  void take_share(Row& row);
  void take_repeat(Row& row);
  Saved::Race* race(Row& row);
  SessionId session(Row& row);
  void name(SessionId id) { sessions_[id] = true; }
  void keep_named_sessions();

  Database& database_;
  const std::string pool_name_;
  Saved saved_;
  std::unordered_map<std::uint64_t, std::size_t> races_;  // number -> place in saved_.races
  std::unordered_map<SessionId, bool> sessions_;          // whether a race names it
  std::unordered_map<const Saved::Race*, std::unordered_set<std::uint64_t>> taken_;  // nonces
  std::vector<SessionId> idle_;
  std::size_t bad_rows_ = 0;
};

base::Status Loader::take_meta() {
  ASSIGN_OR_RETURN(const auto last,
                   database_.integer("SELECT value FROM meta WHERE key = 'last_sprint'"));
  ASSIGN_OR_RETURN(const auto text, database_.text("SELECT value FROM meta WHERE key = 'mac_key'"));
  const auto key = base::bytes32_from_hex(text);
  if (!key || last < 0 || static_cast<std::uint64_t>(last) > stratum::kMaxInteger) {
    return damaged_database();
  }
  saved_.key = *key;
  saved_.last_sprint = static_cast<std::uint64_t>(last);
  return base::Ok{};
}

/// Three columns: empty where every share was to be recomputed; the last one until it is known.
std::optional<Draw> Loader::take_draw(Row& row, std::optional<stratum::DrawPromise>& promise) {
  if (row.is_empty()) return std::nullopt;
  Draw draw{row.hex256()};
  promise = {stratum::commit_to_draw(draw.secret), row.name(kMaxBeacon)};
  if (!row.is_empty()) draw.value = row.name(kMaxBeacon);
  return draw;
}

void Loader::take_sprint(Row& row) {
  Saved::Race race;
  auto& [number, told, start, draw] = race.sprint;
  number = row.number(1);
  told.sprint = start.sprint = row.text(1, 32);
  const std::uint32_t layers = row.small(), dim = row.small(), ffn = row.small();
  told.pool = pool_name_;
  told.model_seed = row.hex256();
  told.identity = row.text(0, poc::kMaxIdentityBytes);
  told.commitment = row.hex256();
  told.beacon = row.name(kMaxBeacon);
  told.t0 = row.time();
  told.t_end = row.time();
  start.start_seed = row.hex256();
  start.secret = row.hex256();
  start.beacon = row.text(0, kMaxBeacon);
  start.t0 = row.time();
  start.t_end = row.time();
  race.started = row.flag();
  race.closed = row.flag();
  race.cancelled = row.flag();
  draw = take_draw(row, told.draw);
  const auto profile = poc::make_profile(layers, dim, ffn);
  row.require(profile.ok() && stratum::is_sprint_id(told.sprint));
  row.require(told.t0 < told.t_end && start.t0 < start.t_end);
  const bool waits = start.beacon.empty() && race.sprint.has_beacon() && !race.started;
  row.require(waits || stratum::is_ascii_name(start.beacon, kMaxBeacon));
  if (!row.ok()) return;
  told.profile = *profile;
  races_[number] = saved_.races.size();
  saved_.last_sprint = std::max(saved_.last_sprint, number);
  saved_.races.push_back(std::move(race));
}

/// What is held is of sprints that are over, and before those that are not.
base::Status Loader::check_held() const {
  std::uint64_t last = saved_.last_sprint;
  for (const Saved::Race& race : saved_.races) {
    if (!race.closed) last = std::min(last, race.sprint.number - 1);
  }
  for (const Saved::Known& known : saved_.known) {
    if (!known.held.empty() && known.held.back().sprint > last) return damaged_database();
  }
  return base::Ok{};
}

void Loader::take_session(Row& row) {
  record::Joined joined{row.hex64(), row.text(1, stratum::kMaxAccountBytes), row.small()};
  if (!row.ok()) return;
  sessions_[joined.session] = false;
  saved_.sessions.push_back(std::move(joined));
}

/// The race of the sprint in this column.
Saved::Race* Loader::race(Row& row) {
  const auto found = races_.find(row.number());
  row.require(found != races_.end());
  return row.ok() ? &saved_.races[found->second] : nullptr;
}

SessionId Loader::session(Row& row) {
  const SessionId id = row.hex64();
  row.require(sessions_.contains(id));
  return id;
}

void Loader::take_lease(Row& row) {
  Saved::Race* of = race(row);
  Saved::Lease saved{session(row), {}};
  stratum::Lease& lease = saved.lease;
  lease.id = row.number(1);
  lease.device = row.small();
  lease.base = row.hex64();
  lease.bits = row.small(16, 48);
  lease.difficulty = row.number(1, poc::kMaxDifficulty);
  row.require((lease.base & (lease.size() - 1)) == 0);
  if (!row.ok()) return;
  name(saved.session);
  of->leases.push_back(saved);
}

void Loader::take_share(Row& row) {
  Saved::Race* of = race(row);
  Saved::StoredShare saved;
  record::Stored& share = saved.share;
  share.session = session(row);
  share.seq = row.number();
  share.nonce = row.hex64();
  share.digest = row.hex256();
  share.difficulty = row.number(1, poc::kMaxDifficulty);
  saved.state = row.state();
  row.require(of != nullptr && !taken_[of].contains(share.nonce));
  if (!row.ok()) return;
  if (saved.state == Share::State::kStored || Share::is_credited(saved.state)) {
    taken_[of].insert(share.nonce);
  }
  share.sprint = of->sprint.number;
  name(share.session);
  of->shares.push_back(saved);
}

void Loader::take_repeat(Row& row) {
  Saved::Race* of = race(row);
  record::Repeated repeat;
  repeat.session = session(row);
  repeat.seq = row.number();
  repeat.nonce = row.hex64();
  repeat.digest = row.hex256();
  if (!row.ok()) return;
  repeat.sprint = of->sprint.number;
  name(repeat.session);
  of->repeats.push_back(repeat);
}

void Loader::keep_named_sessions() {
  std::vector<record::Joined> named;
  for (record::Joined& joined : saved_.sessions) {
    if (sessions_[joined.session]) {
      named.push_back(std::move(joined));
    } else {
      idle_.push_back(joined.session);
    }
  }
  saved_.sessions = std::move(named);
}

}  // namespace

base::Result<Saved> JournalFile::load_rows(std::size_t& bad_rows) {
  ASSIGN_OR_RETURN(const auto pool, database_.text("SELECT value FROM meta WHERE key = 'pool'"));
  Loader loader(database_, pool);
  ASSIGN_OR_RETURN(Saved saved, loader.load());
  bad_rows = loader.bad_rows();
  RETURN_IF_ERROR(forget(loader.idle()));
  return saved;
}

}  // namespace pool
