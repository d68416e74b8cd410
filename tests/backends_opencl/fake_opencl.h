#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace backends::opencl {

/// A device as the fake library shows it; by default like an RX 580.
struct FakeDevice {
  std::string name = "Fake Polaris";
  std::string board;  ///< with cl_amd_device_attribute_query
  std::string version = "OpenCL 1.2 fake";
  std::string extensions = "cl_khr_fp64";
  cl_device_type type = CL_DEVICE_TYPE_GPU;
  bool is_unified = false;
  bool is_available = true;
  bool has_compiler = true;
  cl_uint compute_units = 36;
  cl_uint clock_mhz = 1300;
  cl_uint vector_ints = 1;
  cl_ulong memory_bytes = cl_ulong{8} << 30;
  cl_ulong largest_buffer_bytes = cl_ulong{2} << 30;
  cl_ulong local_bytes = 64 << 10;
  std::size_t group_items = 256;
  cl_uint capability = 0;                         ///< 61 for NVIDIA's 6.1
  std::optional<cl_device_pci_bus_info_khr> pci;  ///< however the extensions have it told
  std::optional<std::size_t> free_kibibytes;      ///< with cl_amd_device_attribute_query
  bool has_fast_dot = false;                      ///< with cl_khr_integer_dot_product
  std::uint64_t used_bytes = 0;
};

struct FakePlatform {
  /// When it is asked for its devices, or already when it is loaded, before any is named.
  enum class Ill { kNot, kCrashes, kHangs, kCrashesLoaded, kHangsLoaded };
  std::string name = "Fake Platform";
  std::string icd;  ///< its file among the vendors', as OCL_ICD_VENDORS has them; empty: is there
  std::deque<FakeDevice> devices;
  Ill ill = Ill::kNot;
};

struct FakeLaunch {
  std::string kernel;
  std::size_t groups = 0;
  std::size_t items = 0;
  std::vector<std::vector<unsigned char>> arguments;
};

/// How many of each thing are there now.
struct FakeCounts {
  int contexts = 0;
  int queues = 0;
  int buffers = 0;
  int programs = 0;
  int kernels = 0;
  int events = 0;

  bool operator==(const FakeCounts&) const = default;
};

/// What the fake library does, and what was done with it: one a process.
struct FakeOpenCl {
  std::deque<FakePlatform> platforms;
  bool crashes_at_once = false;            ///< when it is asked for its platforms
  std::chrono::milliseconds loads_for{0};  ///< before it tells them
  /// What a call, by its name, answers once it has succeeded so many times. It then does nothing.
  struct Answer {
    cl_int result = CL_SUCCESS;
    int successes = 0;
    int failures = INT_MAX;  ///< so often, and then it succeeds again
  };
  std::map<std::string, Answer> answers;
  std::string build_log;
  std::string refused_options;  ///< a build with options that hold this fails; empty: none
  bool takes_binaries = true;
  std::optional<cl_uint> finds;             ///< nonces, instead of all
  std::uint64_t memory_limit = UINT64_MAX;  ///< of what is used of a device; more is refused
  std::uint64_t nanos_per_group = 0;        ///< how long a work-group seems to take

  FakeCounts counts;
  int most_events = 0;
  std::uint64_t queued_nanos = 0;  ///< how long what is on the queue seems to take
  std::uint64_t most_queued_nanos = 0;
  int sources_built = 0;
  int binaries_built = 0;
  std::string options;  ///< of the last build
  std::vector<FakeLaunch> launches;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
};

}  // namespace backends::opencl

/// Exported by the library beside OpenCL's functions.
extern "C" backends::opencl::FakeOpenCl* fake_opencl();
