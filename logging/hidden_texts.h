#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace logging {

/// What no line may show, whoever said it: a pool that answers "no such account ..", an error that
/// quotes its input. The second guard behind base::Account. One thread at a time.
class HiddenTexts {
 public:
  /// An account of more than twelve characters, without its worker; shown whole at debug. Shorter
  /// ones are also words, and nobody's secret.
  void add_account(base::Account account);
  /// A password of at least six characters, at every level. Shorter ones are words, like "x".
  void add_password(std::string_view password);

  /// What a cleaned record holds and the one before it does not. Used for one record.
  struct Storage {
    std::deque<std::string> texts;
    std::vector<base::LogField> fields;
  };
  /// The record with each of them replaced in its texts: an account by its short form, a password
  /// by "..". Keys, and fields of other kinds, stay. Lives as long as `record` and `storage`.
  base::LogRecord cleaned(const base::LogRecord& record, Storage& storage) const;

 private:
  struct Hidden {
    std::string text;
    std::string shown;
    bool at_debug = false;  // hidden there, too
  };
  void add(Hidden hidden);
  std::string_view cleaned(std::string_view text, base::LogLevel level, Storage& storage) const;

  std::vector<Hidden> all_;
};

}  // namespace logging
