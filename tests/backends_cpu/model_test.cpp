#include "backends/cpu/model.h"

#include <thread>

#include "tests/backends_cpu/models.h"
#include "tests/backends_cpu/paths.h"

namespace backends::cpu {
namespace {

class Models : public EachPath {};
INSTANTIATE_EACH_PATH(Models);

/// How many bytes and corrections of a model differ from the reference's.
std::size_t count_wrong(const PackedModel& model, const poc::ReferenceModel& reference) {
  std::size_t wrong = 0;
  for (std::uint32_t layer = 0; layer < model.spec().profile.layers; ++layer) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      const PackedTensor packed = model.tensor(layer, t);
      const auto plain = reference.tensor(layer, t);
      const std::uint32_t inputs = packed.shape.inputs;
      for (std::uint32_t n = 0; n < packed.shape.outputs; ++n) {
        std::int32_t sum = 0;
        for (std::uint32_t j = 0; j < inputs; ++j) {
          const std::int8_t weight = plain[std::size_t{n} * inputs + j];
          sum += weight;
          if (packed.block(n / 16)[packed_offset(n % 16, j)] != weight) ++wrong;
        }
        if (packed.block_corrections(n / 16)[n % 16] != -128 * sum) ++wrong;
      }
    }
  }
  return wrong;
}

TEST_P(Models, HoldTheReferencesWeights) {
  for (const char* profile : {"nano", "1,128,128", "3,384,640", "2,256,128"}) {
    const poc::ModelSpec spec = model_spec(profile);
    EXPECT_EQ(count_wrong(*ready_model(spec, kernels()), reference_model(spec)), 0U) << profile;
  }
}

TEST_P(Models, AreMadeByAnyNumberOfThreads) {
  const poc::ModelSpec spec = model_spec("4,256,512");
  const auto model = PackedModel::make(spec).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      make_all(*model, kernels());
      EXPECT_TRUE(model->ready());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count_wrong(*model, reference_model(spec)), 0U);
}

// A clock that moves by a millisecond whenever it is read.
class ReadingClock final : public base::Clock {
 public:
  base::SteadyTime now() const override {
    return base::SteadyTime(std::chrono::milliseconds(++reads_));
  }

 private:
  mutable int reads_ = 0;
};

TEST_P(Models, AreMadeInStepsUpToADeadline) {
  const poc::ModelSpec spec = model_spec("nano");
  const auto model = PackedModel::make(spec).value();
  EXPECT_EQ(model->total_bytes(), spec.profile.weights_bytes());
  EXPECT_EQ(model->done_bytes(), 0U);
  EXPECT_FALSE(model->ready());
  std::uint64_t before = 0;
  for (int step = 0; !model->ready(); ++step) {
    ASSERT_LT(step, 1000);
    const ReadingClock clock;  // three more reads before the deadline: three blocks
    model->make_blocks(kernels(), clock, base::SteadyTime(std::chrono::milliseconds(4)));
    model->wait_for_claimed();  // returns: nobody else holds a claim
    EXPECT_GT(model->done_bytes(), before);
    EXPECT_LE(model->done_bytes(), before + 3 * 16 * 256);
    before = model->done_bytes();
  }
  EXPECT_EQ(count_wrong(*model, reference_model(spec)), 0U);
}

TEST(PackedModel, TakesAByteAWeightAndFourAnOutput) {
  const poc::Profile base = poc::parse_profile("base").value();
  const std::uint64_t outputs = 16 * (3 * 2048 + 2048 + 2 * 6144 + 2048);
  EXPECT_EQ(PackedModel::memory_needed(base), base.weights_bytes() + 4 * outputs);
  const auto nano = PackedModel::make(model_spec("nano")).value();
  EXPECT_EQ(nano->memory_bytes(), PackedModel::memory_needed(nano->spec().profile));
}

TEST(PackedModel, BlocksAreAlignedToLines) {
  const auto model = PackedModel::make(model_spec("2,384,640")).value();
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
    const PackedTensor tensor = model->tensor(1, t);
    for (std::uint32_t b = 0; b < tensor.blocks(); ++b) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.block(b)) % 64, 0U);
    }
  }
}

}  // namespace
}  // namespace backends::cpu
