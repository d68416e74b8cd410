#include "stratum/codec.h"

#include <algorithm>
#include <array>

namespace stratum::codec {
namespace {

constexpr std::size_t kMaxMethodBytes = 64;
constexpr std::size_t kMaxErrorText = 256;

struct CodeAndReason {
  Code code;
  std::string_view reason;
};

constexpr std::array kCodes = {
    CodeAndReason{Code::kOther, "other"},
    CodeAndReason{Code::kUnknownSprint, "unknown-sprint"},
    CodeAndReason{Code::kDuplicate, "duplicate"},
    CodeAndReason{Code::kAboveTarget, "above-target"},
    CodeAndReason{Code::kUnauthorized, "unauthorized"},
    CodeAndReason{Code::kNotSubscribed, "not-subscribed"},
    CodeAndReason{Code::kNotOpen, "not-open"},
    CodeAndReason{Code::kNotYourLease, "not-your-lease"},
    CodeAndReason{Code::kLate, "late"},
    CodeAndReason{Code::kBusy, "busy"},
    CodeAndReason{Code::kWrongDigest, "wrong-digest"},
    CodeAndReason{Code::kNoLease, "no-lease"},
    CodeAndReason{Code::kTooLarge, "too-large"},
    CodeAndReason{Code::kVersion, "version"},
    CodeAndReason{Code::kDraining, "draining"},
    CodeAndReason{Code::kBanned, "banned"},
};

std::string_view reason_of(Code code) {
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(),
                                   [&](const CodeAndReason& c) { return c.code == code; });
  return found == kCodes.end() ? "other" : found->reason;
}

}  // namespace

base::Result<Envelope> read_envelope(const json::Field& root) {
  if (!root.is_object()) return base::invalid("not an object");
  Envelope envelope{std::nullopt, root.at("id"), root.at("params"), root.at("result"),
                    root.at("error")};
  const json::Field method = root.at("method");
  if (method.present()) {
    ASSIGN_OR_RETURN(envelope.method, method.text(kMaxMethodBytes));
  }
  return envelope;
}

Code code_from_wire(std::uint64_t code) {
  const auto* found = std::find_if(kCodes.begin(), kCodes.end(), [&](const CodeAndReason& c) {
    return static_cast<std::uint64_t>(c.code) == code;
  });
  return found == kCodes.end() ? Code::kOther : found->code;
}

WireError read_error(const json::Field& error) {
  WireError out;
  if (const auto code = error.at(0, "code").integer()) out.code = code_from_wire(*code);
  const auto text = error.at(1, "text").text(kMaxLineBytes);
  out.text = text ? base::printable(*text, kMaxErrorText) : "no reason given";
  if (const auto retry = error.at(2, "details").at("retry_ms").integer()) out.retry_ms = *retry;
  return out;
}

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  const bool good =
      text.size() <= max_bytes && base::is_utf8(text) && text.find('\0') == std::string_view::npos;
  return good ? std::string(text) : base::printable(text, max_bytes);
}

json::LineWriter& open_request(json::LineWriter& out, std::uint64_t id, std::string_view method) {
  return out.begin_object().key("id").integer(id).key("method").text(method).key("params");
}

json::LineWriter& open_notice(json::LineWriter& out, std::string_view method) {
  return out.begin_object().key("id").null().key("method").text(method).key("params");
}

json::LineWriter& open_answer(json::LineWriter& out, std::uint64_t id) {
  return out.begin_object().key("id").integer(id).key("result");
}

std::string close_answer(json::LineWriter& out) {
  return out.key("error").null().end_object().line();
}

std::string write_true(std::uint64_t id) {
  json::LineWriter out;
  open_answer(out, id).boolean(true);
  return close_answer(out);
}

std::string write_error(std::optional<std::uint64_t> id, const WireError& error) {
  json::LineWriter out;
  out.begin_object().key("id");
  if (id) {
    out.integer(*id);
  } else {
    out.null();
  }
  out.key("result").null().key("error").begin_array();
  out.integer(static_cast<std::uint64_t>(error.code)).text(clean_text(error.text, kMaxErrorText));
  out.begin_object().key("reason").text(reason_of(error.code));
  if (error.retry_ms > 0) out.key("retry_ms").integer(error.retry_ms);
  return out.end_object().end_array().end_object().line();
}

}  // namespace stratum::codec
