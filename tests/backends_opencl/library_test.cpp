#include "backends/opencl/library.h"

#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::EndsWith;
using testing::StartsWith;

TEST(OpenClLibrary, SaysThatThereIsNoLoader) {
  const std::string text = failure(Library::open("/nowhere/libOpenCL.so.1"));
  EXPECT_THAT(text,
              StartsWith("unavailable: no OpenCL: /nowhere/libOpenCL.so.1 cannot be opened: "));
  EXPECT_THAT(text, EndsWith("; install an OpenCL driver"));
}

TEST(OpenClLibrary, NamesAFunctionThatIsMissing) {
  EXPECT_EQ(failure(Library::open("libm.so.6")),
            "unavailable: no OpenCL: libm.so.6 lacks clBuildProgram; install a loader of OpenCL "
            "1.2 or newer");
}

TEST(OpenClLibrary, OpensALoader) {
  EXPECT_EQ(failure(Library::open(SPRINT_FAKE_OPENCL)), "no error");
}

TEST(OpenClLibrary, NamesErrors) {
  EXPECT_EQ(error_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
  EXPECT_EQ(error_name(CL_PLATFORM_NOT_FOUND_KHR), "CL_PLATFORM_NOT_FOUND_KHR");
  EXPECT_EQ(error_name(-9999), "error -9999");
}

TEST(OpenClLibrary, TellsApartWhatBecomesOfACall) {
  const auto told = [](cl_int result) {
    return failure(Library::outcome("0000:01:00.0", "clThis", result));
  };
  EXPECT_EQ(told(CL_SUCCESS), "no error");
  EXPECT_EQ(told(CL_MEM_OBJECT_ALLOCATION_FAILURE),
            "no memory: 0000:01:00.0: clThis: CL_MEM_OBJECT_ALLOCATION_FAILURE");
  EXPECT_EQ(told(CL_OUT_OF_RESOURCES), "device: 0000:01:00.0: clThis: CL_OUT_OF_RESOURCES");
  EXPECT_EQ(told(CL_DEVICE_NOT_AVAILABLE), "device: 0000:01:00.0: clThis: CL_DEVICE_NOT_AVAILABLE");
}

}  // namespace
}  // namespace backends::opencl
