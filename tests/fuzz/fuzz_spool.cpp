// Whatever bytes a spool file holds: its whole lines are read each by itself, a damaged one costs
// nothing but itself, and what is read reads the same when it is written anew.
//
// The first byte chooses: 0: the bytes are a file. Else each line gets its right checksum, so that
// what is behind that is met too.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "miner/crc32c.h"
#include "miner/spool_reader.h"
#include "miner/spool_record.h"

namespace {

namespace spool = miner::spool;

std::vector<std::string> lines_of(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + '\n';
  return all;
}

bool same(const spool::Contents& a, const spool::Contents& b) {
  return a.name == b.name && a.shares == b.shares;
}

void check_line(const std::string& line) {
  const auto record = spool::from_line(line);
  if (!record) return;
  std::string text = spool::to_text(*record);
  if (text.front() == '\n') text.erase(0, 1);
  CHECK(text == line + '\n');  // one spelling each
}

void check_shares(const spool::Contents& contents) {
  std::string anew = spool::to_text(spool::Header{contents.name.value_or("none")});
  miner::SpoolId id = 0;
  for (const miner::SpooledShare& share : contents.shares) {
    CHECK(stratum::is_sprint_id(share.sprint) && share.difficulty >= 1);
    CHECK(share.difficulty <= stratum::kMaxInteger && share.claim.lease <= stratum::kMaxInteger);
    CHECK(share.t_end.time_since_epoch().count() >= 0);
    anew += spool::to_text(spool::Found{++id, share});
  }
  const spool::Contents again = spool::read_spool(anew);
  CHECK(again.shares == contents.shares && again.damaged_lines == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::string> lines = lines_of({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (data[0] != 0) {
    for (std::string& line : lines) line += fmt::format(" crc32c={:08x}", miner::crc32c(line));
  }
  const std::string bytes = joined(lines);
  const spool::Contents contents = spool::read_spool(bytes);
  CHECK(contents.damaged_lines <= lines.size() && contents.shares.size() <= lines.size());
  CHECK(contents.damaged.size() <= std::min(bytes.size(), spool::kMaxDamagedBytes));
  for (const std::string& line : lines) check_line(line);
  check_shares(contents);

  const std::size_t middle = size % (lines.size() + 1);
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(middle), "found 1 damaged");
  const spool::Contents damaged = spool::read_spool(joined(lines));
  CHECK(same(damaged, contents) && damaged.damaged_lines == contents.damaged_lines + 1);
  return 0;
}
