#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/settings/config_texts.h"

namespace miner {
namespace {

// A password may be written into it.
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

base::Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return base::io_error(std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return base::Ok{};
}

/// Writes a file that is not there yet, whole or not at all.
base::Status write_new(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (fd < 0) return base::io_error(std::strerror(errno));
  base::Status status = write_all(fd, text);
  if (close(fd) != 0 && status.ok()) status = base::io_error(std::strerror(errno));
  if (!status.ok()) unlink(path.c_str());
  return status;
}

/// Puts a new file in the place of the old one in one step.
base::Status overwrite(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  RETURN_IF_ERROR(write_new(beside, text));
  if (rename(beside.c_str(), path.c_str()) == 0) return base::Ok{};
  const int fault = errno;
  unlink(beside.c_str());
  return base::io_error(std::strerror(fault));
}

Outcome init(const ConfigArguments& config, const Console& console) {
  if (config.file.empty()) {
    console.out << config_template();
    return {};
  }
  const base::Status status = config.force ? overwrite(config.file, config_template())
                                           : write_new(config.file, config_template());
  if (status.ok()) return {};
  const bool there = !config.force && access(config.file.c_str(), F_OK) == 0;
  return {ExitCode::kBadArguments, "config init " + base::printable(config.file) + ": " +
                                       status.message() + (there ? "; --force overwrites it" : "")};
}

Outcome print(const Arguments& arguments, const Console& console) {
  const Configuration& configuration = arguments.configuration;
  for (const std::string& warning : configuration.warnings) {
    console.progress << "warning: " << warning << '\n';
  }
  console.out << (arguments.json ? settings_as_json(configuration.settings)
                                 : settings_as_text(configuration.settings));
  return {};
}

}  // namespace

Outcome run_config(const Arguments& arguments, const Console& console) {
  switch (arguments.config.action) {
    case ConfigArguments::Action::kInit:
      return init(arguments.config, console);
    case ConfigArguments::Action::kPrint:
      return print(arguments, console);
    case ConfigArguments::Action::kReference:
      break;
  }
  console.out << config_reference();
  return {};
}

}  // namespace miner
