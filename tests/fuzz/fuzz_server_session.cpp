// Whatever a miner sends, the server session lives on or ends with a message; each request that it
// hands out can be answered, and all it sends are lines of JSON within the limit.
#include "base/check.h"
#include "stratum/json.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/stratum/rigs.h"

namespace {

using stratum::ServerSession;
namespace server = stratum::server;

constexpr stratum::ServerStage kStages[] = {
    stratum::ServerStage::kNew, stratum::ServerStage::kSubscribed, stratum::ServerStage::kWorking};

struct Answer {
  ServerSession& session;
  void operator()(const server::LoginWanted& e) const { session.accept(e.request); }
  void operator()(const server::ReadyWanted& e) const {
    CHECK(!e.devices.empty() && e.devices.size() <= stratum::kMaxReadyDevices);
    std::vector<stratum::Lease> leases;
    for (const auto& d : e.devices) {
      leases.push_back(stratum::sample_lease(leases.size(), d.device));
    }
    session.grant(e.request, leases);
  }
  void operator()(const server::LeaseWanted& e) const {
    CHECK(e.device.has_value() != e.bits.has_value());
    session.refuse(e.request, stratum::Code::kNoLease, "none", 5);
  }
  void operator()(const server::SubmitWanted& e) const {
    CHECK(stratum::is_sprint_id(e.sprint) && e.seq >= 1 && e.seq <= stratum::kMaxInteger);
    session.accept(e.request);
  }
  void operator()(const server::WithdrawWanted& e) const {
    session.withdrawn(e.request, e.seqs.size());
  }
  void operator()(const server::BatchWanted& e) const {
    const stratum::VoidShare bad{e.first_seq, stratum::Code::kBusy, "later"};
    session.answer_batch(e.request, e.first_seq, {&bad, 1});
  }
  void operator()(const server::StatusWanted& e) const {
    session.status(e.request, {e.sprint, "running", {e.sprint, 0, 0, {}}, {}});
  }
  void operator()(const server::Resumed&) const {}
  void operator()(const server::Left&) const {}
};

void check_output(std::string_view output) {
  while (!output.empty()) {
    const std::size_t newline = output.find('\n');
    CHECK(newline != std::string_view::npos && newline <= stratum::kMaxLineBytes);
    stratum::json::Document document;
    CHECK(document.parse(output.substr(0, newline)).ok());
    output.remove_prefix(newline + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  auto session = stratum::make_server(kStages[input.choose(std::size(kStages))]);
  base::UnixTime now = stratum::kPoolNow;
  input.for_pieces([&](std::string_view piece) {
    now += base::Micros(1000);
    const auto status = session.feed(piece, now);
    while (const auto event = session.next_event()) std::visit(Answer{session}, *event);
    check_output(session.output());
    session.consume(session.output_size());
    CHECK(status.ok() || !status.message().empty());
    return status.ok();
  });
  return 0;
}
