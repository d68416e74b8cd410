#include "miner/credit_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "logging/format.h"
#include "pool/merkle.h"
#include "stratum/merkle_proof.h"
#include "stratum/sprint_secret.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// Errors and warnings alone: what a user sees.
class Warnings final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override {
    const bool shown =
        record.level == base::LogLevel::kWarn || record.level == base::LogLevel::kError;
    if (shown) lines.push_back(logging::text_of(record));
  }
  std::vector<std::string> lines;
};

/// A pool that has credited shares of ours and of another account, and tells the truth about them
/// unless a test changes that.
class CreditCheckTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kPool = 1;

  CreditCheckTest() {
    account_ = poc::sha256(base::as_bytes("alice"));
    check_.set_most_shares(256);
    check_.session_opened(kPool);
  }

  /// So many shares of ours of D 5, beside as many of another account's.
  void credit(std::size_t ours, const std::string& sprint = "s-1") {
    shares_.clear();
    const base::Bytes32 other = poc::sha256(base::as_bytes("bob"));
    std::vector<base::Bytes32> leaves;
    for (std::uint64_t nonce = 0; nonce < 2 * ours; ++nonce) {
      const poc::Digest digest{static_cast<std::uint8_t>(nonce + 1)};
      leaves.push_back(stratum::merkle_leaf(nonce, 5, nonce % 2 == 0 ? account_ : other, digest));
      if (nonce % 2 == 0) shares_.push_back({7, nonce, digest});
    }
    tree_.emplace(std::move(leaves));
    result_ = {sprint, 5 * ours, 10 * ours, tree_->root()};
  }
  /// The result comes; our shares are credited by it.
  void result() {
    check_.open(kPool, account_, result_, now_, promise_);
    for (const stratum::ShareClaim& share : shares_) {
      check_.accepted(kPool, result_.sprint, share, 5);
    }
    EXPECT_EQ(check_.begin(kPool, result_.sprint).sum, 5.0 * static_cast<double>(shares_.size()));
  }
  stratum::SprintStatus truth(const std::vector<std::uint64_t>& nonces) const {
    stratum::SprintStatus status{result_.sprint, "over", result_, {}};
    for (const std::uint64_t nonce : nonces) {
      const auto leaf = static_cast<std::size_t>(nonce);
      status.shares.push_back(
          {nonce, "verified", 5,
           stratum::InclusionProof{nonce, tree_->leaves(), tree_->proof(leaf)}});
    }
    return status;
  }
  /// What the check asks at its next tick; empty: nothing.
  std::vector<std::uint64_t> tick() {
    asked_.clear();
    now_ += std::chrono::milliseconds(100);
    check_.tick(now_);
    return asked_;
  }
  /// Asks and answers until nothing more is asked. `spoil` changes each answer.
  template <class Spoil>
  void answer_all(Spoil spoil) {
    for (auto nonces = tick(); !nonces.empty(); nonces = tick()) {
      stratum::SprintStatus status = truth(nonces);
      spoil(status);
      check_.told(status);
    }
  }
  void answer_all() {
    answer_all([](stratum::SprintStatus&) {});
  }
  std::ptrdiff_t told(const char* text) const {
    return std::count_if(sink_.lines.begin(), sink_.lines.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }
  /// The one line about it.
  std::string fault() {
    EXPECT_EQ(check_.counts().wrong, 1U);
    EXPECT_EQ(check_.counts().sprints, 0U);
    EXPECT_EQ(told("the pool's credit is wrong"), 1);
    EXPECT_FALSE(check_.busy());
    return check_.counts().last_wrong;
  }

  base::SteadyTime now_{std::chrono::hours(1)};
  Warnings sink_;
  std::mt19937_64 random_{7};
  int draws_ = 0;
  std::vector<std::uint64_t> asked_;
  std::vector<std::uint64_t> all_asked_;
  base::Bytes32 account_{};
  std::vector<stratum::ShareClaim> shares_;
  std::optional<pool::MerkleTree> tree_;
  stratum::SprintResult result_;
  std::optional<stratum::DrawPromise> promise_;
  CreditCheck check_{{[this](const std::string& sprint, std::span<const std::uint64_t> nonces) {
                        EXPECT_EQ(sprint, result_.sprint);
                        asked_.assign(nonces.begin(), nonces.end());
                        all_asked_.insert(all_asked_.end(), nonces.begin(), nonces.end());
                      },
                      [](std::size_t pool) {
                        return "stratum+tcp://pool-" + std::to_string(pool) + ".example:3333";
                      },
                      &sink_,
                      [this] {
                        ++draws_;
                        return random_();
                      }}};
};

