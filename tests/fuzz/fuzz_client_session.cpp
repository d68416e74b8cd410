// Whatever a pool sends, the client session lives on or ends with a message, and says nothing that
// it should not: its output stays lines, its texts printable.
#include "base/check.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/stratum/rigs.h"

namespace {

constexpr stratum::ClientStage kStages[] = {
    stratum::ClientStage::kNew, stratum::ClientStage::kNew, stratum::ClientStage::kWorking,
    stratum::ClientStage::kAnnounced, stratum::ClientStage::kStarted};

void check_event(const stratum::ClientEvent& event) {
  if (const auto* message = std::get_if<stratum::client::Message>(&event)) {
    CHECK(message->text.size() <= 1024);
    for (const char c : message->text) CHECK(c >= 0x20 && c < 0x7f);
  }
  if (const auto* refused = std::get_if<stratum::client::SprintRefused>(&event)) {
    for (const char c : refused->reason) CHECK(c >= 0x20 && c < 0x7f);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  auto session = stratum::make_client(kStages[input.choose(std::size(kStages))]);
  base::SteadyTime now = stratum::kOurNow;
  input.for_pieces([&](std::string_view piece) {
    now += base::Micros(1000);
    const auto status = session.feed(piece, now);
    while (const auto event = session.next_event()) check_event(*event);
    CHECK(status.ok() || !status.message().empty());
    return status.ok() && session.tick(now).ok();
  });
  CHECK(session.output().empty() || session.output().ends_with('\n'));
  return 0;
}
