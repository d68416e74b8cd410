#include "logging/hidden_texts.h"

#include <algorithm>
#include <utility>

namespace logging {
namespace {

constexpr std::size_t kLongestKnownAccount = 12;
constexpr std::size_t kShortestPassword = 6;

void replace_all(std::string& line, std::string_view text, std::string_view by) {
  for (auto at = line.find(text); at != std::string::npos; at = line.find(text, at + by.size())) {
    line.replace(at, text.size(), by);
  }
}

}  // namespace

void HiddenTexts::add_account(base::Account account) {
  const std::string_view name = account.text.substr(0, account.text.find('.'));
  if (name.size() <= kLongestKnownAccount) return;
  add({std::string(name), base::shortened({name}), false});
}

void HiddenTexts::add_password(std::string_view password) {
  if (password.size() < kShortestPassword) return;
  add({std::string(password), "..", true});
}

void HiddenTexts::add(Hidden hidden) {
  const bool known = std::any_of(all_.begin(), all_.end(),
                                 [&](const Hidden& one) { return one.text == hidden.text; });
  if (!known) all_.push_back(std::move(hidden));
}

base::LogRecord HiddenTexts::cleaned(const base::LogRecord& record, Storage& storage) const {
  if (all_.empty()) return record;
  storage.fields.assign(record.fields.begin(), record.fields.end());
  for (base::LogField& field : storage.fields) {
    if (auto* text = std::get_if<std::string_view>(&field.value)) {
      *text = cleaned(*text, record.level, storage);
    }
  }
  return {record.level, record.part, cleaned(record.message, record.level, storage),
          storage.fields};
}

std::string_view HiddenTexts::cleaned(std::string_view text, base::LogLevel level,
                                      Storage& storage) const {
  for (const Hidden& hidden : all_) {
    if (level == base::LogLevel::kDebug && !hidden.at_debug) continue;
    if (text.find(hidden.text) == std::string_view::npos) continue;
    storage.texts.emplace_back(text);
    replace_all(storage.texts.back(), hidden.text, hidden.shown);
    text = storage.texts.back();
  }
  return text;
}

}  // namespace logging