TEST_F(CreditCheckTest, AllSharesAreProvenFourAtATime) {
  credit(10);
  result();
  EXPECT_TRUE(check_.busy());
  EXPECT_EQ(tick(), (std::vector<std::uint64_t>{0, 2, 4, 6}));
  EXPECT_TRUE(tick().empty()) << "one request at a time";
  check_.told(truth({0, 2, 4, 6}));
  answer_all();
  EXPECT_EQ(all_asked_.size(), 10U);
  EXPECT_EQ(check_.counts(), (CreditChecks{1, 0, 0, 10, ""}));
  EXPECT_FALSE(check_.busy());
}

TEST_F(CreditCheckTest, OfManySharesEachIsAsLikelyToBeAsked) {
  std::map<std::uint64_t, int> times;
  check_.set_most_shares(8);
  for (int sprint = 0; sprint < 500; ++sprint) {
    all_asked_.clear();
    credit(32, "s-" + std::to_string(sprint));
    result();
    answer_all();
    ASSERT_EQ(all_asked_.size(), 8U);
    ASSERT_TRUE(std::is_sorted(all_asked_.begin(), all_asked_.end()));
    for (const std::uint64_t nonce : all_asked_) ++times[nonce];
  }
  ASSERT_EQ(times.size(), 32U);
  for (const auto& [nonce, count] : times) {
    // Binomial, 500 times 1/4: 125 with a standard deviation of 9.7.
    EXPECT_NEAR(count, 125, 45) << nonce;
  }
  EXPECT_EQ(check_.counts().sprints, 500U);
}

TEST_F(CreditCheckTest, EachChoiceTakesNewRandomBits) {
  check_.set_most_shares(8);
  credit(32);
  result();
  EXPECT_GE(draws_, 32 - 8) << "of a short seed a pool could find all that follows";
}

TEST_F(CreditCheckTest, SumsAreCheckedBeforeAnythingIsAsked) {
  credit(3);
  result_.credit = 14;
  result();
  EXPECT_TRUE(tick().empty());
  EXPECT_EQ(fault(),
            "stratum+tcp://pool-1.example:3333, sprint s-1: it credits 14 nonces, our 3 accepted "
            "shares stand for 15");
}

TEST_F(CreditCheckTest, MoreThanEverybodyTogether) {
  credit(0);
  result_.credit = 1;
  result();
  EXPECT_THAT(fault(), HasSubstr("it credits us 1 nonces, and everybody together only 0"));
}

TEST_F(CreditCheckTest, CreditOfOtherMinersOfTheAccountIsFine) {
  credit(3);
  result_.credit = 25;
  result();
  answer_all();
  EXPECT_EQ(check_.counts().sprints, 1U);
}

TEST_F(CreditCheckTest, WithoutSharesThereIsNothingToProve) {
  credit(0);
  result();
  EXPECT_FALSE(check_.busy());
  EXPECT_EQ(check_.counts(), CreditChecks());
}

struct Lie {
  const char* name;
  void (*tell)(stratum::SprintStatus&);
  const char* fault;
};

class Lies : public CreditCheckTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(Lies, IsOneLineThatNamesIt) {
  credit(6);
  result();
  answer_all([](stratum::SprintStatus& status) {
    if (status.shares.front().nonce == 8) GetParam().tell(status);  // in the second answer
  });
  EXPECT_THAT(fault(), HasSubstr(GetParam().fault));
  EXPECT_THAT(fault(), HasSubstr("pool-1.example:3333, sprint s-1"));
  EXPECT_EQ(check_.counts().shares, 4U) << "of the answer before";
}

