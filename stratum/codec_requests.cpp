#include "stratum/codec_requests.h"

#include <algorithm>

namespace stratum::codec {
namespace {

constexpr std::size_t kMaxText = 256;

base::Result<ReadyDevice> read_device(const json::Field& field) {
  ReadyDevice device;
  ASSIGN_OR_RETURN(device.device, field.at("n").small_integer());
  ASSIGN_OR_RETURN(const std::string name, field.at("name").text(kMaxText));
  device.name = base::printable(name, kMaxDeviceName);
  ASSIGN_OR_RETURN(device.rate_per_1000s, field.at("rate").integer());
  return device;
}

bool numbers_distinct(std::span<const ReadyDevice> devices) {
  std::vector<std::uint32_t> numbers;
  for (const ReadyDevice& device : devices) numbers.push_back(device.device);
  std::sort(numbers.begin(), numbers.end());
  return std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
}

}  // namespace

base::Result<std::vector<std::string>> read_configure(const json::Field& params) {
  const json::Field names = params.at(0, "features");
  ASSIGN_OR_RETURN(const std::size_t count, names.array_size(kMaxFeatures));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(std::string name, names.at(i, "feature").ascii(64));
    // A name asked twice is answered once: an object holds a name once.
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
  }
  return out;
}

base::Result<Subscribe> read_subscribe(const json::Field& params) {
  Subscribe request;
  if (const json::Field agent = params.at(0, "agent"); agent.present()) {
    ASSIGN_OR_RETURN(const std::string text, agent.text(kMaxText));
    request.agent = base::printable(text, kMaxAgentText);
  }
  if (const json::Field token = params.at(1, "resume token"); token.present()) {
    ASSIGN_OR_RETURN(request.token, token.text(kMaxText));
  }
  if (const json::Field version = params.at(2, "version"); version.present()) {
    ASSIGN_OR_RETURN(request.version, version.text(kMaxText));
  }
  return request;
}

std::string write_subscribe(std::uint64_t id, const Subscribe& request) {
  json::LineWriter out;
  open_request(out, id, "mining.subscribe").begin_array();
  out.text(clean_text(request.agent, kMaxAgentText));
  if (request.token) {
    out.text(*request.token);
  } else {
    out.null();
  }
  return out.text(kVersion).end_array().end_object().line();
}

base::Result<Authorize> read_authorize(const json::Field& params) {
  Authorize request;
  ASSIGN_OR_RETURN(request.login, params.at(0, "login").text(kMaxText));
  if (const json::Field password = params.at(1, "password"); password.present()) {
    ASSIGN_OR_RETURN(request.password, password.text(kMaxText));
  }
  return request;
}

std::string write_authorize(std::uint64_t id, const Authorize& request) {
  json::LineWriter out;
  open_request(out, id, "mining.authorize").begin_array();
  out.text(clean_text(request.login, kMaxText)).text(clean_text(request.password, kMaxText));
  return out.end_array().end_object().line();
}

base::Result<std::uint64_t> read_suggest_difficulty(const json::Field& params) {
  return params.at(0, "difficulty").integer(1);
}

base::Result<Ready> read_ready(const json::Field& params) {
  Ready request;
  ASSIGN_OR_RETURN(request.sprint, params.at("sprint").sprint());
  const json::Field devices = params.at("devices");
  ASSIGN_OR_RETURN(const std::size_t count, devices.array_size(kMaxReadyDevices));
  if (count == 0) return base::invalid("devices: none");
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(ReadyDevice device, read_device(devices.at(i, "device")));
    request.devices.push_back(std::move(device));
  }
  if (!numbers_distinct(request.devices)) return base::invalid("devices: a number twice");
  return request;
}

std::string write_ready(std::uint64_t id, const std::string& sprint,
                        std::span<const ReadyDevice> devices) {
  json::LineWriter out;
  open_request(out, id, "sprint.ready").begin_object();
  out.key("sprint").text(sprint).key("devices").begin_array();
  for (const ReadyDevice& device : devices) {
    out.begin_object().key("n").integer(device.device);
    out.key("name").text(base::printable(device.name, kMaxDeviceName));
    out.key("rate").integer(std::min(device.rate_per_1000s, kMaxInteger)).end_object();
  }
  return out.end_array().end_object().end_object().line();
}

base::Result<LeaseRequest> read_lease_request(const json::Field& params) {
  LeaseRequest request;
  ASSIGN_OR_RETURN(request.sprint, params.at("sprint").sprint());
  const json::Field device = params.at("n");
  const json::Field bits = params.at("bits");
  if (device.present() == bits.present()) return base::invalid("give one of n and bits");
  if (device.present()) {
    ASSIGN_OR_RETURN(request.device, device.small_integer());
  } else {
    ASSIGN_OR_RETURN(request.bits, bits.small_integer(kMinLeaseBits, kMaxLeaseBits));
  }
  return request;
}

