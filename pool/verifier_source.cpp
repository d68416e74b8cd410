#include "pool/verifier_source.h"

#include <span>
#include <utility>
#include <vector>

namespace pool {
namespace {

/// One that several owners use, one after another.
class KeptVerifier final : public poc::Verifier {
 public:
  explicit KeptVerifier(std::shared_ptr<poc::Verifier> kept) : kept_(std::move(kept)) {}
  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override {
    return kept_->digests(model, keys);
  }
  void end() noexcept override { kept_->end(); }

 private:
  const std::shared_ptr<poc::Verifier> kept_;
};

}  // namespace

VerifierSource keep_verifier(std::unique_ptr<poc::Verifier> verifier) {
  std::shared_ptr<poc::Verifier> kept = std::move(verifier);
  return {"verifier",
          [kept = std::move(kept)](
              const std::function<bool()>&) -> base::Result<std::unique_ptr<poc::Verifier>> {
            return std::unique_ptr<poc::Verifier>(std::make_unique<KeptVerifier>(kept));
          },
          false};
}

VerifierSource reference_source() {
  return {"reference",
          [](const std::function<bool()>&) -> base::Result<std::unique_ptr<poc::Verifier>> {
            return std::unique_ptr<poc::Verifier>(std::make_unique<poc::ReferenceVerifier>());
          }};
}

}  // namespace pool
