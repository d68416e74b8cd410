#include "tui/credit_text.h"

#include <fmt/core.h>

#include "tui/numbers.h"

namespace tui {
namespace {

bool is_off(const miner::SampledRate& rate) {
  return rate.against_raw == miner::AgainstRaw::kBelow ||
         rate.against_raw == miner::AgainstRaw::kAbove;
}

std::string three_rates_text(const miner::ThreeRates& rates, const char* unit) {
  return fmt::format("raw {}, verified {}, credited {} {}", scaled(rates.raw),
                     sampled_text(rates.verified), sampled_text(rates.credited), unit);
}

std::string why_off(const char* which, const miner::SampledRate& rate) {
  if (!is_off(rate)) return "";
  const bool below = rate.against_raw == miner::AgainstRaw::kBelow;
  return fmt::format("  !       the {} rate lies {} the raw one by more than chance explains\n",
                     which, below ? "below" : "above");
}

}  // namespace

std::string sampled_text(const miner::SampledRate& rate) {
  std::string text = scaled(rate.per_second);
  if (rate.interval) text += fmt::format(" ({})", interval_text(rate));
  return is_off(rate) ? text + "!" : text;
}

std::string interval_text(const miner::SampledRate& rate) {
  if (!rate.interval) return "";
  return fmt::format("{}..{}", scaled(rate.interval->low), scaled(rate.interval->high));
}

Style sampled_style(const miner::SampledRate& rate) {
  return is_off(rate) ? Style::kWarn : Style::kPlain;
}

std::string h100_text(double mac_per_second) {
  return scaled_small(poc::h100_equivalents(mac_per_second), "H100");
}

std::string checks_text(const miner::CreditChecks& checks) {
  std::string text =
      fmt::format("{} shares proven, {} sprints right", checks.shares, checks.sprints);
  if (checks.unproven != 0) text += fmt::format(", {} not proven", checks.unproven);
  if (checks.wrong != 0) text += fmt::format(", {} WRONG", checks.wrong);
  return text;
}

std::string credit_summary(const miner::Snapshot& s) {
  std::string text;
  if (s.rates) {
    text += fmt::format("  racing: {}, 95 % in brackets\n",
                        three_rates_text(s.rates->nonces, "nonces/s"));
    text += fmt::format("          {}, {:.3g} H100\n", three_rates_text(s.rates->macs, "MAC/s"),
                        poc::h100_equivalents(s.rates->macs.raw));
    text += why_off("verified", s.rates->nonces.verified);
    text += why_off("credited", s.rates->nonces.credited);
  }
  text += fmt::format("  credit: {}\n", checks_text(s.credit_checks));
  if (!s.credit_checks.last_wrong.empty()) {
    text += fmt::format("  wrong:  {}\n", s.credit_checks.last_wrong);
  }
  return text;
}

}  // namespace tui
