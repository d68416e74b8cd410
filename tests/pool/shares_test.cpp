#include "pool/shares.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "poc/target.h"
#include "pool/outcome.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using State = Share::State;
using tests::right_digest;

const base::Bytes32 kAlice = poc::sha256(base::as_bytes("alice"));
const base::Bytes32 kBob = poc::sha256(base::as_bytes("bob"));

poc::Digest digest_of(std::uint8_t fill) {
  poc::Digest digest;
  digest.fill(fill);
  return digest;
}

Share make_share(const base::Bytes32& account, const poc::Digest& digest, std::uint64_t d = 1) {
  Share share;
  share.account = account;
  share.digest = digest;
  share.difficulty = d;
  return share;
}

TEST(ShareBook, KnowsAShareByAccountNonceAndDigest) {
  ShareBook book;
  book.add(7, make_share(kAlice, digest_of(1)));
  EXPECT_NE(book.find(kAlice, 7, digest_of(1)), nullptr);
  EXPECT_EQ(book.find(kBob, 7, digest_of(1)), nullptr);
  EXPECT_EQ(book.find(kAlice, 8, digest_of(1)), nullptr);
  EXPECT_EQ(book.find(kAlice, 7, digest_of(2)), nullptr);
  EXPECT_TRUE(book.taken(7));
  EXPECT_FALSE(book.taken(8));
}

TEST(ShareBook, CreditsOnlyWhatWasVerified) {
  ShareBook book;
  book.add(1, make_share(kAlice, digest_of(1), 10));
  book.add(2, make_share(kAlice, digest_of(2), 20));
  book.add(3, make_share(kBob, digest_of(3), 40));
  book.add(4, make_share(kBob, digest_of(4), 80));
  book.checked(1, digest_of(1));
  book.checked(3, digest_of(3));
  book.checked(4, digest_of(99));
  const std::map<base::Bytes32, std::uint64_t> expected = {{kAlice, 10}, {kBob, 40}};
  EXPECT_EQ(outcome_of(book).credits, expected);
  EXPECT_EQ(book.count(State::kStored), 1U);
  EXPECT_EQ(book.count(State::kVerified), 2U);
  EXPECT_EQ(book.count(State::kWrong), 1U);
}

TEST(ShareBook, AWrongOneIsRememberedButLeavesItsNonceFree) {
  ShareBook book;
  book.add(7, make_share(kAlice, digest_of(1)));
  book.checked(7, digest_of(2));
  EXPECT_NE(book.find(kAlice, 7, digest_of(1)), nullptr);
  EXPECT_FALSE(book.taken(7));
  book.add(7, make_share(kAlice, digest_of(2)));
  book.checked(7, digest_of(2));
  EXPECT_EQ(outcome_of(book).credits.at(kAlice), 1U);
  EXPECT_EQ(book.count(State::kWrong), 1U);
  EXPECT_EQ(book.count(State::kVerified), 1U);
}

TEST(ShareBook, AWithdrawnOneIsForgottenAndNeverCredited) {
  ShareBook book;
  book.add(7, make_share(kAlice, digest_of(1)));
  EXPECT_FALSE(book.withdraw(kBob, 7, digest_of(1)));
  EXPECT_FALSE(book.withdraw(kAlice, 7, digest_of(2)));
  EXPECT_TRUE(book.withdraw(kAlice, 7, digest_of(1)));
  EXPECT_FALSE(book.withdraw(kAlice, 7, digest_of(1)));
  book.checked(7, digest_of(1));  // an answer that was under way
  EXPECT_EQ(book.find(kAlice, 7, digest_of(1)), nullptr);
  EXPECT_FALSE(book.taken(7));
  EXPECT_TRUE(outcome_of(book).credits.empty());
  EXPECT_EQ(book.count(State::kWithdrawn), 1U);
}

TEST(ShareBook, VerifiedAndWrongOnesCanBeWithdrawnToo) {
  ShareBook book;
  book.add(7, make_share(kAlice, digest_of(1)));
  book.add(8, make_share(kAlice, digest_of(1)));
  book.checked(7, digest_of(1));
  book.checked(8, digest_of(2));
  EXPECT_TRUE(book.withdraw(kAlice, 7, digest_of(1)));
  EXPECT_TRUE(book.withdraw(kAlice, 8, digest_of(1)));
  EXPECT_TRUE(outcome_of(book).credits.empty());
  EXPECT_EQ(book.count(State::kWrong), 0U);
}

