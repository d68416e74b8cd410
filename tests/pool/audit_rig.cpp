#include "tests/pool/audit_rig.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "poc/target.h"
#include "pool/audit_file.h"
#include "tests/pool/rig.h"

namespace tests {
namespace {

using State = pool::Share::State;

constexpr std::size_t kSealBytes = 78;

base::Bytes32 hash(const std::string& bytes) {
  return poc::sha256(base::as_bytes(bytes));
}

std::string bytes_of(const base::Bytes32& value) {
  return {value.begin(), value.end()};
}

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

/// The page's tree, level by level.
base::Bytes32 root_of(std::vector<base::Bytes32> level) {
  if (level.empty()) return {};
  while (level.size() > 1) {
    std::vector<base::Bytes32> above;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      const bool alone = i + 1 == level.size();
      above.push_back(alone ? level[i] : hash('\1' + bytes_of(level[i]) + bytes_of(level[i + 1])));
    }
    level = above;
  }
  return level[0];
}

pool::AuditHeader known_header() {
  pool::AuditHeader header;
  header.pool = "pool.example";
  header.sprint = "s-0001";
  header.profile = {1, 128, 128};
  header.model_seed.fill(0x22);
  header.t0 = kNoon;
  header.t_end = kNoon + seconds(20);
  header.commitment =
      *base::bytes32_from_hex("66c18a1c966fdea82426c905f9f0b24f182d51123705c755c9770f27fd709773");
  header.beacon = "none";
  header.drawn = "none";
  header.secret.fill(0x11);
  header.start_seed =
      *base::bytes32_from_hex("08b25c4b9bae4e89c9751d507696e2065c0a9bb8f269c15e365070245e60eeac");
  return header;
}

/// A share of the lease whose nonce is `nonce` or soon after, and not that of a share before.
pool::AuditShare find_share(const pool::AuditRecord& record, const pool::AuditLease& in,
                            std::uint64_t nonce, State state, poc::Verifier& truth) {
  const auto target = poc::Target::from_difficulty(in.lease.difficulty);
  for (;; ++nonce) {
    pool::AuditShare share{nonce, {}, in.account, in.lease.difficulty, state};
    const poc::InputKey key = key_of(record, share);
    share.digest = truth.digests(record.header.model(), {&key, 1})->at(0);
    if (state == State::kWrong) {
      share.digest = wrong_digest(key, share.difficulty, share.digest);
    }
    if (target.met_by(poc::make_ticket(key, share.digest))) return share;
  }
}

void add_shares(pool::AuditRecord& record, const pool::AuditLease& lease, std::size_t count,
                std::mt19937_64& random, poc::Verifier& truth) {
  static constexpr State kStates[] = {State::kVerified, State::kVerified, State::kVerified,
                                      State::kWrong, State::kWithdrawn};
  std::uint64_t nonce = lease.lease.base + random() % 1000;
  for (std::size_t i = 0; i < count; ++i) {
    record.shares.push_back(find_share(record, lease, nonce, kStates[random() % 5], truth));
    nonce = record.shares.back().nonce + 1 + random() % 1000;
  }
}

}  // namespace

base::Result<std::vector<poc::Digest>> FakeVerifier::digests(const poc::ModelSpec&,
                                                             std::span<const poc::InputKey> keys) {
  if (groups.size() >= fails_after) return base::device_fault("the device is gone");
  groups.push_back(keys.size());
  on_group();
  std::vector<poc::Digest> digests;
  for (const poc::InputKey& key : keys) digests.push_back(right_digest(key));
  return digests;
}

base::Result<std::vector<poc::Digest>> RememberingVerifier::digests(
    const poc::ModelSpec& model, std::span<const poc::InputKey> keys) {
  std::vector<poc::Digest> digests;
  for (const poc::InputKey& key : keys) {
    const auto place = std::pair(poc::weight_key(model), key);
    if (!known_.contains(place)) {
      ASSIGN_OR_RETURN(const auto computed, reference_.digests(model, {&key, 1}));
      known_[place] = computed[0];
    }
    digests.push_back(known_[place]);
  }
  return digests;
}

