#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "poc/profile.h"

namespace bench {

/// The four products of each layer of a profile, computed by oneDNN's matmul: unsigned by signed
/// bytes to scaled bytes, weights packed as the library likes them, every layer with weights of its
/// own. What is left of a forward pass without streams, norms, attention, gate and hashes, by a
/// library that knows this processor. Uses all its threads; belongs to one thread.
class Yardstick {
 public:
  /// For `rows` rows of activations at once. Throws std::exception when the library refuses.
  Yardstick(const poc::Profile& profile, std::size_t rows);
  ~Yardstick();
  Yardstick(const Yardstick&) = delete;
  Yardstick& operator=(const Yardstick&) = delete;

  /// All products of all layers once.
  void run();

  /// Multiply-accumulates of one `run`.
  double macs() const { return macs_; }
  /// The library's version and its name for the kernel in use.
  const std::string& description() const { return description_; }

 private:
  struct Products;
  std::unique_ptr<Products> products_;
  double macs_ = 0;
  std::string description_;
};

}  // namespace bench
