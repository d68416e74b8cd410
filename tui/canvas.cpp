#include "tui/canvas.h"

#include <algorithm>

namespace tui {
namespace {

constexpr char32_t kEllipsis = U'…';

/// Glyphs that every terminal draws in one cell: Latin-1, dashes, arrows, boxes, blocks, braille.
bool takes_one_cell(char32_t c) {
  return (c >= U' ' && c < 0x7f) || (c >= 0xa1 && c <= 0xff && c != 0xad) ||
         (c >= 0x2010 && c <= 0x2027) || (c >= 0x2190 && c <= 0x21ff) ||
         (c >= 0x2500 && c <= 0x259f) || (c >= 0x2800 && c <= 0x28ff);
}

/// Length of the sequence that a byte begins (RFC 3629); 0: it begins none.
std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// Takes one code point off the front; 0xfffd for bytes that are no UTF-8.
char32_t take(std::string_view& text) {
  constexpr char32_t kLeadBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(first);
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return 0xfffd;
  }
  char32_t point = first & kLeadBits[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) {
      text.remove_prefix(1);
      return 0xfffd;
    }
    point = point << 6 | (next & 0x3f);
  }
  text.remove_prefix(length);
  return point;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    byte(0x80 | (c & 0x3f));
  } else {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  }
}

char32_t ascii_of(char32_t c) {
  if (c < 0x7f) return c;
  switch (c) {
    case U'┊':
      return U':';
    case U'▄':
      return U'_';
    case U'°':
      return U' ';
    case U'░':
    case U'·':
      return U'.';
    case U'│':
      return U'|';
    case U'…':
      return U'~';
    case U'–':
    case U'─':
      return U'-';
    case U'█':
      return U'#';
    case U'µ':
      return U'u';
    case U'↑':
      return U'^';
    case U'↓':
      return U'v';
    default:
      return c >= 0x2800 && c <= 0x28ff ? U'*' : U'+';
  }
}

}  // namespace

Canvas::Canvas(Size size)
    : size_(size),
      cells_(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height)),
      written_(cells_.size()) {}

void Canvas::put(int x, int y, char32_t glyph, Style style) {
  if (!inside(x, y)) {
    ++outside_;
    return;
  }
  const std::size_t at = index(x, y);
  if (written_[at]) ++overlaps_;
  written_[at] = true;
  cells_[at] = {glyph, style};
}

int Canvas::text(int x, int y, int width, std::string_view text, Style style) {
  const int end = x + width;
  for (const char32_t glyph : glyphs_of(text)) {
    if (x >= end) break;
    put(x++, y, glyph, style);
  }
  return x;
}

void Canvas::fill(int x, int y, int width, char32_t glyph, Style style) {
  for (int i = 0; i < width; ++i) put(x + i, y, glyph, style);
}

void Canvas::restyle(int x, int y, int width, Style style) {
  for (int i = 0; i < width; ++i) {
    if (inside(x + i, y)) cells_[index(x + i, y)].style = style;
  }
}

std::string Canvas::row(int y) const {
  std::string out;
  std::size_t end = 0;  // behind the last glyph that is no blank
  for (int x = 0; x < size_.width; ++x) {
    append_utf8(out, at(x, y).glyph);
    if (at(x, y).glyph != U' ') end = out.size();
  }
  out.resize(end);
  return out;
}

void Canvas::to_ascii() {
  for (Cell& cell : cells_) cell.glyph = ascii_of(cell.glyph);
}

std::u32string glyphs_of(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const char32_t point = take(utf8);
    out += takes_one_cell(point) ? point : U'?';
  }
  return out;
}

int width_of(std::string_view utf8) {
  return static_cast<int>(glyphs_of(utf8).size());
}

std::string shortened(std::string_view utf8, int width) {
  const std::u32string glyphs = glyphs_of(utf8);
  const bool fits = static_cast<int>(glyphs.size()) <= width;
  const std::size_t kept = fits ? glyphs.size() : static_cast<std::size_t>(std::max(width - 1, 0));
  std::string out;
  for (std::size_t i = 0; i < kept; ++i) append_utf8(out, glyphs[i]);
  if (!fits && width > 0) append_utf8(out, kEllipsis);
  return out;
}

}  // namespace tui
