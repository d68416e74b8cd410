// Shows devices what a device must show, without a test library: `checker MODULE_FOLDER`. For
// machines that have a card, a compiler and CMake, and nothing else; scripts/gpu-check calls it
// there.

#include <cstdio>
#include <span>
#include <utility>

#include "tests/checker/arguments.h"
#include "tests/checker/program.h"

int main(int argc, char** argv) {
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  auto arguments = checker::parse_arguments(words.subspan(1));
  if (!arguments.ok()) {
    std::fprintf(stderr, "checker: %s\n%s", arguments.message().c_str(), checker::kUsage);
    return 2;
  }
  return checker::Program(std::move(arguments).value()).run();
}
