#include "tests/backends/conformance.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

#include "backends/api/self_test.h"
#include "base/bytes.h"
#include "tests/places.h"

namespace tests {
namespace {

using backends::Backend;
using backends::OptionAssignment;
using backends::OptionSpec;

const OptionSpec* find_option(Backend& backend, std::string_view key) {
  for (const OptionSpec& spec : backend.options()) {
    if (spec.key == key) return &spec;
  }
  return nullptr;
}

/// SPRINT_CONFORMANCE_OPTIONS, as far as this module has the keys, and two devices if it makes
/// them.
std::vector<OptionAssignment> common_options(Backend& backend) {
  std::vector<OptionAssignment> out;
  if (find_option(backend, "devices") != nullptr) out.push_back({"", "devices", "2"});
  const char* given = std::getenv("SPRINT_CONFORMANCE_OPTIONS");
  std::istringstream words(given == nullptr ? "" : given);
  for (std::string word; std::getline(words, word, ',');) {
    const auto assignment = backends::parse_assignment(word).value();
    if (find_option(backend, assignment.key) != nullptr) out.push_back(assignment);
  }
  return out;
}

/// The settings that a module is to be shown with, besides its defaults.
std::vector<OptionAssignment> variants(Backend& backend) {
  std::vector<OptionAssignment> out;
  if (const OptionSpec* path = find_option(backend, "path")) {
    for (const std::string& choice : path->choices) {
      if (choice != path->default_value) out.push_back({"", "path", choice});
    }
  }
  if (find_option(backend, "threads") != nullptr) {
    out.push_back({"", "threads", "1"});
    out.push_back({"", "threads", "3"});
  }
  return out;
}

std::string subject_name(const std::string& module, const std::string& rest) {
  std::string name = module + "_" + rest;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

void add_device(std::vector<Subject>& out, Backend& backend, const std::string& module,
                std::uint32_t index) {
  Subject subject;
  subject.backend = &backend;
  subject.index = index;
  subject.assignments = common_options(backend);
  subject.name = subject_name(module, std::to_string(index));
  out.push_back(subject);
  for (const OptionAssignment& variant : variants(backend)) {
    Subject special = subject;
    special.assignments.push_back(variant);
    special.name = subject.name + "_" + subject_name(variant.key, variant.value);
    special.may_be_absent = true;
    out.push_back(special);
  }
}

using Candidates = std::map<std::uint64_t, poc::Digest>;

/// What is wrong with the candidates found, a line each; empty when they are those expected.
std::string difference(const Candidates& found, const Candidates& expected) {
  std::string out;
  for (const auto& [nonce, digest] : found) {
    const auto truth = expected.find(nonce);
    if (truth == expected.end()) {
      out += base::to_hex(nonce) + " is no candidate\n";
    } else if (digest != truth->second) {
      out += base::to_hex(nonce) + " has digest " + base::to_hex(truth->second) + ", not " +
             base::to_hex(digest) + "\n";
    }
  }
  for (const auto& [nonce, digest] : expected) {
    if (found.count(nonce) == 0) out += base::to_hex(nonce) + " was not found\n";
  }
  return out;
}

backends::LoadResult load_and_configure() {
  backends::LoadResult loaded = backends::load_modules(SPRINT_MODULE_DIR);
  for (backends::LoadedModule& module : loaded.modules) {
    if (module.backend == nullptr) continue;
    const auto values =
        backends::resolve_options(module.backend->options(), common_options(*module.backend));
    CHECK(values.ok() && module.backend->configure(*values).ok());
  }
  return loaded;
}

}  // namespace

void PrintTo(const Subject& subject, std::ostream* out) {
  *out << subject.name;
}

std::string subject_test_name(const testing::TestParamInfo<Subject>& info) {
  return info.param.name;
}

const backends::LoadResult& loaded_modules() {
  static const backends::LoadResult kLoaded = load_and_configure();
  return kLoaded;
}

std::vector<Subject> subjects() {
  std::vector<Subject> out;
  for (const backends::LoadedModule& module : loaded_modules().modules) {
    std::string nothing = "it has no backend";
    if (module.backend != nullptr) {
      const auto found = module.backend->probe();
      if (found.ok()) {
        for (const auto& info : *found) {
          add_device(out, *module.backend, module.name, info.index);
          if (info.kind == backends::DeviceKind::kSimulated) break;  // the others are like it
        }
        continue;
      }
      nothing = found.message();
    }
    Subject subject;
    subject.name = subject_name(module.name, "none");
    subject.nothing = module.name + ": " + nothing;
    out.push_back(subject);
  }
  return out;
}

const poc::Digest& Oracle::digest(const poc::ModelSpec& model, const poc::InputKey& key) {
  const auto known = digests_.find(key);
  if (known != digests_.end()) return known->second;
  auto weights = std::find_if(models_.begin(), models_.end(),
                              [&](const auto& entry) { return entry.first == model; });
  if (weights == models_.end()) {
    models_.emplace_back(model, poc::ReferenceModel::make(model).value());
    weights = std::prev(models_.end());
  }
  return digests_.emplace(key, poc::evaluate(weights->second, key)).first->second;
}

std::map<std::uint64_t, poc::Digest> Oracle::candidates(const poc::RaceSpec& race,
                                                        const backends::NonceRange& range) {
  std::map<std::uint64_t, poc::Digest> out;
  for (std::uint64_t i = 0; i < range.count; ++i) {
    const poc::InputKey key = poc::input_key(race, range.first + i);
    const poc::Digest& computed = digest(race.model, key);
    if (range.target.met_by(poc::make_ticket(key, computed))) out[range.first + i] = computed;
  }
  return out;
}

base::Bytes32 random_bytes(std::mt19937_64& random) {
  base::Bytes32 out;
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

poc::RaceSpec race_of(const poc::Profile& profile, std::uint32_t number) {
  std::mt19937_64 random(number);
  poc::RaceSpec race;
  race.model = {profile, random_bytes(random)};
  race.start_seed = random_bytes(random);
  race.identity_hash = poc::hash_identity("conformance." + std::to_string(number)).value();
  return race;
}

void Conformance::SetUp() {
  const Subject& subject = GetParam();
  if (subject.backend == nullptr) GTEST_SKIP() << subject.nothing;
  auto device = open(subject.index);
  if (!device.ok() && subject.may_be_absent) {
    GTEST_SKIP() << subject.name << " cannot run here: " << device.message();
  }
  ASSERT_TRUE(device.ok()) << device.message();
  device_ = std::move(device).value();
}

base::Result<std::unique_ptr<backends::Device>> Conformance::open(std::uint32_t index) const {
  Backend& backend = *GetParam().backend;
  ASSIGN_OR_RETURN(const auto values,
                   backends::resolve_options(backend.options(), GetParam().assignments));
  return backend.open(index, values);
}

void Conformance::make_ready(const poc::ModelSpec& model) {
  const auto status = backends::prepare_fully(*device_, model);
  ASSERT_TRUE(status.ok()) << status.message();
}

void Conformance::start(const poc::RaceSpec& race) {
  ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
  const auto status = device_->start(race);
  ASSERT_TRUE(status.ok()) << status.message();
}

void Conformance::enqueue(const backends::NonceRange& range) {
  const auto status = device_->enqueue(range);
  ASSERT_TRUE(status.ok()) << status.message();
}

backends::RangeResult Conformance::collect() {
  auto result = device_->collect();
  if (result.ok()) return std::move(result).value();
  ADD_FAILURE() << "collect: " << result.message();
  return {};
}

backends::RangeResult Conformance::run(const backends::NonceRange& range) {
  enqueue(range);
  return HasFatalFailure() ? backends::RangeResult{} : collect();
}

void Conformance::expect_exact(const poc::RaceSpec& race, const backends::RangeResult& result) {
  EXPECT_EQ(result.evaluated, result.range.count);
  Candidates found;
  for (const auto& candidate : result.candidates) found[candidate.nonce] = candidate.digest;
  EXPECT_EQ(found.size(), result.candidates.size()) << "a nonce was given twice";
  EXPECT_EQ(difference(found, oracle().candidates(race, result.range)), "")
      << "range " << base::to_hex(result.range.first) << " + " << result.range.count;
}

void Conformance::expect_right_so_far(const poc::RaceSpec& race,
                                      const backends::RangeResult& result) {
  EXPECT_EQ(result.candidates.size(), result.evaluated);
  for (std::size_t i = 0; i < std::min<std::size_t>(result.candidates.size(), 16); ++i) {
    const auto& [nonce, digest] = result.candidates[i];
    EXPECT_LT(nonce - result.range.first, result.range.count);
    expect_digest(race.model, poc::input_key(race, nonce), digest);
  }
}

void Conformance::expect_digest(const poc::ModelSpec& model, const poc::InputKey& key,
                                const poc::Digest& digest) {
  EXPECT_EQ(base::to_hex(digest), base::to_hex(oracle().digest(model, key)));
}

void Conformance::expect_works(const poc::RaceSpec& race) {
  ASSERT_NO_FATAL_FAILURE(start(race));
  expect_exact(race, run({5, device_->group_size() + 1, poc::Target::from_difficulty(2)}));
}

Oracle& Conformance::oracle() {
  static Oracle oracle;
  return oracle;
}

}  // namespace tests