INSTANTIATE_TEST_SUITE_P(
    CreditCheck, Lies,
    ::testing::Values(
        Lie{"wrong", [](auto& s) { s.shares[0].state = "wrong"; },
            "nonce 0000000000000008: a share that it took and did not void is 'wrong'"},
        Lie{"unknown", [](auto& s) { s.shares[1].state = "unknown"; },
            "nonce 000000000000000a: a share that it took and did not void is 'unknown'"},
        Lie{"difficulty", [](auto& s) { s.shares[0].difficulty = 4; },
            "its difficulty is 4, that of its lease was 5"},
        Lie{"sibling", [](auto& s) { s.shares[0].proof->siblings[1][3] ^= 1; },
            "its proof does not lead to the root of the result"},
        Lie{"no_siblings", [](auto& s) { s.shares[0].proof->siblings.clear(); },
            "its proof does not lead to the root of the result"},
        Lie{"index", [](auto& s) { s.shares[0].proof->index ^= 1; },
            "its proof does not lead to the root of the result"},
        Lie{"running", [](auto& s) { s.state = "running"; },
            "the sprint is running after its result was told"},
        Lie{"other_root", [](auto& s) { s.result.root[0] ^= 1; },
            "it tells another credit, total or root than in the result"},
        Lie{"other_credit", [](auto& s) { s.result.credit += 5; },
            "it tells another credit, total or root than in the result"}),
    [](const auto& lie) { return lie.param.name; });

TEST_F(CreditCheckTest, ATreeOutOfOrderIsNoTreeOfTheProtocol) {
  credit(2);
  // The same leaves the other way round: each proof leads to the root.
  std::vector<base::Bytes32> leaves;
  for (std::size_t i = 0; i < 2; ++i) {
    const stratum::ShareClaim& share = shares_[1 - i];
    leaves.push_back(stratum::merkle_leaf(share.nonce, 5, account_, share.digest));
  }
  tree_.emplace(std::move(leaves));
  result_.root = tree_->root();
  result();
  EXPECT_EQ(tick().size(), 2U);
  stratum::SprintStatus status{result_.sprint, "over", result_, {}};
  for (std::size_t i = 0; i < 2; ++i) {
    status.shares.push_back(
        {shares_[i].nonce, "verified", 5, stratum::InclusionProof{1 - i, 2, tree_->proof(1 - i)}});
  }
  check_.told(status);
  EXPECT_THAT(fault(), HasSubstr("its leaf is not in the order of nonces"));
}

TEST_F(CreditCheckTest, AProofThatIsNotGivenIsNoLieButToldOnce) {
  for (int sprint = 0; sprint < 3; ++sprint) {
    credit(6, "s-" + std::to_string(sprint));
    result();
    answer_all([](stratum::SprintStatus& status) { status.shares.back().proof.reset(); });
  }
  EXPECT_EQ(check_.counts(), (CreditChecks{0, 0, 3, 0, ""}));
  EXPECT_EQ(told("the pool's credit is not proven"), 1);
}

TEST_F(CreditCheckTest, APoolThatRefusesIsNotAskedAgainInTheSession) {
  credit(6);
  result();
  EXPECT_FALSE(tick().empty());
  check_.refused("s-1", {stratum::Code::kOther, "a node gives no proofs", 0}, now_);
  credit(6, "s-2");
  result();
  EXPECT_TRUE(tick().empty());
  EXPECT_EQ(check_.counts().unproven, 2U);
  EXPECT_FALSE(check_.busy());
  check_.session_opened(kPool);
  credit(6, "s-3");
  result();
  answer_all();
  EXPECT_EQ(check_.counts().sprints, 1U);
}

TEST_F(CreditCheckTest, ABusyPoolIsAskedAgainLater) {
  credit(2);
  result();
  EXPECT_FALSE(tick().empty());
  check_.refused("s-1", {stratum::Code::kBusy, "behind", 5000}, now_);
  for (int i = 0; i < 49; ++i) EXPECT_TRUE(tick().empty());
  answer_all();
  EXPECT_EQ(check_.counts().sprints, 1U);
}