poc::Digest wrong_digest(const poc::InputKey& key, std::uint64_t difficulty,
                         const poc::Digest& truth) {
  const auto target = poc::Target::from_difficulty(difficulty);
  poc::Digest digest = truth;
  do {
    for (std::size_t i = 0; i < digest.size() && ++digest[i] == 0; ++i) {
    }
  } while (digest == truth || !target.met_by(poc::make_ticket(key, digest)));
  return digest;
}

pool::AuditRecord make_audit(std::mt19937_64& random, poc::Verifier& truth, const AuditSize& size) {
  static const std::vector<std::string> kNames = {"alice", "bob", "carol"};
  pool::AuditRecord record;
  record.header = known_header();
  std::uint64_t next = random() % 2 * (std::uint64_t{1} << 40);
  for (std::size_t i = 1; i <= size.leases; ++i) {
    pool::AuditLease granted;
    granted.account = hash(kNames[random() % kNames.size()]);
    const auto bits = static_cast<std::uint32_t>(16 + random() % 20);
    const std::uint64_t wide = std::uint64_t{1} << bits;
    next = (next + wide - 1) / wide * wide;
    granted.lease = {i, static_cast<std::uint32_t>(random() % 3), next, bits,
                     1 + random() % size.difficulty};
    next += wide;
    record.leases.push_back(granted);
    add_shares(record, granted, random() % (size.shares + 1), random, truth);
  }
  settle(record);
  return record;
}

pool::AuditRecord make_audit(std::uint64_t seed, const AuditSize& size) {
  std::mt19937_64 random(seed);
  FakeVerifier truth;
  return make_audit(random, truth, size);
}

poc::InputKey key_of(const pool::AuditRecord& record, const pool::AuditShare& share) {
  return poc::input_key({record.header.model(), record.header.start_seed, share.account},
                        share.nonce);
}

pool::AuditShare& first(pool::AuditRecord& record, State state) {
  const auto found = std::find_if(record.shares.begin(), record.shares.end(),
                                  [&](const auto& share) { return share.state == state; });
  if (found != record.shares.end()) return *found;
  ADD_FAILURE() << "no such share: take another seed";
  return record.shares.at(0);
}

void settle(pool::AuditRecord& record) {
  std::map<base::Bytes32, std::uint64_t> sums;
  std::vector<base::Bytes32> leaves;
  record.outcome = {};
  for (const pool::AuditShare& share : record.shares) {
    if (share.state != State::kWithdrawn) ++record.outcome.recomputed;
    if (share.state != State::kVerified) continue;
    sums[share.account] += share.difficulty;
    record.outcome.total += share.difficulty;
    leaves.push_back(hash('\0' + little_endian(share.nonce) + little_endian(share.difficulty) +
                          bytes_of(share.account) + bytes_of(share.digest)));
  }
  record.outcome.root = root_of(std::move(leaves));
  record.credits.clear();
  for (const auto& [account, sum] : sums) record.credits.push_back({account, sum});
}

pool::RandomSource seeded_random(std::uint64_t seed) {
  return [random = std::mt19937_64(seed)](std::span<std::uint8_t> bytes) mutable {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return true;
  };
}

AuditFolder::AuditFolder() : path_(testing::TempDir() + "auditXXXXXX") {
  EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_;
}

AuditFolder::~AuditFolder() {
  std::filesystem::remove_all(path_);
}

std::string AuditFolder::text(const std::string& name) const {
  std::ifstream in(path_ + "/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string AuditFolder::put(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  return path_ + "/" + name;
}

std::vector<std::string> AuditFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const pool::AuditRecord& record) {
  const AuditFolder folder;
  const auto written = pool::write_audit(record, folder.path());
  EXPECT_TRUE(written.ok()) << written.message();
  return folder.text(record.header.sprint + ".audit.jsonl");
}

std::string resealed(const std::string& text) {
  const std::string covered = text.substr(0, text.size() - kSealBytes);
  return covered + ",\"sha256\":\"" + base::to_hex(hash(covered)) + "\"}\n";
}

base::Result<pool::AuditRecord> read_text(const std::string& text) {
  std::istringstream in(text);
  return pool::read_audit(in, "f");
}

}  // namespace tests
