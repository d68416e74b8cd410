#include "backends/opencl/backend.h"

#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class BackendTest : public FakeMachine {
 protected:
  OptionValues values(std::vector<OptionAssignment> assignments = {}) {
    assignments.insert(assignments.begin(), {"opencl", "cache", "off"});
    return resolve_options(backend_.options(), assignments).value();
  }
  std::vector<DeviceInfo> probe() {
    auto found = backend_.probe();
    EXPECT_TRUE(found.ok()) << failure(found);
    return found.ok() ? *found : std::vector<DeviceInfo>{};
  }

  OpenClBackend backend_{SPRINT_FAKE_OPENCL, "source"};
};

TEST_F(BackendTest, DescribesACard) {
  card().extensions = "cl_khr_pci_bus_info";
  card().pci = {0, 1, 0, 0};
  const auto found = probe();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id(), "opencl:0");
  EXPECT_EQ(found[0].label(), "0000:01:00.0");
  EXPECT_EQ(found[0].name, "Fake Polaris");
  EXPECT_EQ(found[0].kind, DeviceKind::kGpu);
  EXPECT_EQ(found[0].memory_bytes, std::uint64_t{8} << 30);
  EXPECT_FALSE(found[0].memory_free_bytes.has_value());
  EXPECT_EQ(found[0].path, "fp32");
  EXPECT_EQ(found[0].note, "not yet measured on this card");
  EXPECT_EQ(fake_.counts, FakeCounts{}) << "a probe opens nothing";
}

TEST_F(BackendTest, WhatIsNoCardMinesOnlyWhenNamed) {
  auto& devices = fake_.platforms[0].devices;
  devices.resize(3);
  devices[1].is_unified = true;
  devices[2].type = CL_DEVICE_TYPE_CPU;
  devices[2].is_unified = true;
  const auto found = probe();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].kind, DeviceKind::kGpu);
  EXPECT_EQ(found[1].kind, DeviceKind::kReserved);
  EXPECT_THAT(found[1].note, StartsWith("shares the host's memory, mines only when named"));
  EXPECT_EQ(found[2].kind, DeviceKind::kReserved);
  EXPECT_THAT(found[2].note,
              StartsWith("a processor, mines only when named: module cpu is faster"));
}

TEST_F(BackendTest, SaysWhyThereIsNone) {
  EXPECT_THAT(failure(OpenClBackend("/nowhere.so", "").probe()),
              StartsWith("unavailable: no OpenCL: /nowhere.so cannot be opened: "));
  fake_.platforms[0].devices.clear();
  EXPECT_EQ(failure(backend_.probe()),
            "unavailable: no OpenCL device to compute on; install the driver of your card");
  fake_.platforms[0].devices.resize(1);
  card().has_compiler = false;
  EXPECT_EQ(failure(backend_.probe()),
            "unavailable: no OpenCL device to compute on: Fake Polaris has no compiler");
  fake_.platforms.clear();
  EXPECT_EQ(failure(backend_.probe()), "unavailable: no OpenCL platform; install an OpenCL driver");
}

TEST_F(BackendTest, ADeviceThatFailsIsSeenBesideTheOthers) {
  fake_.platforms.resize(2);
  fake_.platforms[0].name = "Crasher";
  fake_.platforms[0].ill = FakePlatform::Ill::kCrashes;
  fake_.platforms[1].devices.resize(2);
  fake_.platforms[1].devices[0].name = "Tiny";
  fake_.platforms[1].devices[0].local_bytes = 1024;
  const auto found = probe();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].note, StartsWith("platform 'Crasher' left out: it crashed (signal 6)"));
  EXPECT_THAT(found[0].note, HasSubstr("; Tiny: kernel tile: "));
  EXPECT_THAT(found[0].note, EndsWith("; not yet measured on this card"));
}

