#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "miner/settings/given_settings.h"
#include "miner/settings/mining_settings.h"
#include "miner/settings/read_values.h"

// How each row of the table reads its value (Setting::read). An error says what is wrong with the
// value, not where it stands.
namespace miner {

template <bool MineArguments::*member>
base::Status read_into_switch(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.*member, read_switch(value.text));
  return base::Ok{};
}

template <std::vector<std::string> Selection::*member>
base::Status read_into_list(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(const auto words, read_list(value.text));
  std::vector<std::string>& list = into.devices.selection.*member;
  list.insert(list.end(), words.begin(), words.end());
  return base::Ok{};
}

/// A whole number of seconds, or of milliseconds.
base::Result<std::uint64_t> read_setting_number(const GivenValue& value);

template <base::Micros MineArguments::*member>
base::Status read_into_seconds(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(const std::uint64_t seconds, read_setting_number(value));
  into.mine.*member = std::chrono::seconds(seconds);
  return base::Ok{};
}

template <base::Micros MineArguments::*member>
base::Status read_into_millis(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(const std::uint64_t millis, read_setting_number(value));
  into.mine.*member = std::chrono::milliseconds(millis);
  return base::Ok{};
}

base::Status read_url(const GivenValue& value, MiningSettings& into);
base::Status read_pool_user(const GivenValue& value, MiningSettings& into);
base::Status read_pool_password(const GivenValue& value, MiningSettings& into);
base::Status read_tls_ca(const GivenValue& value, MiningSettings& into);
base::Status read_tls_pin(const GivenValue& value, MiningSettings& into);
base::Status read_redirect_to(const GivenValue& value, MiningSettings& into);
base::Status read_node_cookie(const GivenValue& value, MiningSettings& into);
base::Status read_proxy(const GivenValue& value, MiningSettings& into);
base::Status read_allow_plaintext(const GivenValue& value, MiningSettings& into);
base::Status read_profile(const GivenValue& value, MiningSettings& into);
base::Status read_difficulty(const GivenValue& value, MiningSettings& into);
base::Status read_sprints(const GivenValue& value, MiningSettings& into);
base::Status read_recheck_every(const GivenValue& value, MiningSettings& into);
base::Status read_module_folder(const GivenValue& value, MiningSettings& into);
base::Status read_spool(const GivenValue& value, MiningSettings& into);
base::Status read_no_color(const GivenValue& value, MiningSettings& into);
/// A setting of the log that has a value: as logging/ reads its flag.
base::Status read_log(const GivenValue& value, MiningSettings& into);
base::Status read_option(const GivenValue& value, MiningSettings& into);

}  // namespace miner
