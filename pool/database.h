#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pool {

/// The error for a database whose content makes no sense.
base::Error damaged_database();

/// A prepared statement of a Database, which outlives it.
class Statement {
 public:
  /// Runs it once with these parameters (integers below 2^63, times in microseconds, texts) and
  /// skips its rows.
  template <class... Values>
  base::Status run(const Values&... values) {
    bind(values...);
    return finish();
  }

  /// Sets all parameters and begins anew; texts live until the last row is read.
  template <class... Values>
  void bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_at(++index, values), ...);
  }
  /// Goes to the next row; false when there is none.
  base::Result<bool> next();
  /// Gives up what it reads, so that it keeps no old state of the database.
  void reset();

  // Of the row that `next` went to; columns count from 0. Nothing for a value of another kind.
  std::optional<std::int64_t> integer(int column) const;
  std::optional<std::string_view> text(int column) const;  ///< until the next call

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  base::Status finish();
  void bind_at(int index, std::int64_t value);
  void bind_at(int index, std::uint64_t value) { bind_at(index, static_cast<std::int64_t>(value)); }
  void bind_at(int index, std::uint32_t value) { bind_at(index, std::int64_t{value}); }
  void bind_at(int index, bool value) { bind_at(index, std::int64_t{value}); }
  void bind_at(int index, base::UnixTime time) {
    bind_at(index, std::int64_t{time.time_since_epoch().count()});
  }
  void bind_at(int index, std::string_view text);
  void bind_at(int index, const char* text) = delete;  // would be a bool

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An SQLite database that a pool writes to; whatever the file holds, only its tables and indexes
/// have an effect. Errors say in a few words what is wrong and what helps, without the file's name;
/// kInvalid: this file will never do. Belongs to one thread at a time.
class Database {
 public:
  /// Opens an existing file for writing.
  static base::Result<Database> open(const std::string& path);

  base::Result<Statement> prepare(std::string_view sql);
  /// Runs statements without parameters.
  base::Status run(const char* sql);
  /// The integer, or the text, in the first column of the first row.
  base::Result<std::int64_t> integer(std::string_view sql);
  base::Result<std::string> text(std::string_view sql);
  /// How many rows the last statement changed.
  std::int64_t changed() const;
  /// Runs `work` as one transaction, which begins as the only one that writes: all of it, or
  /// nothing where it fails.
  base::Status transact(const std::function<base::Status()>& work);
  /// Runs `work`, which reads, on one state of the database, whoever writes meanwhile.
  base::Status read(const std::function<base::Status()>& work);
  /// Undoes a transaction that is still open.
  void roll_back();

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}
  base::Status configure();

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace pool
