#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "stratum/client_session.h"
#include "stratum/server_session.h"

// Sessions brought to known states, and their events as texts, so that tests compare texts.
namespace stratum {

/// The pool's time in all of these tests, and ours.
constexpr base::UnixTime kPoolNow{std::chrono::seconds(1'700'000'000)};
constexpr base::SteadyTime kOurNow{std::chrono::hours(1)};

/// Sprint `id` of pool.example for account alice, from 10 s to 70 s after kPoolNow, its secret 32 x
/// 0x11, its beacon "none".
Announcement sample_announcement(const std::string& id = "s-0001");
StartNotice sample_start(const Announcement& announcement);
/// A lease of 2^32 nonces that begins at `number` * 2^32.
Lease sample_lease(std::uint64_t number, std::uint32_t device = 0);
ShareClaim sample_share(std::uint64_t nonce);

/// One line a event, without request numbers: "Leased s-0001 [0 dev 0 base .. bits 32 diff 1000]".
std::string describe(const ClientEvent& event);
std::string describe(const ServerEvent& event);

/// All events that wait, described.
template <class Session>
std::vector<std::string> drain(Session& session) {
  std::vector<std::string> all;
  while (const auto event = session.next_event()) all.push_back(describe(*event));
  return all;
}

/// All output that waits.
template <class Session>
std::string take_output(Session& session) {
  const std::string output(session.output());
  session.consume(output.size());
  return output;
}

/// A client session that has come as far as:
enum class ClientStage {
  kNew,        ///< 1 subscribe, 2 authorize asked
  kWorking,    ///< both answered; 3 time asked
  kAnnounced,  ///< s-0001 announced; 4 ready of devices 0 and 1, 5 lease for device 0, 6 submit of
               ///< seq 1, 7 withdraw of seq 1 asked
  kStarted,    ///< and started, with lease 1 for device 0 granted as the answer to 4
  kEnded,      ///< and ended; 8 status of nonces 2^32 + 7 and 2^32 + 8 asked
};
/// Events and output of the way there are gone. `now` is kOurNow, the pool's clock is kPoolNow.
/// `home`: of its pool, which may then send it elsewhere; empty: it may not.
ClientSession make_client(ClientStage stage, const std::string& home = {});

/// kLoggingIn: as alice.rig, and not answered yet.
enum class ServerStage { kNew, kSubscribed, kLoggingIn, kWorking, kLeft };
ServerSession make_server(ServerStage stage);

}  // namespace stratum
