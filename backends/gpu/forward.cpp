#include "backends/gpu/forward.h"

#include <algorithm>
#include <atomic>

#include "backends/gpu/kernels/launch.h"
#include "base/check.h"
#include "poc/params.h"
#include "poc/reference.h"

namespace backends::gpu {
namespace {

/// Where the list begins behind the report.
constexpr std::uint64_t kListOffset = 64;
static_assert(sizeof(Report) <= kListOffset);
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);

/// Where the counter of found nonces lies behind the device's word for stop: in a line of its own.
constexpr std::uint64_t kCounterOffset = 256;

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

}  // namespace

base::Result<Kernels> Kernels::load(Driver& driver, const ProductPath& path) {
  Kernels k{};
  ASSIGN_OR_RETURN(k.make_weights, driver.kernel("make_weights", 0));
  ASSIGN_OR_RETURN(k.make_keys, driver.kernel("make_keys", 0));
  ASSIGN_OR_RETURN(k.make_input, driver.kernel("make_input", 0));
  ASSIGN_OR_RETURN(k.norm, driver.kernel("norm_all", 0));
  ASSIGN_OR_RETURN(k.attention, driver.kernel(std::string(path.attention), 0));
  ASSIGN_OR_RETURN(k.hash_rows, driver.kernel("hash_rows", 0));
  ASSIGN_OR_RETURN(k.make_tickets, driver.kernel("make_tickets", 0));
  ASSIGN_OR_RETURN(k.report, driver.kernel("report_group", 0));
  const std::string product = "product_" + std::string(path.name);
  ASSIGN_OR_RETURN(k.narrow, driver.kernel(product + "_narrow", path.shared_bytes));
  ASSIGN_OR_RETURN(k.gate, driver.kernel(product + "_gate", path.shared_bytes));
  ASSIGN_OR_RETURN(k.add, driver.kernel(product + "_add", path.shared_bytes));
  return k;
}

Forward::Forward(Driver& driver, const Kernels& kernels, const ProductPath& path,
                 std::uint32_t processors)
    : driver_(driver), kernels_(kernels), path_(path), processors_(processors) {}

base::Status Forward::prepare() {
  ASSIGN_OR_RETURN(asked_, SharedBuffer::make(driver_, sizeof(std::uint32_t)));
  ASSIGN_OR_RETURN(seen_, Buffer::make(driver_, 2 * kCounterOffset));
  const std::uint8_t zeros[2 * kCounterOffset] = {};
  return driver_.upload(Queue::kRace, seen_.address(), zeros, sizeof zeros);
}

base::Status Forward::fit(const poc::Profile& profile, std::uint32_t nonces) {
  release();
  auto done = allocate(profile, nonces);
  if (!done.ok()) release();
  return done;
}

base::Status Forward::allocate(const poc::Profile& profile, std::uint32_t nonces) {
  const std::uint64_t rows = round_up(nonces * POC_TOKENS, kRowStep);
  const std::uint64_t wide = std::max(3 * profile.dim, profile.ffn);
  ASSIGN_OR_RETURN(x_, Buffer::make(driver_, rows * profile.dim * sizeof(std::int16_t)));
  ASSIGN_OR_RETURN(a_, Buffer::make(driver_, rows * profile.dim));
  ASSIGN_OR_RETURN(wide_, Buffer::make(driver_, rows * wide));
  ASSIGN_OR_RETURN(hashes_, Buffer::make(driver_, rows * 32));
  ASSIGN_OR_RETURN(keys_, Buffer::make(driver_, nonces * std::uint64_t{32}));
  for (SharedBuffer& slot : slots_) {
    ASSIGN_OR_RETURN(slot, SharedBuffer::make(driver_, kListOffset + nonces * sizeof(Found)));
  }
  profile_ = profile;
  nonces_ = nonces;
  rows_ = rows;
  return base::Ok{};
}

void Forward::release() noexcept {
  for (Buffer* buffer : {&x_, &a_, &wide_, &hashes_, &keys_}) buffer->release();
  for (SharedBuffer& slot : slots_) slot.release();
  profile_ = {};
  nonces_ = 0;
}

const Report& Forward::report(std::uint32_t slot) const {
  return *static_cast<const Report*>(slots_[slot].host());
}

std::span<const Found> Forward::found(std::uint32_t slot) const {
  const auto* bytes = static_cast<const std::uint8_t*>(slots_[slot].host());
  const auto count = std::min(report(slot).found, nonces_);
  return {reinterpret_cast<const Found*>(bytes + kListOffset), count};
}

void Forward::stop(std::uint32_t generation) noexcept {
  std::atomic_ref<std::uint32_t> word(*static_cast<std::uint32_t*>(asked_.host()));
  std::uint32_t before = word.load();
  while (before < generation && !word.compare_exchange_weak(before, generation)) {
  }
}

Stop Forward::stop_of(std::uint32_t generation) const {
  return {seen_.as<std::uint32_t>(), asked_.on_device<const std::uint32_t>(), generation};
}

template <class Arguments>
base::Status Forward::launch(Kernel kernel, std::uint64_t count, std::uint32_t per_block,
                             std::uint32_t threads, const Arguments& args,
                             std::uint32_t shared_bytes) {
  return driver_.launch(Queue::kRace,
                        {.kernel = kernel,
                         .blocks = static_cast<std::uint32_t>((count + per_block - 1) / per_block),
                         .threads = threads,
                         .shared_bytes = shared_bytes,
                         .arguments = &args});
}

