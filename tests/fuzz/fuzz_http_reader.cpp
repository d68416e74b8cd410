// Whatever comes to a node's port: requests are the same however the stream is cut, within their
// limits, and none is let through without the token; after a refusal nothing is read.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "pool/http_reader.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using pool::HttpReader;

constexpr std::string_view kToken = "open-sesame-123456";

/// What a reader made of a stream: bodies, and the status of its refusal.
struct Heard {
  std::vector<std::string> bodies;
  int refusal = 0;
};

class Listener {
 public:
  /// False once nothing more is to be read.
  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t some = std::min(bytes.size(), reader_.room());
      CHECK(some > 0);  // a reader without room for one more byte has something to say
      reader_.feed(bytes.substr(0, some));
      bytes.remove_prefix(some);
      if (!take()) return false;
    }
    return true;
  }
  const Heard& heard() const { return heard_; }

 private:
  bool take() {
    for (;;) {
      const auto next = reader_.next();
      if (std::holds_alternative<HttpReader::NeedMore>(next)) return true;
      if (const auto* refused = std::get_if<pool::HttpRefusal>(&next)) {
        CHECK(refused->status >= 400 && refused->status < 600 && !refused->why.empty());
        heard_.refusal = refused->status;
        return false;
      }
      const auto& request = std::get<pool::HttpRequest>(next);
      CHECK(request.body.size() <= HttpReader::kMaxBody);
      heard_.bodies.push_back(request.body);
      if (!request.keep_alive) return false;
    }
  }

  const pool::HttpGate gate_{{std::string(kToken), {"node.example"}}};
  HttpReader reader_{gate_};
  Heard heard_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  Listener cut;
  FuzzInput(data, size).for_pieces([&](std::string_view piece) { return cut.feed(piece); });
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  Listener whole;
  whole.feed(all);
  // A head that is broken is seen sooner or later, depending on how much of it came at once.
  CHECK(cut.heard().bodies == whole.heard().bodies);
  CHECK(whole.heard().bodies.empty() || all.find(kToken) != std::string_view::npos);
  return 0;
}