TEST_F(CreditCheckTest, ASilentPoolIsWaitedForHalfAMinute) {
  credit(2);
  result();
  EXPECT_FALSE(tick().empty());
  now_ += seconds(29);
  EXPECT_TRUE(tick().empty());
  EXPECT_TRUE(check_.busy());
  now_ += seconds(1);
  tick();
  EXPECT_FALSE(check_.busy());
  EXPECT_EQ(check_.counts().unproven, 1U);
  check_.told(truth({0, 2}));
  EXPECT_EQ(check_.counts().shares, 0U) << "nobody waits for that any more";
}

TEST_F(CreditCheckTest, TheNextSessionOfThePoolGoesOn) {
  credit(6);
  result();
  check_.told(truth(tick()));
  tick();
  check_.session_lost();
  EXPECT_FALSE(check_.busy());
  check_.told(truth({8, 10}));
  EXPECT_EQ(check_.counts().sprints, 0U) << "an answer of the session that was lost";
  check_.session_opened(kPool + 1);
  EXPECT_TRUE(tick().empty()) << "another pool";
  EXPECT_FALSE(check_.busy());
  check_.session_lost();
  check_.session_opened(kPool);
  EXPECT_EQ(tick(), (std::vector<std::uint64_t>{8, 10}));
  check_.told(truth({8, 10}));
  EXPECT_EQ(check_.counts().sprints, 1U);
}

TEST_F(CreditCheckTest, APoolThatDoesNotComeBackInTimeProvesNothing) {
  credit(6);
  result();
  check_.session_lost();
  now_ += minutes(10) - seconds(1);
  tick();
  EXPECT_EQ(check_.counts().unproven, 0U);
  now_ += seconds(1);
  tick();
  EXPECT_EQ(check_.counts().unproven, 1U);
  check_.session_opened(kPool);
  EXPECT_TRUE(tick().empty());
}

TEST_F(CreditCheckTest, AtTheEndOfTheRunTheRestIsNotProven) {
  credit(6);
  result();
  check_.give_up();
  EXPECT_EQ(check_.counts().unproven, 1U);
  EXPECT_FALSE(check_.busy());
}

TEST_F(CreditCheckTest, ALateShareOrAnotherSprintsIsNotLookedAt) {
  credit(2);
  result();
  check_.accepted(kPool, "s-1", shares_[0], 5);
  check_.accepted(kPool, "s-9", shares_[0], 5);
  answer_all();
  EXPECT_EQ(check_.counts(), (CreditChecks{1, 0, 0, 2, ""}));
}

/// A pool that recomputes a sample, and shows how it was drawn.
class SampledCreditTest : public CreditCheckTest {
 protected:
  SampledCreditTest() {
    const base::Bytes32 secret{9};
    promise_ = {stratum::commit_to_draw(secret), "drand:1"};
    credit(10);
    result_.draw = {secret, "c0ffee"};
  }
  static void unseen(stratum::SprintStatus& status) {
    for (stratum::ShareStatus& share : status.shares) share.state = "unseen";
  }
};

TEST_F(SampledCreditTest, UnseenSharesAreProvenLikeVerifiedOnes) {
  result();
  answer_all(unseen);
  EXPECT_EQ(check_.counts().sprints, 1U);
  EXPECT_EQ(check_.counts().wrong, 0U);
}

TEST_F(SampledCreditTest, AnUnseenShareWithoutAProofIsNotProven) {
  result();
  answer_all([](stratum::SprintStatus& status) {
    unseen(status);
    for (stratum::ShareStatus& share : status.shares) share.proof.reset();
  });
  EXPECT_EQ(check_.counts().sprints, 0U);
  EXPECT_EQ(check_.counts().unproven, 1U);
}

TEST_F(SampledCreditTest, AnotherSecretThanWasPromisedIsALie) {
  result_.draw->secret[0] ^= 1;
  result();
  EXPECT_THAT(fault(), HasSubstr("drawn with another secret"));
}

/// Its beacon's value did not come, say: all were recomputed.
TEST_F(SampledCreditTest, ADrawThatIsNotShownIsNoLie) {
  result_.draw.reset();
  result();
  answer_all();
  EXPECT_EQ(check_.counts().sprints, 1U);
}

TEST_F(SampledCreditTest, ButThenNoShareIsUnseen) {
  result_.draw.reset();
  result();
  answer_all(unseen);
  EXPECT_THAT(fault(), HasSubstr("is 'unseen'"));
}

}  // namespace
}  // namespace miner