base::Status Forward::run(const Group& group, std::uint32_t slot) {
  const poc::Profile& profile = group.model->spec().profile;
  CHECK(profile == profile_ && group.count > 0 && group.count <= nonces_);
  const std::uint64_t stride = rows_ * kPanelRowBytes;
  const Run run{group,
                profile,
                stop_of(group.generation),
                {a_.as<std::uint8_t>(), stride},
                {wide_.as<std::uint8_t>(), stride}};
  RETURN_IF_ERROR(make_keys(group));
  RETURN_IF_ERROR(make_input(run));
  for (std::uint32_t i = 0; i < profile.layers; ++i) RETURN_IF_ERROR(layer(run, i));
  return close(run, slot);
}

base::Status Forward::make_keys(const Group& group) {
  if (group.race == nullptr) {
    CHECK(group.keys.size() == group.count);
    return driver_.upload(Queue::kRace, keys_.address(), group.keys.data(),
                          group.keys.size_bytes());
  }
  KeysArguments args{};
  const auto prefix = poc::input_key_prefix(*group.race);
  static_assert(sizeof args.prefix >= std::tuple_size_v<decltype(prefix)>);
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    args.prefix[i / 4] |= std::uint32_t{prefix[i]} << (24 - i % 4 * 8);
  }
  args.first_nonce = group.first_nonce;
  args.count = group.count;
  args.keys = keys_.as<std::uint8_t>();
  return launch(kernels_.make_keys, group.count, kThreads, kThreads, args);
}

base::Status Forward::make_input(const Run& run) {
  InputArguments args{run.stop, keys_.as<std::uint8_t>(), run.group.count, run.profile.dim,
                      x_.as<std::int16_t>()};
  const std::uint64_t blocks = std::uint64_t{run.group.count} * POC_TOKENS * run.profile.dim / 64;
  return launch(kernels_.make_input, blocks, kThreads, kThreads, args);
}

base::Status Forward::layer(const Run& run, std::uint32_t number) {
  RETURN_IF_ERROR(norm(run));
  RETURN_IF_ERROR(product(run, kernels_.narrow, number, POC_TENSOR_QKV));
  RETURN_IF_ERROR(attention(run));
  RETURN_IF_ERROR(product(run, kernels_.add, number, POC_TENSOR_OUT));
  RETURN_IF_ERROR(norm(run));
  RETURN_IF_ERROR(product(run, kernels_.gate, number, POC_TENSOR_GATE_UP));
  return product(run, kernels_.add, number, POC_TENSOR_DOWN);
}

base::Status Forward::norm(const Run& run) {
  const std::uint32_t rows = run.group.count * POC_TOKENS;
  NormArguments args{run.stop, x_.as<std::int16_t>(), run.a, rows, run.profile.dim, turn()};
  return launch(kernels_.norm, rows, kNormRows, kNormThreads, args);
}

base::Status Forward::attention(const Run& run) {
  const std::uint32_t heads = run.profile.heads();
  AttentionArguments args{run.stop, run.wide, run.a, run.group.count, heads, turn()};
  return launch(kernels_.attention, std::uint64_t{run.group.count} * heads, kAttentionHeads,
                kAttentionThreads, args);
}

base::Status Forward::product(const Run& run, Kernel kernel, std::uint32_t layer,
                              std::uint32_t tensor) {
  const poc::TensorShape shape = poc::tensor_shape(run.profile, tensor);
  ProductArguments args{};
  args.stop = run.stop;
  args.a = tensor == POC_TENSOR_DOWN ? run.wide : run.a;
  args.w = run.group.model->tensor(layer, tensor);
  args.rows = run.group.count * POC_TOKENS;
  args.outputs = shape.outputs;
  args.inputs = shape.inputs;
  args.backward = turn();
  args.factor = factor_of(run.profile, tensor);
  args.narrowed = run.wide;
  args.x = x_.as<std::int16_t>();
  return launch(kernel, product_blocks(path_, args, processors_), 1, path_.threads, args,
                path_.shared_bytes);
}

base::Status Forward::close(const Run& run, std::uint32_t slot) {
  RETURN_IF_ERROR(norm(run));
  const std::uint32_t count = run.group.count;
  auto* counter = device_pointer<std::uint32_t>(seen_.address() + kCounterOffset);
  RowHashArguments hash{run.stop, run.a, hashes_.as<std::uint8_t>(), count * POC_TOKENS,
                        run.profile.dim};
  RETURN_IF_ERROR(launch(kernels_.hash_rows, hash.rows, kHashThreads, kHashThreads, hash));
  TicketArguments ticket{};
  ticket.hashes = hashes_.as<std::uint8_t>();
  ticket.keys = keys_.as<std::uint8_t>();
  ticket.count = count;
  const auto& target = run.group.target.big_endian();
  if (run.group.all) {
    std::fill(std::begin(ticket.target), std::end(ticket.target), std::uint8_t{0xff});
  } else {
    std::copy(target.begin(), target.end(), ticket.target);
  }
  ticket.found = counter;
  ticket.list = slots_[slot].on_device<Found>(kListOffset);
  RETURN_IF_ERROR(launch(kernels_.make_tickets, count, kHashThreads, kHashThreads, ticket));
  ReportArguments report{run.stop, counter, slots_[slot].on_device<Report>()};
  return launch(kernels_.report, 1, 1, 32, report);
}

}  // namespace backends::gpu
