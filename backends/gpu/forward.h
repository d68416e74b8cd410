#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/memory.h"
#include "backends/gpu/models.h"
#include "backends/gpu/product_path.h"
#include "poc/target.h"

namespace backends::gpu {

/// The kernels of one path, by what they do.
struct Kernels {
  Kernel make_weights, make_keys, make_input, norm, attention, hash_rows, make_tickets, report;
  Kernel narrow, gate, add;  ///< products

  static base::Result<Kernels> load(Driver& driver, const ProductPath& path);
};

/// One group of nonces to compute.
struct Group {
  const Model* model = nullptr;
  const poc::RaceSpec* race = nullptr;  ///< its nonces from `first_nonce` on; null: `keys`
  std::uint64_t first_nonce = 0;
  std::span<const poc::InputKey> keys{};  ///< where there is no race
  std::uint32_t count = 0;
  poc::Target target = poc::Target::none();
  bool all = false;              ///< report every nonce, whatever its ticket
  std::uint32_t generation = 0;  ///< for Stop
};

/// Launches forward passes: everything from the nonces to the list of those that met the target
/// happens on the device, one kernel after the other on Queue::kRace, and nothing waits for the
/// host. Activations of one group fit in at a time; the lists of several, in slots. Belongs to the
/// device's thread; gone before the driver.
class Forward {
 public:
  static constexpr std::uint32_t kSlots = 3;

  Forward(Driver& driver, const Kernels& kernels, const ProductPath& path,
          std::uint32_t processors);

  /// Takes the words by which a race is stopped. Once, before all else.
  base::Status prepare();

  /// Takes memory for groups of up to `nonces` of the profile. Nothing is under way. After an error
  /// it holds none.
  base::Status fit(const poc::Profile& profile, std::uint32_t nonces);
  /// Whether memory for groups of the profile is there, and for how many nonces.
  bool fits(const poc::Profile& profile) const { return nonces_ != 0 && profile == profile_; }
  std::uint32_t fitted() const { return nonces_; }

  /// Gives the activations' memory back.
  void release() noexcept;

  /// Launches a group whose list goes to `slot`; `fit` was for its profile and at least its count.
  base::Status run(const Group& group, std::uint32_t slot);

  /// How many launches a group of the profile is.
  static std::uint32_t launches(const poc::Profile& profile) { return 7 * profile.layers + 6; }

  /// What came of the group last run in that slot, once its kernels are done.
  const Report& report(std::uint32_t slot) const;
  std::span<const Found> found(std::uint32_t slot) const;

  /// Work of this generation and of all before it ends early. Any thread, any time.
  void stop(std::uint32_t generation) noexcept;

 private:
  /// A group and its layout in memory.
  struct Run {
    const Group& group;
    poc::Profile profile;
    Stop stop;
    Panels a;     // normalised rows, then attention's
    Panels wide;  // q, k, v; then h
  };

  Stop stop_of(std::uint32_t generation) const;
  /// Each kernel goes through the rows against the order of the one before: it begins with what
  /// that one wrote last, which the cache still holds.
  bool turn() { return backward_ = !backward_; }
  base::Status allocate(const poc::Profile& profile, std::uint32_t nonces);
  base::Status make_keys(const Group& group);
  base::Status make_input(const Run& run);
  base::Status layer(const Run& run, std::uint32_t number);
  base::Status norm(const Run& run);
  base::Status attention(const Run& run);
  base::Status product(const Run& run, Kernel kernel, std::uint32_t layer, std::uint32_t tensor);
  base::Status close(const Run& run, std::uint32_t slot);
  /// A launch with a thread (or `per_block` pieces of work a block) for each of `count`.
  template <class Arguments>
  base::Status launch(Kernel kernel, std::uint64_t count, std::uint32_t per_block,
                      std::uint32_t threads, const Arguments& args, std::uint32_t shared_bytes = 0);

  Driver& driver_;
  const Kernels kernels_;
  const ProductPath path_;
  const std::uint32_t processors_;
  SharedBuffer asked_;  // the host's word for stop
  Buffer seen_;         // the device's copy of it, and the counter of found nonces
  poc::Profile profile_{};
  bool backward_ = false;
  std::uint32_t nonces_ = 0;
  std::uint64_t rows_ = 0;
  Buffer x_, a_, wide_, hashes_, keys_;
  SharedBuffer slots_[kSlots];
};

}  // namespace backends::gpu
