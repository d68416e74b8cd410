#include "tests/stratum/reactions.h"

#include <fmt/format.h>

#include "base/check.h"

namespace stratum {

ServerStage server_stage(const std::string& state) {
  if (state == "new") return ServerStage::kNew;
  if (state == "subscribed") return ServerStage::kSubscribed;
  if (state == "logging in") return ServerStage::kLoggingIn;
  if (state == "working") return ServerStage::kWorking;
  CHECK(state == "left");
  return ServerStage::kLeft;
}

ClientStage client_stage(const std::string& state) {
  if (state == "new") return ClientStage::kNew;
  if (state == "working") return ClientStage::kWorking;
  if (state == "announced") return ClientStage::kAnnounced;
  if (state == "started") return ClientStage::kStarted;
  CHECK(state == "ended");
  return ClientStage::kEnded;
}

int Reaction::error() const {
  constexpr std::string_view kBegin = "\"error\":[";
  const std::size_t at = output.rfind(kBegin);
  return at == std::string::npos ? 0 : std::stoi(output.substr(at + kBegin.size()));
}

Reaction Reaction::without_ids() const {
  Reaction other = *this;
  std::string& text = other.output;
  constexpr std::string_view kBegin = "{\"id\":";
  for (std::size_t at = 0; (at = text.find(kBegin, at)) != std::string::npos;) {
    at += kBegin.size();
    text.erase(at, text.find(',', at) - at);
  }
  return other;
}

std::string Reaction::text() const {
  std::string out = over ? "over" : "lives";
  for (const std::string& event : events) out += fmt::format("; {}", event);
  return fmt::format("{}; sends {}", out, output.empty() ? "nothing" : output);
}

Reaction react_pool(const std::string& state, const std::vector<std::string>& pieces) {
  auto session = make_server(server_stage(state));
  return react(session, pieces);
}

Reaction react_miner(const std::string& state, const std::vector<std::string>& pieces) {
  auto session = make_client(client_stage(state));
  return react(session, pieces);
}

}  // namespace stratum
