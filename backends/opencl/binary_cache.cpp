#include "backends/opencl/binary_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "poc/keys.h"

namespace backends::opencl {
namespace {

constexpr std::string_view kMagic = "sprintminer opencl program 1\n";
constexpr std::size_t kHeaderBytes = kMagic.size() + 32 + 32;  ///< and key, and checksum
constexpr std::size_t kLargestFile = 256 << 20;

constexpr std::string_view kBinarySuffix = ".bin";
constexpr std::string_view kTemporarySuffix = ".XXXXXX";  ///< as mkostemp wants it
constexpr std::chrono::hours kForgottenAfter{24};

/// Whether a file of that name was begun here: a key's name, and six letters after it.
bool is_temporary(const std::string& name) {
  constexpr std::size_t kKeyLetters = 2 * std::tuple_size_v<base::Bytes32>;
  return name.size() == kKeyLetters + kBinarySuffix.size() + kTemporarySuffix.size() &&
         name.find_first_not_of("0123456789abcdef") == kKeyLetters &&
         name.compare(kKeyLetters, kBinarySuffix.size() + 1, std::string(kBinarySuffix) + ".") == 0;
}

/// A file descriptor that is closed with its owner.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  const int number_;
};

bool read_all(int file, std::span<std::uint8_t> to) {
  while (!to.empty()) {
    const ssize_t got = read(file, to.data(), to.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool write_all(int file, std::span<const std::uint8_t> from) {
  while (!from.empty()) {
    const ssize_t put = write(file, from.data(), from.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from = from.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

/// A plain file of this user, whole; nothing where it is anything else.
std::optional<std::vector<std::uint8_t>> read_file(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat state {};
  if (!file.is_open() || fstat(file.number(), &state) != 0) return std::nullopt;
  if (!S_ISREG(state.st_mode) || state.st_uid != geteuid()) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(state.st_size);
  if (size <= kHeaderBytes || size > kLargestFile) return std::nullopt;
  std::vector<std::uint8_t> bytes(size);
  if (!read_all(file.number(), bytes)) return std::nullopt;
  return bytes;
}

void make_folders(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    mkdir(path.substr(0, end).c_str(), 0700);  // that it is there already is fine
    if (end == std::string::npos) return;
  }
}

std::vector<std::uint8_t> header(const base::Bytes32& key, std::span<const std::uint8_t> binary) {
  const auto magic = base::as_bytes(kMagic);
  const base::Bytes32 checksum = poc::sha256(binary);
  std::vector<std::uint8_t> out(magic.begin(), magic.end());
  out.insert(out.end(), key.begin(), key.end());
  out.insert(out.end(), checksum.begin(), checksum.end());
  return out;
}

}  // namespace

std::string BinaryCache::path_of(const base::Bytes32& key) const {
  return folder_ + "/" + base::to_hex(key) + std::string(kBinarySuffix);
}

void BinaryCache::tidy() const {
  if (folder_.empty()) return;
  const auto now = std::filesystem::file_time_type::clock::now();
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder_, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (!is_temporary(entry->path().filename().string())) continue;
    std::error_code unknown;
    const auto written = entry->last_write_time(unknown);
    if (!unknown && now - written > kForgottenAfter) unlink(entry->path().c_str());
  }
}

std::optional<std::vector<std::uint8_t>> BinaryCache::load(const base::Bytes32& key) const {
  if (folder_.empty()) return std::nullopt;
  auto bytes = read_file(path_of(key));
  if (!bytes) return std::nullopt;
  const auto binary = std::span<const std::uint8_t>(*bytes).subspan(kHeaderBytes);
  const auto expected = header(key, binary);
  if (!std::equal(expected.begin(), expected.end(), bytes->begin())) return std::nullopt;
  return std::vector<std::uint8_t>(binary.begin(), binary.end());
}

void BinaryCache::store(const base::Bytes32& key, std::span<const std::uint8_t> binary) const {
  if (folder_.empty() || binary.empty() || binary.size() > kLargestFile - kHeaderBytes) return;
  make_folders(folder_);
  std::string temporary = path_of(key) + std::string(kTemporarySuffix);
  bool is_whole = false;
  {
    const File file(mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return;
    is_whole = write_all(file.number(), header(key, binary)) && write_all(file.number(), binary);
  }
  if (!is_whole || std::rename(temporary.c_str(), path_of(key).c_str()) != 0) {
    unlink(temporary.c_str());
  }
}

std::string cache_folder(const std::string& option,
                         const std::function<const char*(const char*)>& environment) {
  if (option == "off") return "";
  if (!option.empty()) return option;
  const char* caches = environment("XDG_CACHE_HOME");
  if (caches != nullptr && caches[0] == '/') return std::string(caches) + "/sprintminer/opencl";
  const char* home = environment("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/sprintminer/opencl";
  return "";
}

base::Status check_cache_option(const std::string& option) {
  if (option.empty() || option == "off" || option[0] == '/') return base::Ok{};
  return base::invalid("neither an absolute path nor 'off'");
}

}  // namespace backends::opencl