std::string write_lease_request(std::uint64_t id, const LeaseRequest& request) {
  json::LineWriter out;
  open_request(out, id, "mining.lease").begin_object().key("sprint").text(request.sprint);
  if (request.device) out.key("n").integer(*request.device);
  if (request.bits) out.key("bits").integer(*request.bits);
  return out.end_object().end_object().line();
}

base::Result<Submit> read_submit(const json::Field& params) {
  Submit request;
  ASSIGN_OR_RETURN(request.worker, params.at(0, "worker").text(kMaxText));
  ASSIGN_OR_RETURN(request.sprint, params.at(1, "sprint").sprint());
  ASSIGN_OR_RETURN(request.share.lease, params.at(2, "lease").integer());
  ASSIGN_OR_RETURN(request.share.nonce, params.at(3, "nonce").nonce());
  ASSIGN_OR_RETURN(request.share.digest, params.at(4, "digest").hash());
  ASSIGN_OR_RETURN(request.seq, params.at(5, "seq").integer(1));
  return request;
}

std::string write_submit(std::uint64_t id, const Submit& request) {
  json::LineWriter out;
  open_request(out, id, "mining.submit").begin_array();
  out.text(request.worker).text(request.sprint).integer(request.share.lease);
  out.nonce(request.share.nonce).hash(request.share.digest).integer(request.seq);
  return out.end_array().end_object().line();
}

base::Result<SubmitBatch> read_submit_batch(const json::Field& params) {
  SubmitBatch request;
  ASSIGN_OR_RETURN(request.worker, params.at("worker").text(kMaxText));
  ASSIGN_OR_RETURN(request.sprint, params.at("sprint").sprint());
  ASSIGN_OR_RETURN(request.first_seq, params.at("first_seq").integer(1, kMaxInteger - kMaxBatch));
  const json::Field shares = params.at("shares");
  ASSIGN_OR_RETURN(const std::size_t count, shares.array_size(kMaxBatch));
  if (count == 0) return base::invalid("shares: none");
  for (std::size_t i = 0; i < count; ++i) {
    const json::Field share = shares.at(i, "share");
    ShareClaim claim;
    ASSIGN_OR_RETURN(claim.lease, share.at(0, "lease").integer());
    ASSIGN_OR_RETURN(claim.nonce, share.at(1, "nonce").nonce());
    ASSIGN_OR_RETURN(claim.digest, share.at(2, "digest").hash());
    request.shares.push_back(claim);
  }
  return request;
}

base::Result<StatusRequest> read_status_request(const json::Field& params) {
  StatusRequest request;
  ASSIGN_OR_RETURN(request.sprint, params.at("sprint").sprint());
  const json::Field nonces = params.at("nonces");
  if (!nonces.present()) return request;
  ASSIGN_OR_RETURN(const std::size_t count, nonces.array_size(kMaxStatusNonces));
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const std::uint64_t nonce, nonces.at(i, "nonce").nonce());
    request.nonces.push_back(nonce);
  }
  return request;
}

std::string write_status_request(std::uint64_t id, const StatusRequest& request) {
  json::LineWriter out;
  open_request(out, id, "sprint.status").begin_object();
  out.key("sprint").text(request.sprint).key("nonces").begin_array();
  for (const std::uint64_t nonce : request.nonces) out.nonce(nonce);
  return out.end_array().end_object().end_object().line();
}

base::Result<Withdraw> read_withdraw(const json::Field& params) {
  Withdraw request;
  ASSIGN_OR_RETURN(request.sprint, params.at("sprint").sprint());
  const json::Field seqs = params.at("seqs");
  ASSIGN_OR_RETURN(const std::size_t count, seqs.array_size(kMaxWithdrawn));
  if (count == 0) return base::invalid("seqs: none");
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const std::uint64_t seq, seqs.at(i, "seq").integer(1));
    request.seqs.push_back(seq);
  }
  return request;
}

std::string write_withdraw(std::uint64_t id, const std::string& sprint,
                           std::span<const std::uint64_t> seqs) {
  json::LineWriter out;
  open_request(out, id, "mining.withdraw").begin_object();
  out.key("sprint").text(sprint).key("seqs").begin_array();
  for (const std::uint64_t seq : seqs) out.integer(seq);
  return out.end_array().end_object().end_object().line();
}

base::Result<std::uint64_t> read_time_request(const json::Field& params) {
  return params.at("c0").integer();
}

std::string write_time_request(std::uint64_t id, std::uint64_t c0) {
  json::LineWriter out;
  open_request(out, id, "mining.time").begin_object().key("c0").integer(c0);
  return out.end_object().end_object().line();
}

std::string write_bare_request(std::uint64_t id, std::string_view method) {
  json::LineWriter out;
  open_request(out, id, method).begin_array().end_array();
  return out.end_object().line();
}

}  // namespace stratum::codec
