#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "backends/api/self_test.h"
#include "base/bytes.h"
#include "tests/checker/checks.h"
#include "tests/checker/jobs.h"
#include "tests/checker/vectors.h"

namespace checker {
namespace {

using backends::NonceRange;

Checked self_test(Stand& stand) {
  RETURN_IF_ERROR(backends::self_test(stand.device()));
  RETURN_IF_ERROR(stand.expect_works(race_of(kTiny, 2)));
  return Finding{};
}

base::Status expect_row(const VectorGroup& group, const VectorRow& row, const poc::Digest& digest,
                        std::string_view way) {
  if (digest == row.digest) return base::Ok{};
  return wrong(poc::to_string(group.race.model.profile) + " nonce " + base::to_hex(row.nonce) +
               " by " + std::string(way) + ": digest " + base::to_hex(digest) + ", not " +
               base::to_hex(row.digest));
}

base::Status evaluate_rows(Stand& stand, const VectorGroup& group) {
  std::vector<poc::InputKey> keys;
  for (const VectorRow& row : group.rows) keys.push_back(row.input_key);
  ASSIGN_OR_RETURN(const auto digests, stand.device().evaluate(group.race.model, keys));
  if (digests.size() != keys.size()) return wrong("not as many digests as keys");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    RETURN_IF_ERROR(expect_row(group, group.rows[i], digests[i], "evaluate"));
  }
  return base::Ok{};
}

/// The first `count` of the group, each a range of its own.
base::Status race_rows(Stand& stand, const VectorGroup& group, std::size_t count) {
  RETURN_IF_ERROR(stand.device().start(group.race));
  for (std::size_t i = 0; i < std::min(count, group.rows.size()); ++i) {
    const VectorRow& row = group.rows[i];
    ASSIGN_OR_RETURN(const auto result, stand.run({row.nonce, 1, poc::Target::from_difficulty(1)}));
    if (result.evaluated != 1 || result.candidates.size() != 1 ||
        result.candidates[0].nonce != row.nonce) {
      return wrong("nonce " + base::to_hex(row.nonce) + " was not found by a race");
    }
    RETURN_IF_ERROR(expect_row(group, row, result.candidates[0].digest, "race"));
  }
  return base::Ok{};
}

/// All answers of a file by evaluate, and the first `raced` of each group by race.
Checked expect_vectors(Stand& stand, std::string_view file, std::size_t raced) {
  std::size_t answers = 0;
  for (const VectorGroup& group : vector_groups(file)) {
    RETURN_IF_ERROR(backends::prepare_fully(stand.device(), group.race.model));
    RETURN_IF_ERROR(evaluate_rows(stand, group));
    RETURN_IF_ERROR(race_rows(stand, group, raced));
    answers += group.rows.size();
  }
  return Finding{std::to_string(answers) + " answers"};
}

Checked nano_vectors(Stand& stand) {
  return expect_vectors(stand, "nano", 16);
}

Checked micro_vectors(Stand& stand) {
  return expect_vectors(stand, "micro", 2);
}

Checked shapes_vectors(Stand& stand) {
  return expect_vectors(stand, "shapes", 1);
}

/// As the others, where there is memory for it; the note says how long its weights took.
Checked base_vectors(Stand& stand) {
  stand.device().rest();
  const auto began = std::chrono::steady_clock::now();
  const auto made = backends::prepare_fully(stand.device(), vector_groups("base")[0].race.model);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!made.ok() && made.error().fault == base::Fault::kNoMemory) {
    return Finding{made.message(), true};
  }
  RETURN_IF_ERROR(made);
  ASSIGN_OR_RETURN(Finding finding, expect_vectors(stand, "base", 1));
  char text[64];
  std::snprintf(text, sizeof text, ", weights in %.1f ms", took.count() * 1e3);
  finding.note += text;
  return finding;
}

/// A range and three keys of a race drawn at random.
base::Status expect_random_job(Stand& stand, std::mt19937_64& random, const poc::RaceSpec& race) {
  const NonceRange range{random() >> 1, 1 + random() % 19, poc::Target::from_difficulty(2)};
  RETURN_IF_ERROR(stand.start(race));
  RETURN_IF_ERROR(stand.expect_run(race, range));
  std::vector<poc::InputKey> keys;
  for (int i = 0; i < 3; ++i) keys.push_back(poc::input_key(race, random()));
  return stand.expect_digests(race.model, keys);
}

Checked random_jobs(Stand& stand) {
  constexpr std::uint64_t kSeed = 20251126;
  const int jobs = stand.quick() ? 3 : 12;
  std::mt19937_64 random(kSeed);
  for (int job = 0; job < jobs; ++job) {
    const poc::RaceSpec race = random_race(random);
    const auto status = expect_random_job(stand, random, race);
    if (!status.ok()) {
      return wrong("seed " + std::to_string(kSeed) + " job " + std::to_string(job) + " profile " +
                   poc::to_string(race.model.profile) + ": " + status.message());
    }
  }
  return Finding{std::to_string(jobs) + " jobs"};
}

/// One evaluate for keys of several races and identities, more of them than a group; and for none.
Checked keys_of_several_races(Stand& stand) {
  const poc::RaceSpec one = race_of(kNano, 3);
  poc::RaceSpec other = one;
  other.identity_hash = poc::hash_identity("somebody else").value();
  poc::RaceSpec later = one;
  later.start_seed[0] ^= 1;
  std::vector<poc::InputKey> keys;
  for (std::uint64_t i = 0; i <= stand.device().group_size(); ++i) {
    for (const auto& race : {one, other, later}) {
      keys.push_back(poc::input_key(race, i));
    }
  }
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), one.model));
  RETURN_IF_ERROR(stand.expect_digests(one.model, keys));
  RETURN_IF_ERROR(stand.expect_digests(one.model, {}));
  return Finding{};
}

Checked evaluate_beside_a_race(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 5);
  const poc::RaceSpec other = race_of(kNano, 6);
  RETURN_IF_ERROR(stand.start(race));
  RETURN_IF_ERROR(backends::prepare_fully(stand.device(), other.model));
  const poc::InputKey key = poc::input_key(other, 9);
  RETURN_IF_ERROR(stand.expect_digests(other.model, {&key, 1}));
  RETURN_IF_ERROR(stand.expect_run(race, {0, 5, poc::Target::from_difficulty(1)}));
  return Finding{};
}

constexpr Check kChecks[] = {
    {"self test", self_test},
    {"vectors nano", nano_vectors},
    {"vectors shapes", shapes_vectors},
    {"vectors micro", micro_vectors, false},
    {"vectors base", base_vectors, false},
    {"random jobs", random_jobs},
    {"keys of several races", keys_of_several_races},
    {"evaluate beside a race", evaluate_beside_a_race},
};

}  // namespace

std::span<const Check> answer_checks() {
  return kChecks;
}

}  // namespace checker
