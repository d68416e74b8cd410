#include "backends/opencl/forward.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "backends/opencl/plan.h"
#include "base/check.h"
#include "poc/params.h"

namespace backends::opencl {
namespace {

constexpr std::size_t kEntryWords = 9;  ///< of the found list
constexpr std::size_t kPrefixWords = 32;

}  // namespace

Forward::Forward(const Library& library, Memory& memory, Stream& stream, const Kernels& kernels,
                 const Tile& tile, base::Micros longest, double mac_per_second)
    : library_(library),
      memory_(memory),
      stream_(stream),
      kernels_(kernels),
      tile_(tile),
      longest_(longest),
      // Low guesses: the first launches are short, and then it is known.
      weights_rate_(mac_per_second / 20000),
      keys_rate_(mac_per_second / 20000),
      input_rate_(mac_per_second / 20000),
      norm_rate_(mac_per_second / 100),
      qkv_rate_(mac_per_second / 10),
      attention_rate_(mac_per_second / 500000),
      out_rate_(mac_per_second / 10),
      gate_up_rate_(mac_per_second / 10),
      down_rate_(mac_per_second / 10),
      hash_rate_(mac_per_second / 20000),
      tickets_rate_(mac_per_second / 20000) {}

base::Status Forward::fit(const poc::Profile& profile, std::uint32_t nonces) {
  release();
  auto done = allocate(profile, nonces);
  if (!done.ok()) release();
  return done;
}

base::Status Forward::allocate(const poc::Profile& profile, std::uint32_t nonces) {
  const std::string what =
      "groups of " + std::to_string(nonces) + " of profile " + to_string(profile);
  const std::uint64_t rows = rows_of(nonces, tile_.rows);
  const std::uint64_t wide = std::max(3 * profile.dim, profile.ffn);
  ASSIGN_OR_RETURN(x_, memory_.allocate(what, rows * profile.dim * sizeof(std::int16_t)));
  ASSIGN_OR_RETURN(a_, memory_.allocate(what, rows * profile.dim));
  ASSIGN_OR_RETURN(wide_, memory_.allocate(what, rows * wide));
  ASSIGN_OR_RETURN(hashes_, memory_.allocate(what, rows * 32));
  ASSIGN_OR_RETURN(keys_, memory_.allocate(what, nonces * std::uint64_t{32}));
  for (Slot& slot : slots_) {
    ASSIGN_OR_RETURN(slot.list, memory_.allocate(what, 4 + nonces * std::uint64_t{36}));
  }
  RETURN_IF_ERROR(memory_.settle(what));
  profile_ = profile;
  nonces_ = nonces;
  return base::Ok{};
}

void Forward::release() noexcept {
  for (Buffer* buffer : {&x_, &a_, &wide_, &hashes_, &keys_}) buffer->release();
  for (Slot& slot : slots_) slot.list.release();
  profile_ = {};
  nonces_ = 0;
}

base::Status Forward::set_race(const poc::RaceSpec& race) {
  if (prefix_.get() == nullptr) {
    ASSIGN_OR_RETURN(prefix_, memory_.allocate("keys", kPrefixWords * sizeof(cl_uint)));
  }
  cl_uint words[kPrefixWords] = {};
  const auto prefix = poc::input_key_prefix(race);
  static_assert(sizeof words >= std::tuple_size_v<decltype(prefix)>);
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    words[i / 4] |= cl_uint{prefix[i]} << (24 - i % 4 * 8);
  }
  return stream_.write(prefix_.get(), words, sizeof words);
}

base::Status Forward::begin(const Group& group) {
  CHECK(!under_way() && group.count > 0 && group.count <= nonces_);
  group_ = group;
  step_ = Step::kKeys;
  layer_ = 0;
  launched_ = 0;
  if (group.keys.empty()) return base::Ok{};
  CHECK(group.keys.size() == group.count);
  step_ = Step::kInput;
  return stream_.write(keys_.get(), group.keys.data(), group.keys.size_bytes());
}

