// What each step of a forward pass launches, and with what: kernels/README.md says what the
// arguments are.

#include <algorithm>

#include "backends/opencl/forward.h"
#include "backends/opencl/plan.h"
#include "poc/core.h"
#include "poc/params.h"
#include "poc/reference.h"

namespace backends::opencl {
namespace {

constexpr std::uint32_t kItems = 64;  ///< of a group, where a kernel leaves that to us

poc::Factor factor_of(const poc::Profile& profile, std::uint32_t tensor) {
  switch (tensor) {
    case POC_TENSOR_OUT:
      return poc::factor(profile.dim, POC_GAIN_ATTENTION);
    case POC_TENSOR_DOWN:
      return poc::factor(profile.ffn, POC_GAIN_FFN);
    default:
      return poc::factor(profile.dim, POC_GAIN_NARROW);
  }
}

/// Eight words, the least significant byte of each first.
cl_uint8 little_words(const base::Bytes32& bytes) {
  cl_uint8 words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words.s[i / 4] |= cl_uint{bytes[i]} << (i % 4 * 8);
  }
  return words;
}

/// The same, the most significant byte of each first.
cl_uint8 big_words(const base::Bytes32& bytes) {
  cl_uint8 words{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    words.s[i / 4] |= cl_uint{bytes[i]} << (24 - i % 4 * 8);
  }
  return words;
}

cl_uint8 all_ones() {
  cl_uint8 words{};
  for (cl_uint& word : words.s) word = ~cl_uint{0};
  return words;
}

}  // namespace

Forward::Work Forward::items_work(const Kernel& kernel, std::uint64_t items, double units_per_item,
                                  Rate& rate) const {
  return {&kernel, round_up(items, kItems) / kItems, kItems, kItems * units_per_item, &rate};
}

Forward::Work Forward::norm_work() const {
  const double units = static_cast<double>(tile_.norm_rows) * profile_.dim;
  return {&kernels_.norm, round_up(rows(), tile_.norm_rows) / tile_.norm_rows, tile_.norm_items,
          units, &norm_rate_};
}

Forward::Work Forward::product_work(const Kernels::Product& product, std::uint32_t tensor,
                                    Rate& rate) const {
  const poc::TensorShape shape = poc::tensor_shape(profile_, tensor);
  const std::uint64_t tiles = round_up(rows(), tile_.rows) / tile_.rows *
                              (round_up(shape.outputs, tile_.outputs) / tile_.outputs);
  const double units = static_cast<double>(tile_.rows) * tile_.outputs * shape.inputs;
  return {&product.of(shape.inputs), tiles, tile_.items(), units, &rate};
}

/// Of the step at hand, all of it.
Forward::Work Forward::work() const {
  switch (step_) {
    case Step::kKeys:
      return items_work(kernels_.make_keys, group_.count, 3, keys_rate_);
    case Step::kInput:
      return items_work(kernels_.make_input, std::uint64_t{rows()} * profile_.dim / 64, 1,
                        input_rate_);
    case Step::kNorm:
    case Step::kSecondNorm:
    case Step::kLastNorm:
      return norm_work();
    case Step::kQkv:
      return product_work(kernels_.narrow, POC_TENSOR_QKV, qkv_rate_);
    case Step::kAttention:
      return {&kernels_.attention, std::uint64_t{group_.count} * profile_.heads(), tile_.head_items,
              1, &attention_rate_};
    case Step::kOut:
      return product_work(kernels_.add, POC_TENSOR_OUT, out_rate_);
    case Step::kGateUp:
      return product_work(kernels_.gate, POC_TENSOR_GATE_UP, gate_up_rate_);
    case Step::kDown:
      return product_work(kernels_.add, POC_TENSOR_DOWN, down_rate_);
    case Step::kHash: {
      const std::uint32_t blocks = profile_.dim / 64 + 1;
      return items_work(kernels_.hash_rows, rows(), blocks, hash_rate_);
    }
    case Step::kTickets:
      return items_work(kernels_.make_tickets, group_.count, 12, tickets_rate_);
    case Step::kRead:
    case Step::kDone:
      break;
  }
  return {};
}

