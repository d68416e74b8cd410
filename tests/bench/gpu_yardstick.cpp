// How fast a card is, beside the vendor's own matrix library on the same shapes in the same run.
//
//   gpu_yardstick [PATH [PROFILE [ROUNDS [GROUP]]]]
//
// First what it says to known answers; then each product of a layer and the library's in turn; then
// the whole forward pass, from nonces to tickets, in turn with the library's products of one layer.
// Lines of JSON: one a product, one for a layer's kernels, one for the whole.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "backends/api/self_test.h"
#include "backends/cuda/backend.h"
#include "poc/reference.h"
#include "tests/bench/gpu_library.h"
#include "tests/bench/gpu_products.h"
#include "tests/bench/need.h"

namespace bench {
namespace {

using backends::cuda::CudaBackend;
using Seconds = std::chrono::duration<double>;

constexpr const char* kProductNames[POC_TENSORS] = {"qkv", "out", "gate_up", "down"};
constexpr int kRepeats = 10;  ///< of a kernel in a row

/// What is measured.
struct Plan {
  std::string path;
  std::string profile_name;
  poc::Profile profile;
  int rounds;
  std::string group;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Work>
double seconds_of(const Work& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return Seconds(std::chrono::steady_clock::now() - began).count();
}

std::unique_ptr<backends::Device> open(CudaBackend& backend, const Plan& plan) {
  need(backend.probe());
  const std::vector<backends::OptionAssignment> given = {{"", "path", plan.path},
                                                         {"", "group", plan.group}};
  auto device = need(backend.open(0, need(backends::resolve_options(backend.options(), given))));
  need_ok(backends::self_test(*device));
  return device;
}

poc::RaceSpec race_of(const Plan& plan) {
  return {{plan.profile, {}}, {}, {}};
}

/// The nonces that the device computes together.
std::uint32_t group_of(const Plan& plan) {
  CudaBackend backend;
  const auto device = open(backend, plan);
  need_ok(backends::prepare_fully(*device, race_of(plan).model));
  need_ok(device->start(race_of(plan)));
  return device->group_size();
}

/// Seconds of a product, ours and the library's.
struct Pair {
  double ours = 0;
  double library = 0;
};

Pair compare_product(const Plan& plan, Products& products, std::uint32_t tensor,
                     std::uint32_t rows) {
  const auto shape = poc::tensor_shape(plan.profile, tensor);
  LibraryProduct library(rows, shape.outputs, shape.inputs);
  std::vector<double> ours;
  std::vector<double> theirs;
  for (int i = -1; i < plan.rounds; ++i) {  // the first one warms up
    const double mine = products.product(tensor, kRepeats);
    const double its = library.seconds(kRepeats);
    if (i < 0) continue;
    ours.push_back(mine);
    theirs.push_back(its);
  }
  const double macs = static_cast<double>(rows) * static_cast<double>(shape.size());
  std::printf(
      "{\"product\":\"%s\",\"path\":\"%s\",\"profile\":\"%s\",\"rows\":%u,\"outputs\":%u,"
      "\"inputs\":%u,"
      "\"tmac_per_second\":%.1f,\"library_tmac_per_second\":%.1f,\"ratio\":%.3f,\"us\":%.1f,"
      "\"library\":\"%s\"}\n",
      kProductNames[tensor], std::string(products.path().name).c_str(), plan.profile_name.c_str(),
      rows, shape.outputs, shape.inputs, macs / median(ours) / 1e12, macs / median(theirs) / 1e12,
      median(theirs) / median(ours), median(ours) * 1e6, library.description().c_str());
  std::fflush(stdout);
  return {median(ours), median(theirs)};
}

void compare_products(const Plan& plan, std::uint32_t rows) {
  Products products(plan.path, plan.profile, rows);
  Pair layer;
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
    const Pair seconds = compare_product(plan, products, t, rows);
    layer.ours += seconds.ours;
    layer.library += seconds.library;
  }
  products.norm(kRepeats);
  products.attention(kRepeats);
  std::printf(
      "{\"layer\":\"kernels\",\"path\":\"%s\",\"profile\":\"%s\",\"us\":%.1f,\"library_us\":%.1f,"
      "\"norm_us\":%.1f,\"attention_us\":%.1f}\n",
      std::string(products.path().name).c_str(), plan.profile_name.c_str(), layer.ours * 1e6,
      layer.library * 1e6, products.norm(2 * kRepeats) * 1e6,
      products.attention(2 * kRepeats) * 1e6);
  std::fflush(stdout);
}

/// The library's products of one layer, as if the card did nothing else.
class LibraryLayer {
 public:
  LibraryLayer(const poc::Profile& profile, std::uint32_t rows)
      : macs_(static_cast<double>(rows) * static_cast<double>(profile.weights_bytes()) /
              profile.layers) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      const auto shape = poc::tensor_shape(profile, t);
      products_.push_back(std::make_unique<LibraryProduct>(rows, shape.outputs, shape.inputs));
    }
  }
  /// Multiply-accumulates per second.
  double rate(int repeats) {
    double seconds = 0;
    for (auto& product : products_) seconds += product->seconds(repeats);
    return macs_ / seconds;
  }

