// How fast the protocol is: the pool's gate, and the ways between the miner's socket and its
// devices. One line of JSON for each figure of docs/BENCHMARKS.md, "The protocol".
//
//   protocol_bench [SAMPLES]
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "miner/json_line.h"
#include "tests/bench/gate_bench.h"
#include "tests/bench/miner_bench.h"

namespace bench {
namespace {

constexpr std::size_t kLines = 30'000;
constexpr int kRounds = 5;

/// The value that so much of all are not above.
double percentile(std::vector<double> values, double share) {
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void print_gate(const char* what, Gate gate) {
  std::vector<double> rates;
  for (int i = 0; i < kRounds; ++i) rates.push_back(gate_lines_per_second(gate, kLines));
  miner::JsonLine json;
  json.begin_object().key("what").text(what);
  json.key("lines_per_second_and_core").number(percentile(rates, 0.5)).end_object();
  std::puts(json.str().c_str());
}

void print_times(const char* what, const std::vector<double>& seconds) {
  miner::JsonLine json;
  json.begin_object().key("what").text(what).key("samples").integer(seconds.size());
  json.key("p50_seconds").number(percentile(seconds, 0.5));
  json.key("p99_seconds").number(percentile(seconds, 0.99));
  json.key("most_seconds").number(percentile(seconds, 1)).end_object();
  std::puts(json.str().c_str());
}

/// A folder where the programs' own files are; gone with this.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "sprint_bench_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void run(std::size_t samples) {
  print_gate("submit stored", Gate::kStored);
  print_gate("submit refused above its target", Gate::kAboveTarget);
  const MinerTimes plain = measure_miner(samples, "");
  print_times("new sprint to cancel", plain.cancels);
  print_times("candidate to submit", plain.submits);
  const Folder folder;
  print_times("candidate to submit, spooled", measure_miner(samples, folder.path()).submits);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    const long samples = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 2000;
    if (samples < 1 || samples > 9000) throw std::runtime_error("SAMPLES is 1 to 9000");
    bench::run(static_cast<std::size_t>(samples));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "protocol_bench: %s\n", error.what());
    return 1;
  }
}
