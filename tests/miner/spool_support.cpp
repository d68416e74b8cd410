#include "tests/miner/spool_support.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <ostream>
#include <thread>

#include "base/bytes.h"
#include "miner/spool_record.h"
#include "tests/miner/support.h"

namespace tests {

using miner::SpooledShare;
using miner::SpoolId;
using miner::SpoolNews;

base::UnixTime spool_start() {
  return base::UnixTime(std::chrono::seconds(1'700'000'000));
}

SpooledShare make_share(std::uint64_t number) {
  SpooledShare share;
  share.sprint = "s-" + std::to_string(number % 7);
  share.claim = {number % 5, number * 0x9e3779b97f4a7c15,
                 bytes_of(static_cast<std::uint8_t>(number))};
  share.difficulty = 1000 + number;
  share.t_end = spool_start() + std::chrono::minutes(1);
  return share;
}

SpooledShare random_share(std::mt19937_64& random) {
  const auto up_to = [&](std::uint64_t max) { return random() % (max + 1); };
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  SpooledShare share;
  for (std::uint64_t i = 1 + up_to(31); i > 0; --i) share.sprint += kLetters[up_to(36)];
  share.claim.lease = random() % 2 == 0 ? up_to(9) : up_to(stratum::kMaxInteger);
  share.claim.nonce = random();
  for (auto& byte : share.claim.digest) byte = static_cast<std::uint8_t>(random());
  share.difficulty = std::max<std::uint64_t>(1, up_to(stratum::kMaxInteger));
  share.t_end = base::UnixTime(base::Micros(up_to(stratum::kMaxInteger)));
  return share;
}

bool FaultyDisk::interrupted() {
  if (interruptions <= 0) return false;
  --interruptions;
  errno = EINTR;
  return true;
}

miner::spool::DiskCalls FaultyDisk::calls() {
  miner::spool::DiskCalls calls;
  calls.write = [this](int fd, const void* data, std::size_t size) -> ssize_t {
    if (interrupted()) return -1;
    const int error = write_error != 0 ? write_error.load() : room <= 0 ? ENOSPC : 0;
    if (error != 0) {
      errno = error;
      return -1;
    }
    const std::size_t fits = std::min<std::size_t>(most, static_cast<std::size_t>(room.load()));
    const ssize_t wrote = ::write(fd, data, std::min(size, fits));
    if (wrote > 0) room -= wrote;
    ++writes;
    return wrote;
  };
  calls.fdatasync = [this](int fd) {
    ++data_syncs;
    while (hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (interrupted()) return -1;
    if (sync_error == 0) return ::fdatasync(fd);
    errno = sync_error;
    return -1;
  };
  return calls;
}

void NewsBox::put(SpoolNews news) {
  base::MutexLock lock(mutex_);
  news_.push_back(std::move(news));
}

std::vector<SpoolNews> NewsBox::all() const {
  base::MutexLock lock(mutex_);
  return news_;
}

SpoolId NewsBox::written() const {
  SpoolId last = 0;
  for (const SpoolNews& news : all()) {
    if (const auto* written = std::get_if<miner::spool::Written>(&news)) last = written->up_to;
  }
  return last;
}

std::vector<SpooledShare> NewsBox::left(std::size_t pool) const {
  for (const SpoolNews& news : all()) {
    const auto* left = std::get_if<miner::spool::Left>(&news);
    if (left != nullptr && left->pool == pool) return shares_of(left->shares);
  }
  return {};
}

bool NewsBox::wait_opened(std::size_t pool) const {
  return eventually([&] {
    const auto news = all();
    return std::any_of(news.begin(), news.end(), [&](const SpoolNews& each) {
      const auto* left = std::get_if<miner::spool::Left>(&each);
      return left != nullptr && left->pool == pool;
    });
  });
}

bool NewsBox::wait_written(SpoolId id) const {
  return eventually([&] { return written() >= id; });
}

std::vector<SpooledShare> shares_of(const std::vector<std::pair<SpoolId, SpooledShare>>& left) {
  std::vector<SpooledShare> shares;
  shares.reserve(left.size());
  for (const auto& [id, share] : left) shares.push_back(share);
  return shares;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tests

namespace miner {
void PrintTo(const SpooledShare& share, std::ostream* out) {
  *out << spool::to_text(spool::Found{0, share});
}
}  // namespace miner
