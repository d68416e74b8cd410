#include "miner/settings/setting_readers.h"

#include <chrono>
#include <utility>

#include "stratum/redirect.h"

namespace miner {
namespace {

/// The pool that a user and a password belong to.
base::Result<PoolArgument*> last_pool(MiningSettings& into) {
  if (into.mine.pools.empty()) {
    return base::invalid("it belongs to the -o before it, and there is none: write -o URL first");
  }
  return &into.mine.pools.back();
}

}  // namespace

base::Result<std::uint64_t> read_setting_number(const GivenValue& value) {
  return read_number(value.text, value.setting->min, value.setting->max);
}

base::Status read_url(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(std::string url, read_pool_url(value.text));
  into.mine.pools.push_back({std::move(url), "", ""});
  return base::Ok{};
}

base::Status read_pool_user(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(PoolArgument * pool, last_pool(into));
  ASSIGN_OR_RETURN(pool->user, read_user(value.text));
  return base::Ok{};
}

base::Status read_pool_password(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(PoolArgument * pool, last_pool(into));
  ASSIGN_OR_RETURN(pool->password, read_password(value.text));
  return base::Ok{};
}

base::Status read_tls_ca(const GivenValue& value, MiningSettings& into) {
  if (value.text.empty()) return base::invalid("the file's name is empty");
  into.mine.transport.ca_path = value.text;
  return base::Ok{};
}

base::Status read_tls_pin(const GivenValue& value, MiningSettings& into) {
  RETURN_IF_ERROR(stratum::check_pins(value.text));
  into.mine.transport.pins = value.text;
  return base::Ok{};
}

base::Status read_redirect_to(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.transport.redirects, stratum::parse_redirect_hosts(value.text));
  return base::Ok{};
}

base::Status read_node_cookie(const GivenValue& value, MiningSettings& into) {
  if (value.text.empty()) return base::invalid("the file's name is empty");
  into.mine.transport.node_cookie = value.text;
  return base::Ok{};
}

base::Status read_proxy(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.transport.proxy, stratum::parse_proxy_url(value.text));
  return base::Ok{};
}

base::Status read_allow_plaintext(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.transport.allow_plaintext, read_switch(value.text));
  return base::Ok{};
}

base::Status read_profile(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.profile, poc::parse_profile(value.text));
  return base::Ok{};
}

base::Status read_difficulty(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.difficulty, read_setting_number(value));
  return base::Ok{};
}

base::Status read_sprints(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.sprints, read_setting_number(value));
  return base::Ok{};
}

base::Status read_recheck_every(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(const std::uint64_t every, read_setting_number(value));
  into.mine.recheck_every = static_cast<std::uint32_t>(every);
  return base::Ok{};
}

base::Status read_module_folder(const GivenValue& value, MiningSettings& into) {
  if (value.text.empty()) return base::invalid("the folder's name is empty");
  into.devices.module_folder = value.text;
  return base::Ok{};
}

base::Status read_spool(const GivenValue& value, MiningSettings& into) {
  if (value.text.empty()) return base::invalid("the folder's name is empty; none: no spool");
  into.mine.spool = value.text;
  return base::Ok{};
}

base::Status read_no_color(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(into.mine.log.no_color, read_switch(value.text));
  return base::Ok{};
}

base::Status read_log(const GivenValue& value, MiningSettings& into) {
  return logging::flag_of(value.setting->flags).take(into.mine.log, value.text);
}

base::Status read_option(const GivenValue& value, MiningSettings& into) {
  ASSIGN_OR_RETURN(auto assignment, backends::parse_assignment(value.text));
  if (value.source != Source::kFlag) assignment.place = value.place;
  into.devices.options.push_back(std::move(assignment));
  return base::Ok{};
}

}  // namespace miner
