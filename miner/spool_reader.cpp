#include "miner/spool_reader.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "miner/spool_record.h"

namespace miner::spool {
namespace {

class Reader {
 public:
  void take(std::string_view line) {
    if (line.empty()) return;
    auto record = from_line(line);
    const bool good =
        record && std::visit([this](auto& each) { return apply(std::move(each)); }, *record);
    if (!good) keep_damaged(line);
  }

  Contents finish() {
    for (auto& share : found_) {
      if (share) contents_.shares.push_back(std::move(*share));
    }
    return std::move(contents_);
  }

 private:
  bool apply(Header header) {
    if (contents_.name && contents_.name != header.name) return false;
    contents_.name = std::move(header.name);
    return true;
  }

  /// An id that comes again with another share is a fault of ours; both shares are kept then.
  bool apply(Found found) {
    const auto known = open_.find(found.id);
    if (known != open_.end() && found_[known->second] == found.share) return true;
    open_[found.id] = found_.size();
    found_.emplace_back(std::move(found.share));
    return true;
  }

  /// Its share's line may be one of the damaged.
  bool apply(Settled settled) {
    const auto known = open_.find(settled.id);
    if (known == open_.end()) return true;
    found_[known->second].reset();
    open_.erase(known);
    return true;
  }

  void keep_damaged(std::string_view line) {
    ++contents_.damaged_lines;
    const std::size_t room = kMaxDamagedBytes - contents_.damaged.size();
    contents_.damaged += line.substr(0, room);
    if (room > line.size()) contents_.damaged += '\n';
  }

  Contents contents_;
  std::vector<std::optional<SpooledShare>> found_;
  std::unordered_map<SpoolId, std::size_t> open_;  // where each is in found_
};

}  // namespace

Contents read_spool(std::string_view bytes) {
  Reader reader;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    reader.take(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return reader.finish();
}

}  // namespace miner::spool
