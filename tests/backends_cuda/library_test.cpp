#include "backends/cuda/library.h"

#include "tests/backends_cuda/bench.h"

namespace backends::cuda {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class LibraryTest : public FakeMachine {
 protected:
  static std::string refusal(const std::string& path = SPRINT_FAKE_DRIVER) {
    return failure(Library::open(path));
  }
};

TEST_F(LibraryTest, OpensADriverThatIsNewEnough) {
  EXPECT_EQ(refusal(), "no error");
  fake_.version = kOldestDriver;
  EXPECT_EQ(refusal(), "no error");
  fake_.version = CUDA_VERSION + 1000;
  EXPECT_EQ(refusal(), "no error");
}

TEST_F(LibraryTest, SaysThatThereIsNoDriver) {
  EXPECT_THAT(
      refusal("/nowhere/libcuda.so.1"),
      StartsWith("unavailable: no NVIDIA driver: /nowhere/libcuda.so.1 cannot be opened: "));
}

TEST_F(LibraryTest, SaysThatALibraryIsNoDriver) {
  EXPECT_EQ(refusal("libm.so.6"),
            "unavailable: no NVIDIA driver: libm.so.6 does not tell its version");
}

TEST_F(LibraryTest, NamesBothVersionsOfADriverThatIsTooOld) {
  fake_.version = 11040;
  EXPECT_EQ(refusal(), "unavailable: NVIDIA driver supports CUDA 11.4, this build needs " +
                           std::to_string(CUDA_VERSION / 1000) + ".0");
  fake_.version = kOldestDriver - 10;
  EXPECT_THAT(refusal(), StartsWith("unavailable: NVIDIA driver supports CUDA "));
}

TEST_F(LibraryTest, NamesAFunctionThatIsMissing) {
  EXPECT_THAT(refusal(SPRINT_FAKE_DRIVER_WITHOUT_LAUNCH), HasSubstr("lacks cuLaunchKernel"));
}

TEST_F(LibraryTest, SaysThatThereIsNoCard) {
  fake_.cards.clear();
  EXPECT_EQ(refusal(), "unavailable: no NVIDIA card");
}

TEST_F(LibraryTest, SaysWhyTheDriverDoesNotStart) {
  fake_.answers["cuInit"] = CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
  EXPECT_EQ(refusal(),
            "unavailable: the NVIDIA driver does not start: cuInit: "
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, system has unsupported display driver / cuda "
            "driver combination");
}

TEST_F(LibraryTest, DescribesAResultThatTheDriverDoesNotKnow) {
  EXPECT_EQ(open_library()->describe(CUDA_ERROR_TIMEOUT), "error 909");
}

TEST_F(LibraryTest, TellsApartWhatBecomesOfACall) {
  const auto library = open_library();
  const auto told = [&](CUresult result) {
    return failure(library->outcome("0000:c1:00.0", "cuThis", result));
  };
  EXPECT_EQ(told(CUDA_SUCCESS), "no error");
  EXPECT_EQ(told(CUDA_ERROR_OUT_OF_MEMORY),
            "no memory: 0000:c1:00.0: cuThis: CUDA_ERROR_OUT_OF_MEMORY, out of memory");
  EXPECT_EQ(told(CUDA_ERROR_INVALID_VALUE),
            "device: 0000:c1:00.0: cuThis: CUDA_ERROR_INVALID_VALUE, invalid argument");
  EXPECT_EQ(told(CUDA_ERROR_ECC_UNCORRECTABLE),
            "device: 0000:c1:00.0: cuThis: CUDA_ERROR_ECC_UNCORRECTABLE, uncorrectable ECC error "
            "encountered; the card does nothing more until it is opened again");
}

}  // namespace
}  // namespace backends::cuda