 private:
  const double macs_;
  std::vector<std::unique_ptr<LibraryProduct>> products_;
};

/// What the whole forward pass took.
struct Whole {
  double weights_seconds = 0;
  double first_seconds = 0;   ///< from start to the first group's result
  double host_share = 0;      ///< of one core, while ranges are in flight
  std::vector<double> rates;  ///< multiply-accumulates per second, by the wall clock
  std::vector<double> library_rates;
};

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Some ranges, two in flight, and the library's layers after each burst.
Whole measure(backends::Device& device, const Plan& plan, LibraryLayer& library) {
  constexpr int kRanges = 6;
  const double macs = static_cast<double>(plan.profile.mac_per_nonce());
  Whole whole;
  whole.weights_seconds =
      seconds_of([&] { need_ok(backends::prepare_fully(device, race_of(plan).model)); });
  std::uint64_t next = 0;
  const auto enqueue = [&](std::uint64_t count) {
    need_ok(device.enqueue({next, count, poc::Target::from_difficulty(1 << 20)}));
    next += count;
  };
  whole.first_seconds = seconds_of([&] {
    need_ok(device.start(race_of(plan)));
    enqueue(device.group_size());
    need(device.collect());
  });
  const std::uint64_t count = 2 * device.group_size();
  double host = 0;
  double took = 0;
  for (int i = 0; i < plan.rounds; ++i) {
    const double cpu = cpu_seconds();
    const double seconds = seconds_of([&] {
      enqueue(count);
      for (int range = 1; range < kRanges; ++range) {
        enqueue(count);
        need(device.collect());
      }
      need(device.collect());
    });
    host += cpu_seconds() - cpu;
    took += seconds;
    whole.rates.push_back(kRanges * static_cast<double>(count) * macs / seconds);
    whole.library_rates.push_back(library.rate(4 * kRepeats));
  }
  whole.host_share = host / took;
  return whole;
}

void compare_whole(const Plan& plan, std::uint32_t group) {
  CudaBackend backend;
  const auto device = open(backend, plan);
  LibraryLayer library(plan.profile, group * POC_TOKENS);
  const Whole whole = measure(*device, plan, library);
  const double rate = median(whole.rates);
  std::printf(
      "{\"whole\":\"%s\",\"path\":\"%s\",\"profile\":\"%s\",\"group\":%u,\"nonces_per_second\":%."
      "1f,"
      "\"tmac_per_second\":%.1f,\"library_tmac_per_second\":%.1f,\"ratio\":%.3f,\"weights_ms\":%."
      "1f,"
      "\"first_batch_ms\":%.1f,\"host_core_percent\":%.2f}\n",
      device->info().name.c_str(), device->info().path.c_str(), plan.profile_name.c_str(), group,
      rate / static_cast<double>(plan.profile.mac_per_nonce()), rate / 1e12,
      median(whole.library_rates) / 1e12, rate / median(whole.library_rates),
      whole.weights_seconds * 1e3, whole.first_seconds * 1e3, whole.host_share * 100);
  std::fflush(stdout);
}

void run(const Plan& plan) {
  const std::uint32_t group = group_of(plan);
  compare_products(plan, group * POC_TOKENS);
  compare_whole(plan, group);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    const auto word = [&](int i, const char* otherwise) -> std::string {
      return argc > i ? argv[i] : otherwise;
    };
    const int rounds = std::max(1, std::atoi(word(3, "10").c_str()));
    bench::run({word(1, "auto"), word(2, "base"), bench::need(poc::parse_profile(word(2, "base"))),
                rounds, word(4, "0")});
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "gpu_yardstick: %s\n", fault.what());
    return 1;
  }
}
