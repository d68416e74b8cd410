#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stratum/json.h"
#include "stratum/messages.h"

// Lines of the protocol to values and back. Readers take a parsed field and return the value,
// checked as far as it can be without a session, or an Error that names the field; writers return a
// whole line. This header: what all messages share. codec_requests.h: what the miner asks;
// codec_answers.h: what the pool answers; codec_notices.h: what the pool tells.
namespace stratum::codec {

/// The parts of a line; which are there tells what it is: with a method a request (an id) or a
/// notice (none), without one an answer.
struct Envelope {
  std::optional<std::string> method;
  json::Field id;
  json::Field params;
  json::Field result;
  json::Field error;
};
/// Refuses what is no object and a method that is no text of at most 64 bytes.
base::Result<Envelope> read_envelope(const json::Field& root);

/// A code of the page's list; any other is "other", which is final.
Code code_from_wire(std::uint64_t code);

/// Never fails: what an error lacks is left at its default. The text is made printable.
WireError read_error(const json::Field& error);

/// `text` if it is UTF-8 of at most `max_bytes`, else its printable form, cut.
std::string clean_text(std::string_view text, std::size_t max_bytes);

/// Opens `{"id":..,"method":..,"params":`; the caller writes the parameters and `}`.
json::LineWriter& open_request(json::LineWriter& out, std::uint64_t id, std::string_view method);
json::LineWriter& open_notice(json::LineWriter& out, std::string_view method);
/// Opens `{"id":..,"result":`; `close_answer` ends it with `,"error":null}`.
json::LineWriter& open_answer(json::LineWriter& out, std::uint64_t id);
std::string close_answer(json::LineWriter& out);

std::string write_true(std::uint64_t id);
/// No id: nobody's request, the line itself could not be read.
std::string write_error(std::optional<std::uint64_t> id, const WireError& error);

}  // namespace stratum::codec
