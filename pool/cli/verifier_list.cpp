#include "pool/cli/verifier_list.h"

#include <algorithm>

#include "backends/api/chosen_verifier.h"
#include "base/bytes.h"

namespace pool {
namespace {

constexpr std::size_t kMaxVerifiers = 64;

}  // namespace

base::Result<std::vector<std::string>> verifier_names(const std::string& text) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, comma - begin);
    if (name.empty() && !text.empty()) return base::invalid("a backend is wanted");
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return base::invalid("'" + base::printable(name, 64) + "' is named twice");
    }
    names.push_back(name);
    if (names.size() > kMaxVerifiers) return base::invalid("more than 64 are named");
    if (comma == text.size()) return names;
    begin = comma + 1;
  }
}

std::vector<VerifierSource> verifier_sources(std::span<backends::LoadedModule> modules,
                                             const std::vector<std::string>& names,
                                             std::uint32_t threads) {
  std::vector<VerifierSource> sources;
  sources.reserve(names.size() + 1);
  for (const std::string& name : names) {
    sources.push_back(
        {name.empty() ? "processor" : name, [=](const std::function<bool()>& cancelled) {
           return backends::open_verifier(modules, name, threads, cancelled);
         }});
  }
  const bool named = std::find(names.begin(), names.end(), "reference") != names.end();
  if (!named || names.size() == 1) sources.push_back(reference_source());
  return sources;
}

}  // namespace pool
