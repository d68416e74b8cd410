#pragma once

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backends/opencl/library.h"
#include "tests/backends_opencl/fake_opencl.h"

namespace backends::opencl {

/// The fake library as the process has it, in the state it begins with. It stays loaded, as the
/// module keeps it.
inline FakeOpenCl& fresh_fake() {
  void* library = dlopen(SPRINT_FAKE_OPENCL, RTLD_NOW | RTLD_LOCAL);
  EXPECT_NE(library, nullptr) << dlerror();
  auto* find = reinterpret_cast<decltype(&fake_opencl)>(dlsym(library, "fake_opencl"));
  *find() = FakeOpenCl{};
  return *find();
}

/// A machine with one platform of one card, like an RX 580. Whatever a test opens is given back at
/// its end.
class FakeMachine : public testing::Test {
 protected:
  FakeMachine() : fake_(fresh_fake()) {
    fake_.platforms.resize(1);
    fake_.platforms[0].devices.resize(1);
  }
  void TearDown() override { EXPECT_EQ(fake_.counts, FakeCounts{}); }

  FakeDevice& card() { return fake_.platforms[0].devices[0]; }

  static std::unique_ptr<const Library> open_library() {
    auto library = Library::open(SPRINT_FAKE_OPENCL);
    EXPECT_TRUE(library.ok()) << library.message();
    return std::move(library).value();
  }

  FakeOpenCl& fake_;
};

/// The error of a result that must be one: "unavailable: no OpenCL platform".
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
    default:
      return "another fault: " + result.message();
  }
}

/// A folder of the test's own, gone with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  /// The names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

}  // namespace backends::opencl
