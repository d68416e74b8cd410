#include <algorithm>

#include "backends/api/device_verifier.h"
#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/cli/device_setup.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"
#include "poc/verifier.h"

namespace miner {
namespace {

constexpr std::uint64_t kSlowWeightsBytes = std::uint64_t{64} << 20;  // over a second to make
constexpr std::uint64_t kMaxChunk = 4096;

base::Result<poc::RaceSpec> race_of(const TicketArguments& ticket) {
  ASSIGN_OR_RETURN(const auto identity_hash, poc::hash_identity(ticket.identity));
  return poc::RaceSpec{{ticket.profile, ticket.model_seed}, ticket.start_seed, identity_hash};
}

std::string ticket_line(std::uint64_t nonce, const poc::InputKey& key, const poc::Digest& digest,
                        bool as_json) {
  const std::string digest_hex = base::to_hex(digest);
  const std::string ticket_hex = base::to_hex(poc::make_ticket(key, digest));
  if (!as_json) {
    return "nonce " + base::to_hex(nonce) + "  digest " + digest_hex + "  ticket " + ticket_hex;
  }
  JsonLine json;
  json.begin_object().key("nonce").text(base::to_hex(nonce)).key("digest").text(digest_hex);
  return json.key("ticket").text(ticket_hex).end_object().str();
}

/// A line for each nonce, `chunk` nonces at a time.
base::Status write_tickets(const TicketArguments& ticket, const poc::RaceSpec& race,
                           poc::Verifier& verifier, std::uint64_t chunk, const Console& console,
                           ProgressLine& line) {
  for (std::uint64_t done = 0; done < ticket.count;) {
    const std::uint64_t first = ticket.nonce + done;
    const std::uint64_t count = std::min(chunk, ticket.count - done);
    std::vector<poc::InputKey> keys;
    for (std::uint64_t i = 0; i < count; ++i) keys.push_back(poc::input_key(race, first + i));
    ASSIGN_OR_RETURN(const auto digests, verifier.digests(race.model, keys));
    line.wipe();
    for (std::size_t i = 0; i < digests.size(); ++i) {
      console.out << ticket_line(first + i, keys[i], digests[i], ticket.json) << '\n';
    }
    console.out << std::flush;
    done += count;
  }
  return base::Ok{};
}

base::Status by_reference(const TicketArguments& ticket, const poc::RaceSpec& race,
                          const Console& console, ProgressLine& line) {
  RETURN_IF_ERROR(check_reference_memory(ticket.profile));
  if (ticket.profile.weights_bytes() > kSlowWeightsBytes) {
    line.announce("making " + show_bytes(ticket.profile.weights_bytes()) +
                  " of weights by the reference evaluator, then seconds per nonce");
  }
  poc::ReferenceVerifier verifier;
  return write_tickets(ticket, race, verifier, 1, console, line);
}

base::Status on_opened(std::unique_ptr<backends::Device> device, const TicketArguments& ticket,
                       const poc::RaceSpec& race, const Console& console, ProgressLine& line) {
  RETURN_IF_ERROR(prepare_device(*device, race.model, line));
  const std::uint64_t chunk = std::min<std::uint64_t>(device->group_size(), kMaxChunk);
  backends::DeviceVerifier verifier(std::move(device));
  return write_tickets(ticket, race, verifier, chunk, console, line);
}

base::Status on_device(const Arguments& arguments, const poc::RaceSpec& race,
                       const Console& console, ProgressLine& line) {
  ASSIGN_OR_RETURN(const DeviceSetup setup, set_up_devices(arguments.devices));
  ASSIGN_OR_RETURN(const auto selected, select_devices(setup.list, arguments.devices.selection));
  const ListedDevice& first = selected.front();
  auto device = open_device(first, setup.options, line);
  if (!device.ok()) return at_device(first, device.error());
  const base::Status status =
      on_opened(std::move(device).value(), arguments.ticket, race, console, line);
  return status.ok() ? status : base::Status(at_device(first, status.error()));
}

}  // namespace

Outcome run_ticket(const Arguments& arguments, const Console& console) {
  const auto race = race_of(arguments.ticket);
  if (!race.ok()) return outcome_of(race.error());
  const base::SystemClock clock;
  ProgressLine line(console, clock);
  const Selection& selection = arguments.devices.selection;
  const bool reference = selection.backends.empty() && selection.devices.empty();
  const base::Status status = reference ? by_reference(arguments.ticket, *race, console, line)
                                        : on_device(arguments, *race, console, line);
  return status.ok() ? Outcome{} : outcome_of(status.error());
}

}  // namespace miner