cl_int Forward::set_product(const Kernels::Product& product, cl_mem out, cl_mem a,
                            std::uint32_t tensor, std::uint32_t first) {
  const poc::TensorShape shape = poc::tensor_shape(profile_, tensor);
  const poc::Factor factor = factor_of(profile_, tensor);
  // The kernel that gates is told of its results: half as many as the tensor has outputs.
  const cl_uint outputs = tensor == POC_TENSOR_GATE_UP ? shape.outputs / 2 : shape.outputs;
  return set_arguments(library_, product.of(shape.inputs), out, a,
                       group_.model->tensor(layer_, tensor), cl_uint{first}, cl_uint{rows()},
                       outputs, cl_uint{shape.inputs}, cl_int{factor.m}, cl_int{factor.p});
}

/// Of the step at hand, from work-group `first` on.
cl_int Forward::set_arguments_of_step(std::uint32_t first) {
  const cl_uint count = group_.count;
  const cl_uint dim = profile_.dim;
  switch (step_) {
    case Step::kKeys:
      return set_arguments(library_, kernels_.make_keys, keys_.get(), prefix_.get(),
                           cl_ulong{group_.first_nonce}, cl_uint{first * kItems}, count);
    case Step::kInput:
      return set_arguments(library_, kernels_.make_input, x_.get(), keys_.get(),
                           cl_uint{first * kItems}, count, dim);
    case Step::kNorm:
    case Step::kSecondNorm:
    case Step::kLastNorm:
      return set_arguments(library_, kernels_.norm, a_.get(), x_.get(),
                           cl_uint{first * tile_.norm_rows}, cl_uint{rows()}, dim);
    case Step::kQkv:
      return set_product(kernels_.narrow, wide_.get(), a_.get(), POC_TENSOR_QKV, first);
    case Step::kAttention:
      return set_arguments(library_, kernels_.attention, a_.get(), wide_.get(),
                           cl_uint{first / profile_.heads()}, count, cl_uint{profile_.heads()});
    case Step::kOut:
      return set_product(kernels_.add, x_.get(), a_.get(), POC_TENSOR_OUT, first);
    case Step::kGateUp:
      return set_product(kernels_.gate, wide_.get(), a_.get(), POC_TENSOR_GATE_UP, first);
    case Step::kDown:
      return set_product(kernels_.add, x_.get(), wide_.get(), POC_TENSOR_DOWN, first);
    case Step::kHash:
      return set_arguments(library_, kernels_.hash_rows, hashes_.get(), a_.get(),
                           cl_uint{first * kItems}, cl_uint{rows()}, dim);
    case Step::kTickets:
      return set_arguments(library_, kernels_.make_tickets, slots_[group_.slot].list.get(),
                           hashes_.get(), keys_.get(), cl_uint{first * kItems}, count,
                           group_.all ? all_ones() : big_words(group_.target.big_endian()));
    case Step::kRead:
    case Step::kDone:
      break;
  }
  return CL_SUCCESS;
}

base::Status Forward::make_weights(Model& model, base::Micros within, std::uint64_t tag) {
  if (longest_.count() > 0) within = std::min(within, longest_);
  const auto most = static_cast<std::uint64_t>(std::max(1.0, weights_rate_.within(within)));
  const WeightsPiece piece = model.next(most);
  RETURN_IF_ERROR(stream_.outcome(
      "clSetKernelArg",
      set_arguments(library_, kernels_.make_weights, piece.tensor,
                    little_words(poc::weight_key(model.spec())), cl_uint{piece.layer},
                    cl_uint{piece.number}, cl_uint{piece.outputs}, cl_uint{piece.inputs},
                    cl_uint{piece.first}, cl_uint{piece.blocks})));
  const std::uint64_t groups = round_up(piece.blocks, kItems) / kItems;
  RETURN_IF_ERROR(stream_.launch({kernels_.make_weights.get(), groups, kItems, &weights_rate_,
                                  static_cast<double>(groups * kItems)},
                                 tag));
  model.advance(piece);
  return base::Ok{};
}

}  // namespace backends::opencl
