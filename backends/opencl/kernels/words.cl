// Words of four bytes, least significant first, and vectors over neighbouring rows.

#define JOIN_NAMES(a, b) a##b
#define JOIN(a, b) JOIN_NAMES(a, b)

/// `type` for VECTOR neighbouring rows at once, e.g. int8: what a processor's wide registers hold,
/// and on a GPU what an item loads in one instruction.
#define ROWS_OF(type) JOIN(type, VECTOR)

typedef ROWS_OF(char) char_rows;
typedef ROWS_OF(short) short_rows;
typedef ROWS_OF(int) int_rows;
typedef ROWS_OF(uint) uint_rows;
typedef ROWS_OF(ulong) ulong_rows;

#define TO_CHARS(v) ROWS_OF(convert_char)(v)
#define TO_SHORTS(v) ROWS_OF(convert_short)(v)
#define TO_INTS(v) ROWS_OF(convert_int)(v)
#define TO_ULONGS(v) ROWS_OF(convert_ulong)(v)
#define AS_UINTS(v) ROWS_OF(as_uint)(v)

/// Between -limit and limit. `v`: int_rows.
#define CLAMP_ROWS(v, limit) clamp(v, (int_rows)(-(limit)), (int_rows)(limit))

/// The proof's `decode` of each byte: magnitude 1 + (b & 63), negative if b & 128. Magnitudes are
/// 1..64, so neither addition carries into the next byte.
uint decode4(uint bytes) {
  const uint magnitude = (bytes & 0x3f3f3f3fU) + 0x01010101U;
  const uint sign = bytes >> 7 & 0x01010101U;
  return (magnitude ^ sign * 0xffU) + sign;
}

/// Byte i (0..3) of a word, as a signed number.
int signed_byte(uint word, uint i) {
  return as_int(word << (24 - 8 * i)) >> 24;
}

uint reverse_bytes(uint word) {
  return (rotate(word, 8U) & 0x00ff00ffU) | (rotate(word, 24U) & 0xff00ff00U);
}
