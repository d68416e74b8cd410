#include "pool/cli/payouts_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "pool/wide.h"

namespace pool {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string_view word_of(const Payout& payout) {
  return payout.paid ? "paid" : "exported";
}

/// 128 bits hold the sum of more amounts of 53 than there is memory for.
std::string total(const Payout& payout) {
  Wide sum = 0;
  for (const PayoutItem& item : payout.items) sum += item.amount;
  std::string digits;
  for (; sum > 0; sum /= 10) digits += static_cast<char>('0' + static_cast<int>(sum % 10));
  std::reverse(digits.begin(), digits.end());
  return digits.empty() ? "0" : digits;
}

/// Rows of cells of printable ASCII in aligned columns: names to the left, numbers to the right.
std::string table(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    text += fmt::format("{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) text += fmt::format("  {:>{}}", row[i], widths[i]);
    text += '\n';
  }
  return text;
}

std::string csv(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + row[i];
    text += "\r\n";
  }
  return text;
}

std::string csv_name(const std::string& name) {
  std::string cell = "\"";
  for (const char c : shown_account(name)) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

/// The code point that begins well-formed UTF-8, and what is left.
std::uint32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::uint32_t value = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
  }
  text.remove_prefix(length);
  return value;
}

/// A text as JSON in ASCII; one that is not UTF-8, which no login has, as it is shown.
std::string json(const std::string& text) {
  if (!base::is_utf8(text)) return json(shown_account(text));
  std::string out = "\"";
  for (std::string_view left = text; !left.empty();) {
    const std::uint32_t c = take_code_point(left);
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
    } else if (c < 0x10000) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      const std::uint32_t pair = c - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (pair >> 10), 0xdc00 + (pair & 0x3ff));
    }
  }
  return out + '"';
}

template <class Items, class Show>
std::string json_array(const Items& items, const Show& show) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() == 1 ? "" : ",") + show(item);
  return out + ']';
}

std::string payout_json(const Payout& payout) {
  const auto micros = [](base::UnixTime time) { return time.time_since_epoch().count(); };
  const std::string items = json_array(payout.items, [](const PayoutItem& item) {
    return fmt::format(R"({{"account":{},"amount":{}}})", json(item.account), item.amount);
  });
  return fmt::format(
      R"({{"id":{},"state":"{}","minimum":{},"exported_us":{},"paid_us":{},"total":{},"items":{}}})",
      payout.id, word_of(payout), payout.minimum, micros(payout.exported_at),
      payout.paid ? std::to_string(micros(payout.paid_at)) : "null", total(payout), items);
}

std::string payout_text(const Payout& payout) {
  Rows rows = {{"account", "amount"}};
  for (const auto& [account, amount] : payout.items) {
    rows.push_back({shown_account(account), std::to_string(amount)});
  }
  rows.push_back({"total", total(payout)});
  const std::string next =
      payout.paid ? "" : fmt::format("; once it is paid: --confirm {}", payout.id);
  return fmt::format("payout {} ({}{})\n", payout.id, word_of(payout), next) + table(rows);
}

std::string payout_csv(const std::optional<Payout>& payout) {
  Rows rows = {{"payout", "state", "account", "amount"}};
  if (!payout) return csv(rows);
  for (const auto& [account, amount] : payout->items) {
    rows.push_back({std::to_string(payout->id), std::string(word_of(*payout)), csv_name(account),
                    std::to_string(amount)});
  }
  return csv(rows);
}

std::string balances_json(const std::vector<Balance>& balances, const TrialBalance& trial) {
  const std::string all = json_array(balances, [](const Balance& one) {
    return fmt::format(R"({{"account":{},"held":{},"due":{},"exported":{},"paid":{}}})",
                       json(one.account), one.held, one.due, one.exported, one.paid);
  });
  return fmt::format(
      R"({{"balances":{},"rewards":{},"fee":{},"held":{},"due":{},"exported":{},"paid":{},)"
      R"("faults":{}}})",
      all, trial.rewards, trial.fee, trial.held, trial.due, trial.exported, trial.paid,
      json_array(trial.faults, json));
}

std::string balances_text(const Rows& rows, const TrialBalance& trial) {
  std::string text = rows.size() > 1 ? table(rows) : "nobody has earned anything\n";
  text += fmt::format("rewards {} = fee {} + held {} + due {} + exported {} + paid {}\n",
                      trial.rewards, trial.fee, trial.held, trial.due, trial.exported, trial.paid);
  for (const std::string& fault : trial.faults) text += "fault: " + fault + '\n';
  return text;
}

}  // namespace

std::string shown_account(const std::string& name) {
  constexpr std::string_view kFormulas = "=+-@";
  const std::size_t longest = 4 * name.size();  // nothing is cut
  if (name.empty() || kFormulas.find(name[0]) == std::string_view::npos) {
    return base::printable(name, longest);
  }
  return fmt::format("\\x{:02x}", static_cast<std::uint8_t>(name[0])) +
         base::printable(name.substr(1), longest);
}

std::string show_payout(const std::optional<Payout>& payout, PayoutsFormat format) {
  switch (format) {
    case PayoutsFormat::kJson:
      return "{\"payout\":" + (payout ? payout_json(*payout) : "null") + "}\n";
    case PayoutsFormat::kCsv:
      return payout_csv(payout);
    case PayoutsFormat::kText:
      break;
  }
  return payout ? payout_text(*payout) : "nothing is due\n";
}

std::string show_balances(const std::vector<Balance>& balances, const TrialBalance& trial,
                          PayoutsFormat format) {
  if (format == PayoutsFormat::kJson) return balances_json(balances, trial) + '\n';
  const bool is_csv = format == PayoutsFormat::kCsv;
  Rows rows = {{"account", "held", "due", "exported", "paid"}};
  for (const auto& [account, held, due, exported, paid] : balances) {
    rows.push_back({is_csv ? csv_name(account) : shown_account(account), std::to_string(held),
                    std::to_string(due), std::to_string(exported), std::to_string(paid)});
  }
  return is_csv ? csv(rows) : balances_text(rows, trial);
}

}  // namespace pool
