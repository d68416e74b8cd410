#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/opencl/kernels.h"
#include "backends/opencl/memory.h"
#include "backends/opencl/models.h"
#include "backends/opencl/stream.h"
#include "backends/opencl/tile.h"
#include "poc/params.h"
#include "poc/target.h"

namespace backends::opencl {

/// One group of nonces to compute.
struct Group {
  const Model* model = nullptr;
  std::uint64_t first_nonce = 0;          ///< of the race set by `set_race`, where `keys` is empty
  std::span<const poc::InputKey> keys{};  ///< else these
  std::uint32_t count = 0;
  poc::Target target = poc::Target::none();
  bool all = false;        ///< report every nonce, whatever its ticket
  std::uint32_t slot = 0;  ///< whose list receives what is found
  std::uint64_t tag = 0;   ///< of its launches on the stream
};

/// A nonce of a group that met the target, as the kernels write it.
struct FoundNonce {
  std::uint32_t index = 0;
  std::uint8_t digest[32] = {};
};

/// Hands a group's forward pass to the stream, a launch at a time and no more than the stream
/// admits: everything from the nonces to the list of those that met the target happens on the
/// device, and one small read per group comes back. One group after the other; activations of one
/// fit in, the lists of several, in slots. Belongs to the device's thread; gone before the stream.
class Forward {
 public:
  static constexpr std::uint32_t kSlots = 3;

  /// Where no launch may take longer than `longest`; zero: any may.
  Forward(const Library& library, Memory& memory, Stream& stream, const Kernels& kernels,
          const Tile& tile, base::Micros longest, double mac_per_second);

  /// Takes memory for groups of up to `nonces` of the profile. After an error it holds none.
  base::Status fit(const poc::Profile& profile, std::uint32_t nonces);
  /// Whether memory for groups of the profile is there, and for how many nonces.
  bool fits(const poc::Profile& profile) const { return nonces_ != 0 && profile == profile_; }
  std::uint32_t fitted() const { return nonces_; }
  /// Gives the activations' memory back.
  void release() noexcept;

  /// Sets whose nonces the following groups have.
  base::Status set_race(const poc::RaceSpec& race);

  /// Makes the group the one that `feed` launches; nothing is launched yet. `fit` was for its
  /// profile and at least its count; the one before is launched whole, or was abandoned.
  base::Status begin(const Group& group);
  /// Whether launches of the group are left.
  bool under_way() const { return step_ != Step::kDone; }
  /// Launches the next part of the group; false: the stream admits no more now.
  base::Result<bool> feed();
  /// Leaves the rest of the group undone.
  void abandon() { step_ = Step::kDone; }

  /// What is in the list of a slot whose read has ended. A list that cannot be is Fault::kDevice.
  base::Result<std::vector<FoundNonce>> found(std::uint32_t slot, std::uint32_t count);

  /// Makes a piece of weights of at most so many bytes, and of no more than fit `within`.
  base::Status make_weights(Model& model, base::Micros within, std::uint64_t tag);

 private:
  /// The launches of a group, in order; from kNorm to kDown once a layer.
  enum class Step : std::uint8_t {
    kKeys,
    kInput,
    kNorm,
    kQkv,
    kAttention,
    kOut,
    kSecondNorm,
    kGateUp,
    kDown,
    kLastNorm,
    kHash,
    kTickets,
    kRead,
    kDone,
  };

  /// What a step launches, whole or cut between groups of work-items.
  struct Work {
    const Kernel* kernel = nullptr;
    std::uint64_t groups = 0;
    std::uint32_t items = 1;
    double units_per_group = 1;
    Rate* rate = nullptr;
  };

  base::Status allocate(const poc::Profile& profile, std::uint32_t nonces);
  std::uint32_t rows() const { return group_.count * POC_TOKENS; }
  Work work() const;
  Work items_work(const Kernel& kernel, std::uint64_t items, double units_per_item,
                  Rate& rate) const;
  Work norm_work() const;
  Work product_work(const Kernels::Product& product, std::uint32_t tensor, Rate& rate) const;
  cl_int set_arguments_of_step(std::uint32_t first);
  cl_int set_product(const Kernels::Product& product, cl_mem out, cl_mem a, std::uint32_t tensor,
                     std::uint32_t first);
  base::Result<bool> launch_part(const Work& work);
  base::Result<bool> read_list();
  void advance();

  const Library& library_;
  Memory& memory_;
  Stream& stream_;
  const Kernels& kernels_;
  const Tile tile_;
  const base::Micros longest_;
  mutable Rate weights_rate_, keys_rate_, input_rate_, norm_rate_, qkv_rate_, attention_rate_,
      out_rate_, gate_up_rate_, down_rate_, hash_rate_, tickets_rate_;

  poc::Profile profile_{};
  std::uint32_t nonces_ = 0;
  Buffer x_, a_, wide_, hashes_, keys_, prefix_;
  struct Slot {
    Buffer list;
    std::array<std::uint32_t, 1 + 7 * 9> head{};  // what each group's read brings
    std::uint32_t head_bytes = 0;
  };
  Slot slots_[kSlots];

  Group group_;
  Step step_ = Step::kDone;
  std::uint32_t layer_ = 0;
  std::uint64_t launched_ = 0;  // groups of work-items of this step
};

}  // namespace backends::opencl