TEST_F(BackendTest, OpensADeviceOnceAtATime) {
  probe();
  auto first = backend_.open(0, values());
  ASSERT_TRUE(first.ok()) << failure(first);
  EXPECT_EQ(fake_.counts.contexts, 1);
  EXPECT_EQ(failure(backend_.open(0, values())), "unavailable: opencl:0 is open already");
  first->reset();
  EXPECT_EQ(fake_.counts, FakeCounts{});
  EXPECT_TRUE(backend_.open(0, values()).ok());
}

TEST_F(BackendTest, AProcessorMayBeOpenedTwice) {
  card().type = CL_DEVICE_TYPE_CPU;
  probe();
  const auto first = backend_.open(0, values());
  EXPECT_TRUE(first.ok() && backend_.open(0, values()).ok());
}

TEST_F(BackendTest, TellsThatItCompiles) {
  probe();
  const Folder folder;
  std::vector<std::string> news;
  backend_.tell_open_news([&](std::uint32_t index, std::string_view doing) {
    news.push_back(std::to_string(index) + " " + std::string(doing));
  });
  ASSERT_TRUE(backend_.open(0, values({{"", "cache", folder.path()}})).ok());
  EXPECT_THAT(news, testing::ElementsAre("0 compiling kernels"));
  ASSERT_TRUE(backend_.open(0, values({{"", "cache", folder.path()}})).ok());
  EXPECT_THAT(news, testing::SizeIs(1)) << "it is cached";
  backend_.tell_open_news({});
  EXPECT_TRUE(backend_.open(0, values()).ok());
}

TEST_F(BackendTest, ADeviceThatDidNotOpenMayBeTriedAgain) {
  probe();
  for (const char* call :
       {"clCreateContext", "clCreateCommandQueue", "clCreateProgramWithSource", "clCreateKernel"}) {
    fake_.answers[call] = {CL_OUT_OF_RESOURCES, 0};
    EXPECT_THAT(failure(backend_.open(0, values())), StartsWith("device: opencl:0: ")) << call;
    EXPECT_EQ(fake_.counts, FakeCounts{}) << call;
    fake_.answers.clear();
  }
  EXPECT_TRUE(backend_.open(0, values()).ok());
}

