#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace backends::cuda {

/// A card as the fake driver shows it; by default like an H100.
struct FakeCard {
  std::string name = "Fake H100";
  std::string pci = "0000:C1:00.0";
  int major = 9;
  int minor = 0;
  int processors = 132;
  int clock_khz = 1'980'000;
  int shared_bytes = 227 * 1024;
  int l2_bytes = 50 << 20;
  bool integrated = false;
  std::size_t memory_bytes = std::size_t{80} << 30;
  std::size_t used_bytes = 0;
};

/// Stands for a fatbin.
struct FakeImage {
  std::vector<int> capabilities;     ///< 90 for 9.0
  std::vector<std::string> kernels;  ///< empty: whatever is asked for
};

/// What came to a stream: a launch, or a copy to `to`.
struct FakeWork {
  std::string kernel;  ///< empty: a copy
  unsigned blocks = 0;
  unsigned threads = 0;
  unsigned shared_bytes = 0;
  std::uint64_t first_argument = 0;  ///< the first eight bytes
  CUdeviceptr to = 0;
  int priority = 0;  ///< of the stream
};

/// How many of each thing are there now.
struct FakeCounts {
  int contexts = 0;
  int streams = 0;
  int events = 0;
  int modules = 0;
  int allocations = 0;
  int pinned = 0;

  bool operator==(const FakeCounts&) const = default;
};

/// What the fake driver does, and what was done with it: one a process.
struct FakeDriver {
  int version = CUDA_VERSION;
  std::vector<FakeCard> cards;
  /// What a call, by its name without a version, answers from now on. The call then does nothing.
  std::map<std::string, CUresult> answers;

  FakeCounts counts;
  unsigned context_flags = 0;
  unsigned event_flags = 0;
  std::vector<FakeWork> work;
};

}  // namespace backends::cuda

/// Exported by the library beside the driver's own functions.
extern "C" backends::cuda::FakeDriver* fake_driver();
