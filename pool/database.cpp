#include "pool/database.h"

#include <sqlite3.h>

#include <system_error>

namespace pool {
namespace {

// For a person at the sqlite3 shell who writes, too; what takes longer is tried again.
constexpr int kBusyMs = 200;

/// The last failure of a handle, with what helps.
base::Error failure_of(sqlite3* handle) {
  switch (sqlite3_extended_errcode(handle) & 0xff) {
    case SQLITE_FULL:
      return base::io_error("the disk is full: make room");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::unavailable("another program holds it locked: end that one");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return base::io_error("it cannot be written: let the pool's user write it and its folder");
    case SQLITE_CANTOPEN:
      return base::io_error("it cannot be opened: let the pool's user write it and its folder");
    case SQLITE_NOTADB:
      return base::invalid("it is no database of a pool: name another file");
    case SQLITE_CORRUPT:
      return damaged_database();
    case SQLITE_NOMEM:
      return base::no_memory("there is no memory for it");
    case SQLITE_IOERR: {
      const int code = sqlite3_system_errno(handle);
      const std::string why = code == 0 ? "" : ": " + std::generic_category().message(code);
      return base::io_error("the disk fails" + why);
    }
    default:
      return base::invalid(std::string("it does not work as a pool's database (") +
                           sqlite3_errmsg(handle) + "): name another file");
  }
}

}  // namespace

base::Error damaged_database() {
  return base::invalid("it is damaged: put a copy of it back, or name another file");
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::bind_at(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
}

void Statement::bind_at(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  CHECK(sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC,
                            SQLITE_UTF8) == SQLITE_OK);
}

base::Result<bool> Statement::next() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failure_of(sqlite3_db_handle(statement_.get()));
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // says again how the last run failed
}

base::Status Statement::finish() {
  while (true) {
    const auto more = next();
    if (more.ok() && *more) continue;
    reset();
    return more.ok() ? base::Status(base::Ok{}) : base::Status(more.error());
  }
}

std::optional<std::int64_t> Statement::integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_INTEGER) return std::nullopt;
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::string_view> Statement::text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_TEXT) return std::nullopt;
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  if (data == nullptr) return std::nullopt;  // no memory
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return std::string_view(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

base::Result<Database> Database::open(const std::string& path) {
  // Neither ":memory:" nor "file:" is to mean anything.
  const std::string plain = path.starts_with('/') ? path : "./" + path;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(plain.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return base::no_memory("there is no memory for it");
  Database database(handle);
  if (code != SQLITE_OK) return failure_of(handle);
  RETURN_IF_ERROR(database.configure());
  return database;
}

/// A tampered file may bring triggers, views and expressions of its own: they have no effect.
base::Status Database::configure() {
  sqlite3* handle = handle_.get();
  if (sqlite3_db_readonly(handle, "main") != 0) {
    return base::io_error("it cannot be written: let the pool's user write it and its folder");
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return run("PRAGMA cell_size_check = ON; PRAGMA ignore_check_constraints = ON");
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure_of(handle_.get());
  return Statement(statement);
}

base::Status Database::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure_of(handle_.get());
  }
  return base::Ok{};
}

base::Result<std::int64_t> Database::integer(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.next());
  const auto value = row ? statement.integer(0) : std::nullopt;
  if (!value) return damaged_database();
  return *value;
}

base::Result<std::string> Database::text(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.next());
  const auto value = row ? statement.text(0) : std::nullopt;
  if (!value) return damaged_database();
  return std::string(*value);
}

std::int64_t Database::changed() const {
  return sqlite3_changes64(handle_.get());
}

base::Status Database::transact(const std::function<base::Status()>& work) {
  RETURN_IF_ERROR(run("BEGIN IMMEDIATE"));
  base::Status done = work();
  if (done.ok()) done = run("COMMIT");
  roll_back();
  return done;
}

base::Status Database::read(const std::function<base::Status()>& work) {
  RETURN_IF_ERROR(run("BEGIN"));
  base::Status done = work();
  roll_back();
  return done;
}

void Database::roll_back() {
  if (sqlite3_get_autocommit(handle_.get()) == 0) (void)run("ROLLBACK");
}

}  // namespace pool
