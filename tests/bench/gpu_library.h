#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// The best that the vendor's own matrix library does with signed bytes on one shape: products of
/// `rows` activations by `outputs` weights of `inputs` terms each, on random values. Every
/// algorithm that the library proposes is tried, with sums of 32 bits and with bytes as the result.
/// Uses the primary context of device 0; belongs to one thread.
class LibraryProduct {
 public:
  /// Throws std::exception when the library cannot do it.
  LibraryProduct(std::uint32_t rows, std::uint32_t outputs, std::uint32_t inputs);
  ~LibraryProduct();
  LibraryProduct(const LibraryProduct&) = delete;
  LibraryProduct& operator=(const LibraryProduct&) = delete;

  /// Seconds that one product takes, over `repeats` of them in a row by the fastest algorithm.
  double seconds(int repeats);

  /// "cublasLt 13.0.0, int32 out".
  const std::string& description() const { return description_; }

 private:
  struct State;
  void choose();

  std::unique_ptr<State> state_;
  std::string description_;
};

}  // namespace bench
