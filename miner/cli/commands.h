#pragma once

#include "miner/cli/arguments.h"
#include "miner/cli/console.h"
#include "miner/cli/exit_code.h"

// The commands beside mining. Each runs to its end on the caller's thread, writes its results to
// console.out, and says in its Outcome why it failed; the caller shows that.
namespace miner {

/// Lists the devices (those selected, if any are) with what their sensors say now, and why others
/// are not here. As JSON: {"devices":[..],"unavailable":[{"backend","reason"}..]}, where a device
/// is
/// {"number","id","backend","index","name","kind","pci_address","memory_bytes","memory_free_bytes",
/// "path","note","sensors"}; `sensors` is an object with each sensor of backends::TelemetrySample
/// by its name, null where there is no such sensor or it tells only a mean over time (as the load
/// of a processor), and null as a whole where no module knows the device. Sensors that hang are
/// waited for about two seconds and left out; the process then ends here, after everything is
/// printed.
Outcome run_devices(const Arguments& arguments, const Console& console);

/// Lists each module's options.
Outcome run_options(const Arguments& arguments, const Console& console);

/// Digest and ticket of nonces: by the reference evaluator; with --backend or -d on the first
/// device selected. kBadArguments when the profile does not fit in memory.
Outcome run_ticket(const Arguments& arguments, const Console& console);

/// Measures the selected devices, each after a check against the reference evaluator. kInternal,
/// naming the device, when one computes wrong digests: it gets no rate.
Outcome run_bench(const Arguments& arguments, const Console& console);

/// The known answers on every device (reserved and simulated ones only when named): kClean when all
/// pass, kInternal when some fail, kSelfTestFailed when all do, kNoDevice when there is none.
Outcome run_self_test(const Arguments& arguments, const Console& console);

/// `config init`, `print` and `reference`. kBadArguments when a file cannot be written or is there
/// already.
Outcome run_config(const Arguments& arguments, const Console& console);

/// --dry-run: everything that mining does before it opens a device, then the settings. The code
/// is the one that mining would end with.
Outcome run_dry(const Arguments& arguments, const Console& console);

}  // namespace miner
