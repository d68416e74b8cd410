#pragma once

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backends/cuda/library.h"
#include "tests/backends_cuda/fake_driver.h"

namespace backends::cuda {

/// The fake driver as the process has it, in the state it begins with. It stays loaded, as the
/// module keeps it.
inline FakeDriver& fresh_fake() {
  void* library = dlopen(SPRINT_FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(library, nullptr) << dlerror();
  auto* find = reinterpret_cast<decltype(&fake_driver)>(dlsym(library, "fake_driver"));
  *find() = FakeDriver{};
  return *find();
}

/// A machine with one card, like an H100. Whatever a test opens is given back at its end.
class FakeMachine : public testing::Test {
 protected:
  FakeMachine() : fake_(fresh_fake()) { fake_.cards.resize(1); }
  void TearDown() override { EXPECT_EQ(fake_.counts, FakeCounts{}); }

  static std::unique_ptr<const Library> open_library() {
    auto library = Library::open(SPRINT_FAKE_DRIVER);
    EXPECT_TRUE(library.ok()) << library.message();
    return std::move(library).value();
  }

  FakeDriver& fake_;
};

/// The error of a result that must be one: "unavailable: no NVIDIA card".
template <class T>
std::string failure(const base::Result<T>& result) {
  if (result.ok()) return "no error";
  switch (result.error().fault) {
    case base::Fault::kInvalid:
      return "invalid: " + result.message();
    case base::Fault::kUnavailable:
      return "unavailable: " + result.message();
    case base::Fault::kNoMemory:
      return "no memory: " + result.message();
    case base::Fault::kDevice:
      return "device: " + result.message();
    case base::Fault::kWrong:
      return "wrong: " + result.message();
    case base::Fault::kIo:
      return "io: " + result.message();
  }
  return "";
}

}  // namespace backends::cuda
