// A module whose library throws while it starts.

#include <stdexcept>

#include "backends/api/module.h"

namespace {

backends::Backend* make_backend() {
  throw std::runtime_error("no\nsuch platform");
}

}  // namespace

SPRINTMINER_MODULE("throws", 0, make_backend, nullptr)
