#include "logging/hidden_texts.h"

#include <gtest/gtest.h>

namespace logging {
namespace {

using base::LogLevel;

/// What becomes of a text in a field; the same must become of it as a message.
std::string cleaned(const HiddenTexts& hidden, const std::string& text, LogLevel level) {
  const base::LogField fields[] = {{"reason", text}};
  HiddenTexts::Storage storage;
  const base::LogRecord record = hidden.cleaned({level, "p", text, fields}, storage);
  EXPECT_EQ(record.message, std::get<std::string_view>(record.fields[0].value));
  return std::string(record.message);
}

TEST(HiddenTexts, AccountsAreShortAboveDebug) {
  HiddenTexts hidden;
  hidden.add_account({"4AbCdEfGhIjKlMn9xYz.rig1"});
  const std::string line = "no such account 4AbCdEfGhIjKlMn9xYz (4AbCdEfGhIjKlMn9xYz.rig1)";
  for (const LogLevel level : {LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    EXPECT_EQ(cleaned(hidden, line, level), "no such account 4AbC..9xYz (4AbC..9xYz.rig1)");
  }
  EXPECT_EQ(cleaned(hidden, line, LogLevel::kDebug), line);
}

TEST(HiddenTexts, PasswordsAreShownAtNoLevel) {
  HiddenTexts hidden;
  hidden.add_password("secret");
  for (int level = 0; level < 4; ++level) {
    EXPECT_EQ(cleaned(hidden, "a secretsecret", static_cast<LogLevel>(level)), "a ....");
  }
}

TEST(HiddenTexts, ReplacesTheOneInWhatTheOtherLeft) {
  HiddenTexts hidden;
  hidden.add_account({"4AbCdEfGhIjKlMn9xYz"});
  hidden.add_password("secret");
  EXPECT_EQ(cleaned(hidden, "4AbCdEfGhIjKlMn9xYz:secret", LogLevel::kInfo), "4AbC..9xYz:..");
}

TEST(HiddenTexts, KeysAndOtherKindsOfFieldsStay) {
  HiddenTexts hidden;
  hidden.add_password("sprint");
  const base::LogField fields[] = {{"sprint", 1}, {"account", base::Account{"sprint"}}};
  HiddenTexts::Storage storage;
  const base::LogRecord record = hidden.cleaned({LogLevel::kInfo, "p", "m", fields}, storage);
  ASSERT_EQ(record.fields.size(), 2U);
  EXPECT_EQ(record.fields[0].key, "sprint");
  EXPECT_EQ(record.fields[0].value, fields[0].value);
  EXPECT_EQ(record.fields[1].value, fields[1].value);
}

TEST(HiddenTexts, WordsStay) {
  HiddenTexts hidden;
  hidden.add_account({"alice.rig1"});
  hidden.add_account({"123456789012"});
  hidden.add_account({""});
  hidden.add_password("x");
  hidden.add_password("");
  const std::string line = "alice.rig1 123456789012 x";
  EXPECT_EQ(cleaned(hidden, line, LogLevel::kInfo), line);
}

}  // namespace
}  // namespace logging
