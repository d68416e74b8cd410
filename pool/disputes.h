#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "pool/verifier_bench.h"
#include "pool/verify_queue.h"

namespace pool {

/// What comes of shares whose digest a verifier did not find: nobody is blamed for one answer.
///
/// Another verifier of the bench is asked. If it finds what the first found, the share is wrong,
/// and the first one has given a known answer. If it finds what the miner sent, the first one
/// computes wrong: it is out of service. If it finds something else, both are asked for a known
/// answer, and the share is asked again of who is left.
///
/// The other one may be the reference, which takes seconds. So it is asked for `kProofs` shares of
/// an account and for `kTime` in a sprint, where it has said each time that the first one is right:
/// afterwards the first one is asked again, together with a digest that is known (a share of the
/// sprint that came out as its miner sent it). Two answers that differ, or a known one that is
/// wrong, convict it; then all that was decided by it alone is asked again.
///
/// An account comes to that end only by shares that were proved wrong by two, or in a sprint whose
/// time was used up by others; no share is found wrong by less than two computations. Belongs to
/// the verification's thread.
class Disputes {
 public:
  /// Of an account in a sprint: a faulty card among the sound ones of an account gets so many
  /// second opinions.
  static constexpr int kProofs = 3;
  /// In a sprint, half of the usual length: what liars may cost those whose result waits, beside
  /// the one evaluation that crosses it.
  static constexpr base::Micros kTime = std::chrono::seconds(10);

  Disputes(VerifierBench& bench, const base::Clock& clock) : bench_(bench), clock_(clock) {}

  /// A share came out as its miner sent it.
  void agreed(const poc::ModelSpec& model, const CheckJob& job);

  struct Mismatch {
    CheckJob job;
    poc::Digest found;  ///< by the verifier that was asked
  };
  struct Outcome {
    std::vector<CheckJob> decided;
    std::vector<poc::Digest> digests;  ///< the truth about each of these
    std::vector<CheckJob> again;       ///< nothing is known of these, whatever was said before
  };
  /// What becomes of shares of one sprint that `who` did not find as they were sent.
  Outcome judge(const poc::ModelSpec& model, std::size_t who, std::vector<Mismatch> mismatches);

 private:
  struct Word {
    std::size_t who;
    CheckJob job;
  };
  /// What is known of a sprint.
  struct Trial {
    std::optional<KnownDigest> known;
    base::Micros spent = {};
    std::map<base::Bytes32, int> proofs;  // by account
    std::vector<Word> by_one;             // decided wrong by one verifier's word
  };
  Trial& trial_of(std::uint64_t sprint);
  bool second_opinion(const poc::ModelSpec& model, std::size_t who, const Mismatch& one,
                      Trial& trial, Outcome& out);
  void weigh(const poc::ModelSpec& model, std::size_t who, std::size_t other, const Mismatch& one,
             const poc::Digest& second, Trial& trial, Outcome& out);
  void ask_again(const poc::ModelSpec& model, std::size_t who, std::vector<Mismatch> rest,
                 Trial& trial, Outcome& out);
  void convict(std::size_t who, const std::string& why, Outcome& out);
  void doubt(std::size_t who, Outcome& out);

  VerifierBench& bench_;
  const base::Clock& clock_;
  std::map<std::uint64_t, Trial> trials_;  // the newest
};

}  // namespace pool
