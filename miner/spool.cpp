#include "miner/spool.h"

#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "miner/spool_disk.h"
#include "miner/spool_thread.h"

namespace miner {

base::Result<std::unique_ptr<Spool>> Spool::open(const std::string& folder,
                                                 std::function<void(SpoolNews)> report,
                                                 base::LogSink& sink, base::SteadyWallClock clock) {
  const base::Status made = spool::make_folder(folder);
  if (!made.ok()) {
    return base::io_error("found shares cannot be kept in the folder '" + base::printable(folder) +
                          "': " + made.message());
  }
  try {
    std::unique_ptr<Spool> opened =
        std::make_unique<spool::SpoolThread>(folder, std::move(report), sink, clock);
    return opened;
  } catch (const std::system_error& error) {
    return base::io_error("no thread for found shares: " + std::string(error.what()));
  }
}

}  // namespace miner
