// How fast our products in OpenCL are, beside CLBlast's SGEMM of the same shapes on the same device
// in the same minutes: the two take turns, and the ratio is that of neighbours, since the speed of
// a shared machine drifts. CLBlast multiplies floats and leaves floats; ours reads and writes bytes
// and has its epilogue.
//
//   opencl_products [PROFILE [NONCES [ROUNDS [INNER [TILE [DEVICE]]]]]]
//
// INNER: fp32, dot4 or int. TILE: "default", or
// rows,outputs,depth,item_rows,item_outputs,vector,prefetch. One line of JSON a product, and one of
// all.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "poc/params.h"
#include "poc/profile.h"
#include "tests/bench/need.h"
#include "tests/bench/opencl_bench.h"

namespace bench {
namespace {

using backends::opencl::DeviceClass;
using backends::opencl::Inner;
using backends::opencl::Tile;

template <class Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Inner parse_inner(const std::string& name) {
  if (name == "fp32") return Inner::kFp32;
  if (name == "dot4") return Inner::kDot4;
  if (name == "int") return Inner::kInt;
  throw std::runtime_error("inner loop '" + name + "' is neither fp32, dot4 nor int");
}

Tile default_tile_of(const BenchDevice& device, Inner inner) {
  const DeviceClass kind = device.is_gpu              ? DeviceClass::kGpu
                           : device.vector_ints >= 16 ? DeviceClass::kWideProcessor
                                                      : DeviceClass::kProcessor;
  return backends::opencl::default_tile(kind, inner);
}

Tile parse_tile(const std::string& text, Tile tile) {
  if (text == "default") return tile;
  std::istringstream in(text);
  std::uint32_t prefetch = 0;
  std::uint32_t* const numbers[] = {&tile.rows,         &tile.outputs, &tile.depth, &tile.item_rows,
                                    &tile.item_outputs, &tile.vector,  &prefetch};
  for (std::uint32_t* number : numbers) {
    if (!(in >> *number)) throw std::runtime_error("tile '" + text + "' has not seven numbers");
    in.ignore(1, ',');
  }
  tile.prefetch = prefetch != 0;
  tile.norm_items = std::max(tile.norm_rows / tile.vector, 1U);
  tile.head_items = POC_TOKENS / tile.vector;
  return tile;
}

std::vector<ProductShape> shapes_of(const poc::Profile& profile, std::uint32_t nonces) {
  const std::uint32_t rows = POC_TOKENS * nonces;
  return {{"qkv", "narrow", rows, 3 * profile.dim, profile.dim},
          {"out", "add", rows, profile.dim, profile.dim},
          {"gate_up", "gate", rows, 2 * profile.ffn, profile.dim},
          {"down", "add", rows, profile.dim, profile.ffn}};
}

/// Seconds of one product each, by the rounds' medians, and the ratio of the two.
struct Measured {
  double ours = 0;
  double blas = 0;
  double ratio = 0;
};

Measured measure(const BenchDevice& device, const OurProgram& program, const ProductShape& shape,
                 int rounds) {
  const ProductInputs inputs = random_inputs(shape);
  OurProduct ours(device, program, shape, inputs);
  BlasProduct plain(device, shape, inputs, false);
  BlasProduct turned(device, shape, inputs, true);
  ours.check();
  for (BlasProduct* blas : {&plain, &turned}) {
    blas->run();
    blas->check();
  }
  std::vector<double> our_times, blas_times, ratios;
  for (int i = 0; i < rounds; ++i) {
    our_times.push_back(seconds_of([&] { ours.run(); }));
    // Whichever of its two ways is the faster one.
    const double one = seconds_of([&] { plain.run(); });
    const double other = seconds_of([&] { turned.run(); });
    blas_times.push_back(std::min(one, other));
    ratios.push_back(blas_times.back() / our_times.back());
  }
  return {median(our_times), median(blas_times), median(ratios)};
}

void print(const std::string& name, double macs, const Measured& m) {
  std::printf(
      "{\"product\":\"%s\",\"mac_per_second\":%.4g,\"clblast_mac_per_second\":%.4g,"
      "\"ratio\":%.3f}\n",
      name.c_str(), macs / m.ours, macs / m.blas, m.ratio);
  std::fflush(stdout);
}

void run(const std::string& profile_name, std::uint32_t nonces, int rounds, Inner inner,
         const std::string& tile_text, std::uint32_t number) {
  const poc::Profile profile = need(poc::parse_profile(profile_name));
  const BenchDevice device = open_device(number);
  const OurProgram program(device, parse_tile(tile_text, default_tile_of(device, inner)));
  std::printf(
      "{\"device\":\"%s\",\"profile\":\"%s\",\"rows\":%u,\"rounds\":%d,\"options\":\"%s\"}\n",
      device.name.c_str(), poc::to_string(profile).c_str(), nonces * POC_TOKENS, rounds,
      build_options(program.tile()).c_str());
  double macs = 0;
  Measured all;
  for (const ProductShape& shape : shapes_of(profile, nonces)) {
    const Measured m = measure(device, program, shape, rounds);
    print(shape.name, shape.macs(), m);
    macs += shape.macs();
    all.ours += m.ours;
    all.blas += m.blas;
  }
  all.ratio = all.blas / all.ours;
  print("all", macs, all);
}

int number_of(const char* text) {
  const int number = std::atoi(text);
  if (number < 1) throw std::runtime_error("a count is at least 1");
  return number;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    const auto given = [&](int i, const char* otherwise) { return argc > i ? argv[i] : otherwise; };
    bench::run(given(1, "micro"), static_cast<std::uint32_t>(bench::number_of(given(2, "48"))),
               bench::number_of(given(3, "15")), bench::parse_inner(given(4, "fp32")),
               given(5, "default"), static_cast<std::uint32_t>(std::atoi(given(6, "0"))));
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "opencl_products: %s\n", fault.what());
    return 1;
  }
}
