#include "miner/spool_file.h"

#include <cstdio>
#include <optional>
#include <set>

#include "miner/spool_folder.h"
#include "miner/spool_reader.h"
#include "miner/spool_record.h"
#include "poc/keys.h"

namespace miner::spool {
namespace {

constexpr std::size_t kMaxRead = std::size_t{64} << 20;
constexpr std::size_t kMaxBatch = std::size_t{1} << 20;
constexpr std::size_t kEmptyAbove = std::size_t{64} << 10;
constexpr std::size_t kRewriteAbove = std::size_t{1} << 20;
constexpr auto kShareLives = std::chrono::hours(24);  // a pool forgets a sprint then
constexpr auto kTellEvery = std::chrono::minutes(1);

/// What stands for a pool's name in its header: the name, or where that is too long its beginning
/// and its hash.
std::string name_in_header(const std::string& pool) {
  if (pool.size() <= kMaxNameBytes) return pool;
  const std::string hash = base::to_hex(poc::sha256(base::as_bytes(pool)));
  return pool.substr(0, kMaxNameBytes - hash.size()) + hash;
}

}  // namespace

SpoolFile::SpoolFile(std::string folder, std::string pool, SyncThread& sync, DiskCalls disk,
                     base::LogSink& sink, base::SteadyWallClock clock)
    : folder_(std::move(folder)),
      pool_(std::move(pool)),
      header_(name_in_header(pool_)),
      sync_(sync),
      disk_(std::move(disk)),
      log_(sink, "spool"),
      clock_(clock) {}

SpoolFile::~SpoolFile() {
  if (unsynced_) sync_.want(file_);
  if (file_) unlock(*file_);  // not only once it is synced
}

std::vector<std::pair<SpoolId, SpooledShare>> SpoolFile::open(
    const std::function<SpoolId()>& new_id) {
  owner_.assert_here();
  const base::UnixTime oldest = clock_.now() - kShareLives;
  std::vector<std::pair<SpoolId, SpooledShare>> left;
  std::set<std::string> seen;  // a crash between two files leaves a share in both
  std::uint64_t too_old = 0;
  for (SpooledShare& share : adopt()) {
    if (!seen.insert(to_text(Found{0, share})).second) continue;
    if (share.t_end < oldest) {
      ++too_old;
      continue;
    }
    const SpoolId id = new_id();
    open_[id] = share;
    left.emplace_back(id, std::move(share));
  }
  if (too_old != 0) log_.info("shares of sprints long over were dropped", {{"shares", too_old}});
  const base::Status made = make();
  if (!made.ok()) fault(made.message(), 0);
  return left;
}

/// Locks every file of this pool that nobody has, and reads it. The first becomes ours.
std::vector<SpooledShare> SpoolFile::adopt() {
  std::vector<SpooledShare> shares;
  for (int number = 0; number < kMaxFiles; ++number) {
    const std::string path = folder_ + "/" + file_name_of(pool_, number);
    const auto locked = lock_existing(path);
    if (!locked.ok()) {
      log_.warn("a spool is left alone", {{"file", path}, {"reason", locked.message()}});
      continue;
    }
    if (!locked.value()) continue;
    bool foreign = false;
    for (SpooledShare& share : read(*locked.value(), path, foreign)) {
      shares.push_back(std::move(share));
    }
    if (foreign) continue;
    if (file_) {
      adopted_.emplace_back(path, locked.value());
    } else {
      path_ = path;
      file_ = locked.value();
    }
  }
  return shares;
}

/// `foreign`: it is not to be touched, since it cannot be read, or is another pool's.
std::vector<SpooledShare> SpoolFile::read(const OpenFile& file, const std::string& path,
                                          bool& foreign) {
  const auto bytes = read_up_to(file, kMaxRead);
  if (!bytes.ok()) {
    foreign = true;
    log_.warn("a spool is left alone", {{"file", path}, {"reason", bytes.message()}});
    return {};
  }
  Contents contents = read_spool(bytes.value());
  foreign = contents.name && contents.name != header_;
  if (foreign) return {};
  if (size_of(file) > kMaxRead) ++contents.damaged_lines;
  if (contents.damaged_lines != 0) keep_damaged(path, contents.damaged, contents.damaged_lines);
  return std::move(contents.shares);
}

void SpoolFile::keep_damaged(const std::string& path, std::string_view text, std::size_t lines) {
  const std::string aside = path + std::string(kDamagedSuffix);
  const base::Status kept = append_bounded(disk_, aside, text, kMaxDamagedBytes);
  log_.warn("lines of a spool cannot be read",
            {{"file", path}, {"lines", lines}, {"kept_in", kept.ok() ? aside : kept.message()}});
}

void SpoolFile::found(SpoolId id, const SpooledShare& share) {
  owner_.assert_here();
  const std::string text = to_text(Found{id, share});
  DCHECK(from_line(std::string_view(text).substr(1, text.size() - 2)) == Record(Found{id, share}));
  open_[id] = share;
  batch_ += text;
  ++gathered_;
}

void SpoolFile::settled(SpoolId id) {
  owner_.assert_here();
  if (open_.erase(id) != 0) batch_ += to_text(Settled{id});
}

void SpoolFile::flush() {
  owner_.assert_here();
  if (batch_.empty()) return;
  const base::Status wrote = write();
  if (wrote.ok()) {
    recovered();
  } else {
    fault(wrote.message(), gathered_);
  }
  gathered_ = 0;
}

base::Status SpoolFile::write() {
  const int sync_error = file_ ? file_->take_sync_error() : 0;
  if (sync_error != 0) {
    // The system has dropped what it could not bring to the disk, and says so once.
    made_ = false;
    fault(reason_of(sync_error), 0);
  }
  if (!made_ || !is_at(*file_, path_) || size_of(*file_) != size_) return make();
  base::Status appended = append(disk_, *file_, size_, batch_);
  if (appended.ok()) {
    size_ += batch_.size();
    batch_.clear();
    unsynced_ = true;
    if (gathered_ != 0) sync_.want(file_);
    return appended;
  }
  size_ = size_of(*file_);
  if (batch_.size() > kMaxBatch) {  // what it says is in open_, too
    batch_.clear();
    made_ = false;
  }
  return appended;
}

/// Writes everything that is open into a new file, which takes the place of ours.
base::Status SpoolFile::make() {
  if (!file_ || !is_at(*file_, path_)) RETURN_IF_ERROR(claim());
  const std::string text = whole_text();
  const std::string beside = path_ + std::string(kNewSuffix);
  ASSIGN_OR_RETURN(FilePtr fresh, write_locked(disk_, beside, text));
  RETURN_IF_ERROR(put_in_place(beside, path_));
  sync_folder(disk_, folder_);
  file_ = std::move(fresh);
  made_ = true;
  size_ = whole_ = text.size();
  batch_.clear();
  unsynced_ = false;
  drop_adopted();
  return base::Ok{};
}

/// Makes an empty file under the first name that is free.
base::Status SpoolFile::claim() {
  made_ = false;
  RETURN_IF_ERROR(make_folder(folder_));
  for (int number = 0; number < kMaxFiles; ++number) {
    const std::string path = folder_ + "/" + file_name_of(pool_, number);
    ASSIGN_OR_RETURN(FilePtr mine, create_locked(path));
    if (!mine) continue;
    path_ = path;
    file_ = std::move(mine);
    return base::Ok{};
  }
  return base::io_error("all names for it are taken");
}

/// All that was in them is in our file, on the disk.
void SpoolFile::drop_adopted() {
  for (const auto& [path, file] : adopted_) {
    if (is_at(*file, path)) std::remove(path.c_str());
  }
  adopted_.clear();
}

std::string SpoolFile::whole_text() const {
  std::string text = to_text(Header{header_});
  for (const auto& [id, share] : open_) text += to_text(Found{id, share});
  return text;
}

void SpoolFile::tidy() {
  owner_.assert_here();
  if (!made_ || !batch_.empty()) return;
  const bool empty = open_.empty() && size_ > kEmptyAbove;
  const bool grown = size_ > kRewriteAbove && size_ / 4 > whole_;
  if (!empty && !grown) return;
  const std::size_t header = to_text(Header{header_}).size();
  if (empty && truncate_to(*file_, header)) {
    size_ = whole_ = header;
    return;
  }
  const base::Status made = make();
  if (made.ok()) return;
  whole_ = size_;  // not again before it has grown as much once more
  fault(made.message(), 0);
}

/// A share that is not kept is sent all the same, and lives as long as this process.
void SpoolFile::fault(const std::string& reason, std::uint64_t shares) {
  failing_ = true;
  unkept_ += shares;
  const base::UnixTime now = clock_.now();
  const auto [told, is_new] = told_.try_emplace(reason, now);
  if (!is_new && now < told->second + kTellEvery) return;
  told->second = now;
  const std::string file = path_.empty() ? folder_ + "/" + file_name_of(pool_, 0) : path_;
  const auto count = unkept_ != 0 ? std::optional(unkept_) : std::nullopt;
  log_.warn("found shares are not kept on disk",
            {{"file", file}, {"reason", reason}, {"shares", count}});
  unkept_ = 0;
}

void SpoolFile::recovered() {
  if (!failing_) return;
  failing_ = false;
  unkept_ = 0;
  log_.info("found shares are kept on disk again", {{"file", path_}});
}

}  // namespace miner::spool