// Made without our code, by:
//   import hashlib
//   def H(b): return hashlib.sha256(b).digest()
//   def leaf(nonce, D, account, digest):
//     return H(b'\0' + nonce.to_bytes(8, 'little') + D.to_bytes(8, 'little') + H(account) + digest)
//   def root(shares):
//     l = [leaf(*s) for s in sorted(shares)]
//     while len(l) > 1:
//       l = [H(b'\1' + l[i] + l[i+1]) if i + 1 < len(l) else l[i] for i in range(0, len(l), 2)]
//     return l[0]
//   for n in (1, 2, 3, 5, 6, 7):
//     print(n, root([(0x0123456789abcdef * (i + 1) % 2**64, 1000 + i,
//                     b'alice' if i % 2 == 0 else b'bob', bytes([i]) * 32)
//                    for i in range(n)]).hex())
struct KnownRoot {
  int shares;
  const char* root;
};
constexpr KnownRoot kKnownRoots[] = {
    {1, "e0d1f239962449634d225a091cbb317569859664747dfb23d379b16a15efe5ea"},
    {2, "4ff13db9710f4b548c5a34d9183906f5f64708340df8b1215a10304e283c6a31"},
    {3, "af75cfb0167206702689dac1b6f391c83cac0d5caa802a44f8df579a99b3cc04"},
    {5, "65b9f3461daaae6f930dfb0ba3b77afa890913df589176d6cf54738cfeb392be"},
    {6, "c8069a0f7fb12d59e48cb495cb0feeeeedc556813b2ec108377ecd0b61b1c97c"},
    {7, "46edc8295efacd7d64df9145dd6643e45d2c841777c1ba0cd6eda3d4078fef3d"},
};

TEST(ShareBook, RootsAreTheKnownOnes) {
  for (const KnownRoot& known : kKnownRoots) {
    ShareBook book;
    for (int i = known.shares - 1; i >= 0; --i) {
      const auto n = static_cast<std::uint64_t>(i);
      const std::uint64_t nonce = 0x0123456789abcdef * (n + 1);
      const poc::Digest digest = digest_of(static_cast<std::uint8_t>(i));
      book.add(nonce, make_share(i % 2 == 0 ? kAlice : kBob, digest, 1000 + n));
      book.checked(nonce, digest);
    }
    EXPECT_EQ(base::to_hex(outcome_of(book).root), known.root) << known.shares << " shares";
  }
}

TEST(ShareBook, TheRootCoversCreditedSharesOnly) {
  ShareBook book;
  EXPECT_EQ(outcome_of(book).root, base::Bytes32{});
  book.add(1, make_share(kAlice, digest_of(1)));
  EXPECT_EQ(outcome_of(book).root, base::Bytes32{});
  book.checked(1, digest_of(1));
  const base::Bytes32 one = outcome_of(book).root;
  EXPECT_NE(one, base::Bytes32{});
  book.add(2, make_share(kAlice, digest_of(1)));
  book.checked(2, digest_of(9));
  EXPECT_EQ(outcome_of(book).root, one);
}

/// By the obvious way: the difficulty of each, and the smaller nonce.
TEST(ShareBook, TheBestIsTheAccountOfTheRarestVerifiedTicket) {
  ShareBook book;
  EXPECT_EQ(book.best(), std::nullopt);
  std::uint64_t rarest = 0;
  std::optional<base::Bytes32> expected;
  for (std::uint64_t nonce = 100; nonce > 0; --nonce) {
    Share share = make_share(nonce % 3 == 0 ? kAlice : kBob, {});
    share.key.fill(static_cast<std::uint8_t>(nonce / 2));  // two have the same ticket
    share.digest = right_digest(share.key);
    book.add(nonce, share);
    const bool right = nonce % 5 != 0;
    book.checked(nonce, right ? share.digest : digest_of(1));
    const std::uint64_t difficulty = poc::difficulty_of(poc::make_ticket(share.key, share.digest));
    if (right && difficulty >= rarest) {
      rarest = difficulty;
      expected = share.account;
    }
    ASSERT_EQ(book.best(), expected) << nonce;
  }
}

}  // namespace
}  // namespace pool
