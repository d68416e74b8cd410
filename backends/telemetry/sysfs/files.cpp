#include "backends/telemetry/sysfs/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/bytes.h"

namespace backends::sysfs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;
constexpr std::int64_t kMostMemoryBytes = std::int64_t{1} << 50;
constexpr std::string_view kBlanks = " \t\r\n";

/// An open file, closed at the end.
class File {
 public:
  // Not to wait for whatever else may lie there.
  explicit File(const Path& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  /// Bytes read into `out` from `at` on; 0 at the end; negative: it does not answer.
  ssize_t read_into(std::string& out, std::size_t at) const {
    ssize_t count = 0;
    do {
      count = read(descriptor_, out.data() + at, out.size() - at);
    } while (count < 0 && errno == EINTR);
    return count;
  }

 private:
  const int descriptor_;
};

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::optional<std::string> read_start(const Path& file, std::size_t most) {
  const File open_file(file);
  if (!open_file.is_open()) return std::nullopt;
  std::string out(most, '\0');
  std::size_t size = 0;
  while (size < most) {
    const ssize_t count = open_file.read_into(out, size);
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  out.resize(size);
  return out;
}

std::optional<std::string> read_text(const Path& file) {
  auto text = read_start(file, kPage);
  if (text) text->erase(text->find_last_not_of(kBlanks) + 1);
  return text;
}

std::optional<std::int64_t> read_integer(const Path& file) {
  const auto text = read_text(file);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, fault] = std::from_chars(text->data(), end, value);
  if (fault != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::optional<double> read_scaled(const Path& file, const Scale& scale) {
  const auto raw = read_integer(file);
  if (!raw) return std::nullopt;
  const double value = static_cast<double>(*raw) / scale.units;
  if (value < scale.least || value > scale.most) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_bytes(const Path& file) {
  const auto bytes = read_integer(file);
  if (!bytes || *bytes < 0 || *bytes >= kMostMemoryBytes) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

std::vector<std::string> numbered(const Path& folder, std::string_view prefix) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code fault;
  fs::directory_iterator at(folder, fault);
  for (; !fault && at != fs::directory_iterator(); at.increment(fault)) {
    std::string name = at->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const auto number = base::u64_from_decimal(std::string_view(name).substr(prefix.size()));
    if (number) found.emplace_back(*number, std::move(name));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& entry : found) names.push_back(std::move(entry.second));
  return names;
}

std::optional<std::string> value_of(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t split = line.find(separator);
    if (split == std::string_view::npos || without_blanks(line.substr(0, split)) != key) continue;
    return std::string(without_blanks(line.substr(split + 1)));
  }
  return std::nullopt;
}

}  // namespace backends::sysfs
