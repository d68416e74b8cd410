#pragma once

#include <cstdint>

namespace tests {

/// Answers of NVML, by its numbers.
constexpr int kSuccess = 0;
constexpr int kUninitialized = 1;
constexpr int kInvalidArgument = 2;
constexpr int kNotSupported = 3;
constexpr int kDriverNotLoaded = 9;
constexpr int kGpuIsLost = 15;
constexpr int kResetRequired = 16;
constexpr int kUnknown = 999;

/// What one question gets: the answer, and the value where that is a success.
struct FakeAnswer {
  int answer = kNotSupported;
  std::uint64_t value = 0;

  FakeAnswer() = default;
  FakeAnswer(std::uint64_t told) : answer(kSuccess), value(told) {}  // NOLINT
  static FakeAnswer fault(int code) {
    FakeAnswer out;
    out.answer = code;
    return out;
  }
};

/// A card of the stand-in library. By default it has no sensor at all.
struct FakeCard {
  int handle = kSuccess;  ///< the answer to the question for its handle
  int gone = kSuccess;    ///< if not a success, the answer to every question about it
  int fields = kSuccess;  ///< the answer to the question for fields, whatever theirs
  char bus_id[32] = "00000000:01:00.0";
  char name[96] = "Card";
  FakeAnswer core_celsius;
  FakeAnswer hotspot_celsius = FakeAnswer::fault(kInvalidArgument);
  FakeAnswer memory_celsius;
  int memory_celsius_type = 1;  ///< of NVML's value types: an unsigned int
  FakeAnswer fan_percent;       ///< of the first fan
  FakeAnswer old_fan_percent;   ///< as the function for cards of one fan tells it
  FakeAnswer fan_rpm;
  FakeAnswer power_milliwatts;
  FakeAnswer enforced_limit_milliwatts;
  FakeAnswer managed_limit_milliwatts;
  FakeAnswer sm_mhz;
  FakeAnswer memory_mhz;
  FakeAnswer load_percent;
  FakeAnswer memory_used_bytes;  ///< its answer is that for both
  std::uint64_t memory_total_bytes = 0;
  FakeAnswer pcie_generation;
  FakeAnswer pcie_lanes;
  FakeAnswer reasons;
  int questions = 0;  ///< about its sensors, so far
};

/// What the library says, and what was done with it.
struct FakeScript {
  static constexpr std::uint32_t kMostCards = 4;

  int init = kSuccess;
  int count = kSuccess;
  std::uint32_t cards_told = 0;  ///< how many it says there are; those past the fourth are lost
  FakeCard cards[kMostCards];
  int initialised = 0;  ///< times, less the times it was shut down
  int inits = 0;
};

/// The stand-in's own function, beside NVML's.
constexpr const char* kScriptSymbol = "fake_library_script";
using ScriptFunction = FakeScript*();

}  // namespace tests
