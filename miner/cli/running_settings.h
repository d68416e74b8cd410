#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "miner/settings/configuration.h"

namespace miner {

/// The configuration of the run, while it runs: reads its file again, takes what the screen sets,
/// and hands on what is live. Any thread; nothing is called with the lock held.
class RunningSettings {
 public:
  /// Takes the settings of a configuration that is good; called when a live one changed, by one
  /// thread at a time, the last time with what counts then. The sink outlives it.
  using Apply = std::function<void(const MineArguments& settings, bool pools_changed)>;
  RunningSettings(Configuration running, Apply apply, base::LogSink& sink);

  /// Reads the file, if it has another content than before. A bad one is one warning, and
  /// everything stays as it is; of a good one the live settings apply, and the others are named.
  /// `asked`: somebody waits for an answer, also when there is nothing new.
  void read_again(bool asked) EXCLUDES(mutex_);

  /// Sets a live setting, but no pool, for the rest of the run: no file changes it any more. An
  /// error is one line, and changes nothing.
  base::Status set(const std::string& key, const std::string& value) EXCLUDES(mutex_);

  /// The file is about to get this content, which says what is running already; nothing: not after
  /// all.
  void expect(std::optional<std::string> text) EXCLUDES(mutex_);

  /// As last read and set, and found good.
  Configuration now() const EXCLUDES(mutex_);

 private:
  /// What came of a look at the file: what is to be said, and done.
  struct News {
    std::string refused;    // why
    std::string_view word;  // of a file that changes nothing
    std::vector<std::string> warnings;
    std::vector<std::pair<std::string_view, bool>> changed;  // groups, and whether each is live
  };

  News look_at(const base::Result<settings::ConfigText>& file, bool asked) EXCLUDES(mutex_);
  News refuse(const std::string& why, bool asked) REQUIRES(mutex_);
  News take(Configuration next) REQUIRES(mutex_);
  void tell(const News& news) const;
  void hand_on(bool pools_changed) EXCLUDES(mutex_);

  const std::string path_;
  const bool solo_;  // the run is one against the pool inside
  const Apply apply_;
  const base::Log log_;

  mutable base::Mutex mutex_;
  Configuration now_ GUARDED_BY(mutex_);
  std::string last_text_ GUARDED_BY(mutex_);    // of the file, good or bad
  std::string last_fault_ GUARDED_BY(mutex_);   // of a file that could not be read or was bad
  bool unreadable_ GUARDED_BY(mutex_) = false;  // when it was looked at last
  std::optional<std::string> expected_ GUARDED_BY(mutex_);
  bool applying_ GUARDED_BY(mutex_) = false;  // some thread is about to call apply_, or in it
  bool to_apply_ GUARDED_BY(mutex_) = false;
  bool pools_to_apply_ GUARDED_BY(mutex_) = false;
};

}  // namespace miner
