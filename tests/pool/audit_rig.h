#pragma once

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "poc/verifier.h"
#include "pool/audit_check.h"
#include "pool/audit_record.h"

// What the tests of audits share: audits in which all is right, made from the page alone, and
// verifiers.
namespace tests {

/// Calls `right_digest` right, and notes what it was asked.
class FakeVerifier final : public poc::Verifier {
 public:
  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override;

  std::vector<std::size_t> groups;    ///< their sizes
  std::size_t fails_after = 1000000;  ///< groups
  std::function<void()> on_group = [] {};
};

/// The reference evaluator, asked for each digest once.
class RememberingVerifier final : public poc::Verifier {
 public:
  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& model,
                                                 std::span<const poc::InputKey> keys) override;

 private:
  poc::ReferenceVerifier reference_{2};
  std::map<std::pair<poc::Seed, poc::InputKey>, poc::Digest> known_;
};

/// How large an audit is, at most.
struct AuditSize {
  std::size_t leases = 6;
  std::size_t shares = 5;  ///< of a lease
  std::uint64_t difficulty = 6;
};

/// A digest that is not `truth`, and whose ticket meets the target of D.
poc::Digest wrong_digest(const poc::InputKey& key, std::uint64_t difficulty,
                         const poc::Digest& truth);

/// An audit of the known sprint (the protocol's page, "A sprint") with the smallest profile, by
/// which everything is right.
pool::AuditRecord make_audit(std::mt19937_64& random, poc::Verifier& truth,
                             const AuditSize& size = {});
/// The same for a seed, with the fake digests.
pool::AuditRecord make_audit(std::uint64_t seed, const AuditSize& size = {});

/// The input key of a share.
poc::InputKey key_of(const pool::AuditRecord& record, const pool::AuditShare& share);
/// The first share of this state.
pool::AuditShare& first(pool::AuditRecord& record, pool::Share::State state);
/// Makes credits, total, root and count follow from the shares.
void settle(pool::AuditRecord& record);

pool::RandomSource seeded_random(std::uint64_t seed);

/// A folder of a test; gone with this.
class AuditFolder {
 public:
  AuditFolder();
  ~AuditFolder();
  const std::string& path() const { return path_; }
  /// The text of a file in it.
  std::string text(const std::string& name) const;
  std::string put(const std::string& name, const std::string& text) const;
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

/// The audit as its file's text.
std::string text_of(const pool::AuditRecord& record);
/// A text with the checksum that its last line should have.
std::string resealed(const std::string& text);
/// What reading a text gives, under the name "f".
base::Result<pool::AuditRecord> read_text(const std::string& text);

}  // namespace tests
