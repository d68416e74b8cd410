// However a stream is cut, the same lines come out of it.
#include <string>
#include <vector>

#include "base/check.h"
#include "stratum/line_framer.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

constexpr std::size_t kLimit = 64;

struct Framed {
  std::vector<std::string> lines;
  bool failed = false;
  bool operator==(const Framed&) const = default;
};

bool feed(stratum::LineFramer& framer, std::string_view bytes, Framed& out) {
  out.failed = !framer.feed(bytes).ok();
  while (auto line = framer.next()) out.lines.push_back(std::move(*line));
  CHECK(framer.pending() <= kLimit);
  return !out.failed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  input.choose(1);
  std::string stream;
  Framed cut;
  stratum::LineFramer cut_framer(kLimit);
  input.for_pieces([&](std::string_view piece) {
    stream += piece;
    return feed(cut_framer, piece, cut);
  });
  Framed whole;
  stratum::LineFramer whole_framer(kLimit);
  feed(whole_framer, stream, whole);
  CHECK(cut == whole);
  return 0;
}