base::Result<bool> Forward::feed() {
  CHECK(under_way());
  return step_ == Step::kRead ? read_list() : launch_part(work());
}

/// As much of the work as a launch may be, if the stream admits it.
base::Result<bool> Forward::launch_part(const Work& work) {
  std::uint64_t groups = work.groups - launched_;
  if (longest_.count() > 0) {
    const double most = std::max(1.0, work.rate->within(longest_) / work.units_per_group);
    if (most < static_cast<double>(groups)) groups = static_cast<std::uint64_t>(most);
    // Attention is cut between nonces.
    if (const std::uint64_t heads = profile_.heads();
        step_ == Step::kAttention && launched_ + groups < work.groups) {
      groups = std::min(round_up(groups, heads), work.groups - launched_);
    }
  }
  const double units = static_cast<double>(groups) * work.units_per_group;
  if (!stream_.admits(work.rate->expected(units))) return false;
  if (step_ == Step::kTickets && launched_ == 0) {
    RETURN_IF_ERROR(stream_.zero(slots_[group_.slot].list.get(), sizeof(cl_uint)));
  }
  RETURN_IF_ERROR(stream_.outcome("clSetKernelArg",
                                  set_arguments_of_step(static_cast<std::uint32_t>(launched_))));
  RETURN_IF_ERROR(
      stream_.launch({work.kernel->get(), groups, work.items, work.rate, units}, group_.tag));
  launched_ += groups;
  if (launched_ == work.groups) advance();
  return true;
}

/// Few are found: a small piece of the list is read beside its count, the rest when it is known
/// that there is one.
base::Result<bool> Forward::read_list() {
  if (!stream_.admits(base::Micros(0))) return false;
  Slot& slot = slots_[group_.slot];
  const std::size_t whole = sizeof(cl_uint) * (1 + kEntryWords * group_.count);
  slot.head_bytes = static_cast<std::uint32_t>(std::min(whole, sizeof slot.head));
  RETURN_IF_ERROR(stream_.read(slot.list.get(), slot.head_bytes, slot.head.data(), group_.tag));
  advance();
  return true;
}

void Forward::advance() {
  launched_ = 0;
  const bool is_last_layer = layer_ + 1 == profile_.layers;
  if (step_ == Step::kDown && !is_last_layer) {
    ++layer_;
    step_ = Step::kNorm;
    return;
  }
  step_ = static_cast<Step>(static_cast<std::uint8_t>(step_) + 1);
}

base::Result<std::vector<FoundNonce>> Forward::found(std::uint32_t slot_number,
                                                     std::uint32_t count) {
  const Slot& slot = slots_[slot_number];
  const std::uint32_t found = slot.head[0];
  if (found > count) {
    return base::device_fault(stream_.label() + ": " + std::to_string(found) +
                              " nonces were found of " + std::to_string(count));
  }
  std::vector<std::uint32_t> words(1 + kEntryWords * found);
  const std::size_t bytes = words.size() * sizeof(std::uint32_t);
  const std::size_t here = std::min<std::size_t>(bytes, slot.head_bytes);
  std::memcpy(words.data(), slot.head.data(), here);
  if (here < bytes) {
    RETURN_IF_ERROR(stream_.read_now(slot.list.get(), here, bytes - here,
                                     reinterpret_cast<std::uint8_t*>(words.data()) + here));
  }
  std::vector<FoundNonce> out(found);
  for (std::uint32_t i = 0; i < found; ++i) {
    const std::uint32_t* entry = &words[1 + kEntryWords * i];
    out[i].index = entry[0];
    std::memcpy(out[i].digest, entry + 1, sizeof out[i].digest);
    if (out[i].index >= count) {
      return base::device_fault(stream_.label() + ": nonce " + std::to_string(out[i].index) +
                                " was found of " + std::to_string(count));
    }
  }
  return out;
}

}  // namespace backends::opencl