TEST_F(BackendTest, AProgramThatDoesNotCompileShowsTheCompilersLog) {
  probe();
  fake_.answers["clBuildProgram"] = {CL_BUILD_PROGRAM_FAILURE, 0};
  fake_.build_log = "line 1: error: \x1b[31mno\n\nline 2:\tworse\n";
  EXPECT_EQ(failure(backend_.open(0, values())),
            "device: opencl:0: the kernels do not compile: clBuildProgram: "
            "CL_BUILD_PROGRAM_FAILURE; the compiler says: line 1: error: \\x1b[31mno |line 2: "
            "worse");
  fake_.build_log = "";
  EXPECT_THAT(failure(backend_.open(0, values())), EndsWith("; the compiler says nothing"));
  fake_.build_log = std::string(100'000, 'x');
  EXPECT_LT(failure(backend_.open(0, values())).size(), 1200U);
}

TEST_F(BackendTest, OfTheCompilersLogErrorsAreShownAndNoWarnings) {
  probe();
  fake_.answers["clBuildProgram"] = {CL_BUILD_PROGRAM_FAILURE, 0};
  std::string warnings;
  for (int i = 0; i < 100; ++i)
    warnings += "p.cl:1:1: warning: unused [-Werror=unused]\n  int x;\n";
  fake_.build_log = warnings + "p.cl:7:3: error: no such function\n  dot();\n" + warnings +
                    "ptxas Error : too many registers\n";
  EXPECT_THAT(failure(backend_.open(0, values())),
              EndsWith("; the compiler says: p.cl:7:3: error: no such function |  dot(); |ptxas "
                       "Error : too many registers"));
  fake_.build_log = "something\nis wrong";
  EXPECT_THAT(failure(backend_.open(0, values())), EndsWith("says: something |is wrong"));
}

TEST_F(BackendTest, ADriverWithoutTheWordForDot4ComputesInFloats) {
  card().extensions = "cl_khr_integer_dot_product";
  card().has_fast_dot = true;
  card().version = "OpenCL 3.0 fake";
  ASSERT_EQ(probe()[0].path, "dot4");
  fake_.refused_options = "DOT4_KHR";
  fake_.build_log = "no such function";
  std::string news;
  backend_.tell_open_news([&](std::uint32_t, std::string_view doing) { news = doing; });
  const auto device = backend_.open(0, values());
  ASSERT_TRUE(device.ok()) << failure(device);
  EXPECT_EQ((*device)->info().path, "fp32");
  EXPECT_THAT(news, testing::AnyOf(HasSubstr("path fp32"), HasSubstr("compiling")));
  EXPECT_THAT(fake_.options, HasSubstr("INNER_FP32"));
}

TEST_F(BackendTest, APathThatWasAskedForIsNotReplaced) {
  probe();
  fake_.refused_options = "INNER_DOT4";
  EXPECT_THAT(failure(backend_.open(0, values({{"opencl", "path", "dot4"}}))),
              HasSubstr("the kernels do not compile"));
}

TEST_F(BackendTest, TakesItsOptions) {
  probe();
  const auto device = backend_.open(0, values({{"opencl", "path", "dot4"},
                                               {"opencl", "group", "48"},
                                               {"opencl", "tile_rows", "64"}}));
  ASSERT_TRUE(device.ok()) << failure(device);
  EXPECT_EQ((*device)->info().path, "dot4");
  EXPECT_EQ((*device)->group_size(), 48U);
  EXPECT_THAT(fake_.options, HasSubstr("DOT4_PLAIN"));
  EXPECT_THAT(fake_.options, HasSubstr("TILE_ROWS=64"));
}

TEST_F(BackendTest, RefusesATileThatCannotBe) {
  probe();
  EXPECT_THAT(failure(backend_.open(0, values({{"opencl", "tile_rows", "17"}}))),
              StartsWith("invalid: Fake Polaris: kernel tile: rows 17 "));
}

TEST_F(BackendTest, RefusesADeviceThatIsNotThere) {
  EXPECT_EQ(failure(backend_.open(0, values())), "invalid: no device opencl:0 among 0");
  probe();
  EXPECT_EQ(failure(backend_.open(1, values())), "invalid: no device opencl:1 among 1");
}

TEST_F(BackendTest, KeepFreeIsInTheUnitThatItsMeaningNames) {
  const auto option = std::find_if(backend_.options().begin(), backend_.options().end(),
                                   [](const OptionSpec& one) { return one.key == "keep_free"; });
  ASSERT_NE(option, backend_.options().end());
  EXPECT_THAT(option->meaning, StartsWith("MiB "));
  card().memory_bytes = 100 << 20;
  probe();
  const auto device = backend_.open(0, values({{"opencl", "keep_free", "99"}}));
  ASSERT_TRUE(device.ok()) << failure(device);
  poc::ModelSpec model;
  model.profile = {1, 1024, 1024};
  EXPECT_THAT(failure((*device)->prepare(model)),
              HasSubstr("1 of 100 MiB are left beside the 99 MiB that stay free (keep_free)"));
}

TEST_F(BackendTest, DefaultsAreAutomatic) {
  const auto defaults = resolve_options(backend_.options(), {}).value();
  EXPECT_EQ(defaults.text("path"), "auto");
  EXPECT_EQ(defaults.integer("group"), 0);
  EXPECT_EQ(defaults.integer("keep_free"), 200);
  EXPECT_EQ(defaults.integer("max_launch_ms"), 100);
  EXPECT_EQ(defaults.text("cache"), "");
  EXPECT_FALSE(
      resolve_options(backend_.options(), std::vector<OptionAssignment>{{"", "cache", "somewhere"}})
          .ok());
}

}  // namespace
}  // namespace backends::opencl
