#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

/// 32 bytes: a seed, a key, a digest, a ticket. As text: 64 lower-case hexadecimal digits, the
/// bytes in order.
using Bytes32 = std::array<std::uint8_t, 32>;

/// Lower-case hexadecimal of the bytes in order.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// 16 lower-case hexadecimal digits, most significant first: how a nonce is written.
std::string to_hex(std::uint64_t value);

/// Reads exactly 64 lower-case hexadecimal digits; anything else (upper case too) is nothing.
std::optional<Bytes32> bytes32_from_hex(std::string_view text);

/// Reads exactly 16 lower-case hexadecimal digits, most significant first.
std::optional<std::uint64_t> u64_from_hex(std::string_view text);

/// Reads a decimal integer: digits only, no sign, no blanks, at most `max`.
std::optional<std::uint64_t> u64_from_decimal(std::string_view text,
                                              std::uint64_t max = UINT64_MAX);

/// The bytes of a text, without a copy; lives as long as the text.
std::span<const std::uint8_t> as_bytes(std::string_view text);

/// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

/// `text` with every byte outside printable ASCII written as \xNN, cut to `max_length` characters:
/// what a peer sent, made safe for a terminal and a log.
std::string printable(std::string_view text, std::size_t max_length = 256);

}  // namespace base
