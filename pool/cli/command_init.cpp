#include "pool/cli/command_init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <ostream>

#include "base/bytes.h"
#include "pool/cli/places.h"
#include "pool/cli/settings_file.h"
#include "pool/self_signed.h"
#include "stratum/json.h"
#include "stratum/messages.h"

namespace pool {
namespace {

constexpr const char* kStatus = "127.0.0.1:4092";

/// A file that is to be there, and was not.
struct NewFile {
  std::string path;
  std::string text;
  mode_t mode = 0644;
};

base::Error unwritable(const std::string& path, int fault) {
  const std::string shown = base::printable(path);
  if (fault == EEXIST) {
    return base::invalid(shown +
                         " is there already: nothing was written; remove it, or give "
                         "another folder");
  }
  return base::invalid(shown + ": " + std::strerror(fault));
}

base::Status write_new(const NewFile& file) {
  const int fd =
      open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file.mode);
  if (fd < 0) return unwritable(file.path, errno);
  std::size_t done = 0;
  int fault = 0;
  while (done < file.text.size() && fault == 0) {
    const ssize_t some = write(fd, file.text.data() + done, file.text.size() - done);
    if (some < 0 && errno != EINTR) fault = errno;
    if (some > 0) done += static_cast<std::size_t>(some);
  }
  if (fault == 0 && fsync(fd) != 0) fault = errno;
  if (close(fd) != 0 && fault == 0) fault = errno;
  if (fault == 0) return base::Ok{};
  unlink(file.path.c_str());
  return unwritable(file.path, fault);
}

/// All of them, or none.
base::Status write_all_new(const std::vector<NewFile>& files) {
  std::error_code ignored;
  for (const NewFile& file : files) {
    if (std::filesystem::exists(file.path, ignored)) return unwritable(file.path, EEXIST);
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    base::Status written = write_new(files[i]);
    if (written.ok()) continue;
    for (std::size_t j = 0; j < i; ++j) unlink(files[j].path.c_str());
    return written;
  }
  return base::Ok{};
}

/// How this machine may be called: by itself, and by its name, if a certificate can have that.
std::vector<std::string> hosts_of(const InitOptions& options) {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1"};
  const auto add = [&hosts](const std::string& host) {
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  };
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0 && is_host(name.data())) add(name.data());
  for (const std::string& host : options.hosts) add(host);
  return hosts;
}

/// A text of a configuration file; UTF-8.
std::string in_json(const std::string& text) {
  std::string line = stratum::json::LineWriter().text(text).line();
  line.pop_back();  // its newline
  return line;
}

/// As it stands in a URL.
std::string in_url(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

base::Result<std::string> absolute_folder(const InitOptions& options) {
  std::error_code error;
  const std::string folder = options.folder.empty() ? config_folder() : options.folder;
  if (folder.empty()) return base::invalid("there is no HOME to write into: name a folder");
  const auto absolute = std::filesystem::absolute(folder, error);
  if (error) return base::invalid(base::printable(folder) + ": " + error.message());
  std::string path = absolute.lexically_normal().string();
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  if (!base::is_utf8(path)) return base::invalid(base::printable(path) + ": not UTF-8");
  RETURN_IF_ERROR(make_folder(path));
  return path;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void tell(const std::vector<NewFile>& files, const std::vector<std::string>& hosts, bool usual,
          std::ostream& out) {
  const std::string config = files[0].path;
  const std::string certificate = files[1].path;
  out << fmt::format("wrote {}\n", config)
      << fmt::format("wrote {} (for trials, valid 10 years; for {})\n", certificate, joined(hosts))
      << fmt::format("wrote {} (its key: for this user alone)\n\n", files[2].path)
      << fmt::format("The pool:  sprintpool{}\n", usual ? "" : " -c " + config)
      << fmt::format("Its status: http://{}/ (on this machine alone)\n", kStatus)
      << "A miner on this machine:\n"
      << "  sprintminer -o stratum+tcp://127.0.0.1:3333 -u account.worker\n"
      << fmt::format("A miner elsewhere, with a copy of {}:\n", certificate)
      << fmt::format(
             "  sprintminer -o stratum+ssl://{}:3443 -u account.worker --tls-ca "
             "certificate.pem\n",
             hosts.size() > 3 ? in_url(hosts.back()) : "HOST");
}

base::Status init(const InitOptions& options, std::ostream& out) {
  if (!options.name.empty() && !stratum::is_ascii_name(options.name, 64)) {
    return base::invalid("--name: '" + base::printable(options.name, 64) +
                         "' is not 1..64 printable ASCII characters");
  }
  for (const std::string& host : options.hosts) {
    if (is_host(host)) continue;
    return base::invalid("--host: '" + base::printable(host, 64) +
                         "' is no host name and no address");
  }
  const std::vector<std::string> hosts = hosts_of(options);
  ASSIGN_OR_RETURN(const SelfSigned made, make_self_signed(hosts));
  ASSIGN_OR_RETURN(const std::string folder, absolute_folder(options));
  const std::string certificate = folder + "/certificate.pem";
  const std::string key = folder + "/key.pem";
  std::map<std::string_view, std::string> set = {
      {"listen", in_json("127.0.0.1:3333")}, {"listen-tls", in_json("0.0.0.0:3443")},
      {"tls-cert", in_json(certificate)},    {"tls-key", in_json(key)},
      {"status", in_json(kStatus)},
  };
  if (!options.name.empty()) set["name"] = in_json(options.name);
  const std::vector<NewFile> files = {{folder + "/config.json", pool_config_text(set), 0644},
                                      {certificate, made.certificate, 0644},
                                      {key, made.key, 0600}};
  RETURN_IF_ERROR(write_all_new(files));
  tell(files, hosts, options.folder.empty(), out);
  return base::Ok{};
}

}  // namespace

End init_pool(const InitOptions& options, std::ostream& out) {
  const base::Status done = init(options, out);
  if (!done.ok()) return {ExitCode::kBadArguments, done.message()};
  return {ExitCode::kClean, "configuration written"};
}

}  // namespace pool
