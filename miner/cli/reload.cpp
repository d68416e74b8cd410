#include "miner/cli/reload.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

/// Whether a change of the group applies to the run. Pools do between pools: a solo run goes on as
/// one, and so does one that the file now wants to be solo.
bool is_live(std::string_view group, bool solo_before, bool solo_after) {
  if (group == kPoolsKey) return !solo_before && !solo_after;
  return setting_of(group).live;
}

}  // namespace

Reload::Reload(Configuration running, Apply apply, base::LogSink& sink)
    : solo_(running.settings.settings().mine.solo),
      now_(std::move(running)),
      apply_(std::move(apply)),
      log_(sink, "config"),
      last_text_(now_.text) {}

void Reload::read_again(bool asked) {
  const auto file = load_config(now_.path);
  if (!file.ok()) {
    unreadable_ = true;
    return refuse(file.message(), asked);
  }
  if (std::exchange(unreadable_, false)) last_fault_.clear();
  if (file->text == last_text_) {
    if (asked) log_.info("nothing new", {{"file", now_.path}});
    return;
  }
  last_text_ = file->text;
  auto next = configure_again(now_, *file);
  if (!next.ok()) return refuse(next.message(), true);
  const base::Status good = check_mining(next->settings);
  if (!good.ok()) return refuse(good.message(), true);
  last_fault_.clear();
  take(std::move(next).value());
}

/// Says it once, and again when asked.
void Reload::refuse(const std::string& why, bool asked) {
  if (why == last_fault_ && !asked) return;
  last_fault_ = why;
  log_.warn("refused, the settings stay as they are", {{"reason", why}});
}

void Reload::take(Configuration next) {
  for (const std::string& warning : next.warnings)
    log_.warn("configuration", {{"warning", warning}});
  const MineArguments& after = next.settings.settings().mine;
  const auto changed = changed_groups(now_.settings, next.settings);
  bool any_live = false;
  bool pools = false;
  for (const std::string_view group : changed) {
    const bool live = is_live(group, solo_, after.solo);
    any_live = any_live || live;
    pools = pools || (live && group == kPoolsKey);
    tell(group, live);
  }
  if (changed.empty()) {
    log_.info("read again, no setting changed", {{"file", now_.path}});
  }
  if (any_live) apply_(after, pools);
  now_ = std::move(next);
}

void Reload::tell(std::string_view group, bool live) const {
  log_.info(live ? "setting changed" : "setting takes effect at the next start",
            {{"setting", group}, {"file", now_.path}});
}

}  // namespace miner
