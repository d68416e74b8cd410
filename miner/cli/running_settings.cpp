#include "miner/cli/running_settings.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/nearest.h"

namespace miner {
namespace {

constexpr const char* kPlace = "the screen";

/// Whether a change of the group applies to the run. Pools do between pools: a solo run goes on as
/// one, and so does one that the file now wants to be solo.
bool is_live(std::string_view group, bool solo_before, bool solo_after) {
  if (group == kPoolsKey) return !solo_before && !solo_after;
  return setting_of(group).live;
}

base::Result<const Setting*> find_settable(const std::string& key) {
  std::vector<std::string> settable;
  for (const Setting& setting : settings_table()) {
    const bool taken = setting.live && !setting.of_pool;
    if (taken && setting.key == key) return &setting;
    if (taken) settable.emplace_back(setting.key);
    if (!setting.of_pool && setting.key == key) {
      return base::invalid(key + " takes effect at the next start only: write it into the file");
    }
  }
  const auto meant = base::nearest(key, settable);
  return base::invalid("'" + base::printable(key, 64) + "' cannot be set here" +
                       (meant ? "; did you mean " + *meant + "?" : ""));
}

}  // namespace

RunningSettings::RunningSettings(Configuration running, Apply apply, base::LogSink& sink)
    : path_(running.path),
      solo_(running.settings.settings().mine.solo),
      apply_(std::move(apply)),
      log_(sink, "config"),
      now_(std::move(running)),
      last_text_(now_.text) {}

Configuration RunningSettings::now() const {
  base::MutexLock lock(mutex_);
  return now_;
}

void RunningSettings::expect(std::optional<std::string> text) {
  base::MutexLock lock(mutex_);
  expected_ = std::move(text);
}

void RunningSettings::read_again(bool asked) {
  const auto file = settings::load_config(path_);
  const News news = look_at(file, asked);
  tell(news);
  const bool live = std::any_of(news.changed.begin(), news.changed.end(),
                                [](const auto& group) { return group.second; });
  const bool pools =
      std::count(news.changed.begin(), news.changed.end(), std::pair(kPoolsKey, true)) != 0;
  if (live) hand_on(pools);
}

RunningSettings::News RunningSettings::look_at(const base::Result<settings::ConfigText>& file,
                                               bool asked) {
  base::MutexLock lock(mutex_);
  const std::string_view nothing_new = asked ? "nothing new" : "";
  if (!file.ok()) {
    unreadable_ = true;
    return refuse(file.message(), asked);
  }
  if (std::exchange(unreadable_, false)) last_fault_.clear();
  if (file->text == last_text_) return {"", nothing_new, {}, {}};
  last_text_ = file->text;
  const bool expected = std::exchange(expected_, std::nullopt) == file->text;
  auto next = configure_again(now_, *file);
  if (!next.ok()) return refuse(next.message(), true);
  const base::Status good = check_mining(next->settings);
  if (!good.ok()) return refuse(good.message(), true);
  last_fault_.clear();
  if (!expected) return take(std::move(next).value());
  now_ = std::move(next).value();
  return {"", nothing_new, {}, {}};
}

/// Says it once, and again when asked.
RunningSettings::News RunningSettings::refuse(const std::string& why, bool asked) {
  if (why == last_fault_ && !asked) return {};
  last_fault_ = why;
  return {why, "", {}, {}};
}

RunningSettings::News RunningSettings::take(Configuration next) {
  News news;
  news.warnings = next.warnings;
  const bool solo = next.settings.settings().mine.solo;
  for (const std::string_view group : changed_groups(now_.settings, next.settings)) {
    news.changed.emplace_back(group, is_live(group, solo_, solo));
  }
  if (news.changed.empty()) news.word = "read again, no setting changed";
  now_ = std::move(next);
  return news;
}

void RunningSettings::tell(const News& news) const {
  if (!news.refused.empty()) {
    log_.warn("refused, the settings stay as they are", {{"reason", news.refused}});
  }
  for (const std::string& warning : news.warnings) {
    log_.warn("configuration", {{"warning", warning}});
  }
  for (const auto& [group, live] : news.changed) {
    log_.info(live ? "setting changed" : "setting takes effect at the next start",
              {{"setting", group}, {"file", path_}});
  }
  if (!news.word.empty()) log_.info(news.word, {{"file", path_}});
}

base::Status RunningSettings::set(const std::string& key, const std::string& value) {
  ASSIGN_OR_RETURN(const Setting* setting, find_settable(key));
  std::vector<std::string_view> changed;
  {
    base::MutexLock lock(mutex_);
    Configuration next = now_;
    const base::Status read = next.screen.add({setting, value, Source::kScreen, kPlace});
    if (!read.ok()) return base::invalid(key + ": " + read.message());
    if (key == "log-level") {  // which `verbose` would outdo
      CHECK(next.screen.add({&setting_of("verbose"), "false", Source::kScreen, kPlace}).ok());
    }
    next.settings = merged(next);
    changed = changed_groups(now_.settings, next.settings);
    now_ = std::move(next);
  }
  for (const std::string_view group : changed) {
    log_.info("setting changed", {{"setting", group}, {"by", kPlace}});
  }
  if (!changed.empty()) hand_on(false);
  return base::Ok{};
}

/// Applies what counts now. If another thread is at it, that one does: so what is applied last is
/// what was taken last.
void RunningSettings::hand_on(bool pools_changed) {
  {
    base::MutexLock lock(mutex_);
    to_apply_ = true;
    pools_to_apply_ = pools_to_apply_ || pools_changed;
    if (std::exchange(applying_, true)) return;
  }
  for (;;) {
    MineArguments settings;
    bool pools = false;
    {
      base::MutexLock lock(mutex_);
      applying_ = std::exchange(to_apply_, false);
      if (!applying_) return;
      pools = std::exchange(pools_to_apply_, false);
      settings = now_.settings.settings().mine;
    }
    apply_(settings, pools);
  }
}

}  // namespace miner
