// What a Prometheus is told: the format holds line by line, and counters never go down.
#include "pool/web/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "pool/web/metrics_text.h"
#include "tests/places.h"
#include "tests/pool/rig.h"
#include "tests/pool/site_rig.h"

namespace pool::web {
namespace {

using testing::HasSubstr;
using tests::kNoon;

/// A metrics text, read as strictly as the format's page says.
struct ReadMetrics {
  std::map<std::string, std::string> types;  // by family
  std::map<std::string, double> samples;     // by name and labels

  explicit ReadMetrics(const std::string& text) {
    static const std::regex head(R"(# (HELP|TYPE) ([a-z_]+) (.+))");
    static const std::regex sample(
        R"re(([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})? ([0-9.e+-]+))re");
    EXPECT_EQ(text.back(), '\n');
    std::istringstream lines(text);
    std::smatch match;
    std::string family;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_match(line, match, head)) {
        if (match[1] == "HELP") {
          family = match[2];
          EXPECT_TRUE(helped_.insert(family).second) << line;
        } else {
          EXPECT_EQ(match[2], family) << line;
          EXPECT_TRUE(types.emplace(family, match[3]).second) << line;
        }
      } else if (std::regex_match(line, match, sample)) {
        EXPECT_TRUE(belongs(match[1], family)) << line;
        EXPECT_TRUE(samples.emplace(match[1].str() + match[2].str(), std::stod(match[3])).second)
            << line;
      } else {
        ADD_FAILURE() << "not the format: " << line;
      }
    }
  }

  /// Whether this sample may not go down.
  bool counts(const std::string& sample) const {
    const std::string name = sample.substr(0, sample.find('{'));
    if (types.contains(name)) return types.at(name) == "counter";
    return true;  // of a histogram
  }

 private:
  bool belongs(const std::string& name, const std::string& family) const {
    const std::string type = types.contains(family) ? types.at(family) : "none";
    if (type == "counter") return name == family && name.ends_with("_total");
    if (type == "gauge") return name == family && !name.ends_with("_total");
    return type == "histogram" &&
           (name == family + "_bucket" || name == family + "_sum" || name == family + "_count");
  }
  std::set<std::string> helped_;
};

class MetricsOfStatistics : public testing::Test {
 protected:
  ReadMetrics read() {
    PoolView view = tests::some_pool();
    view.counters = statistics.counters();
    return ReadMetrics(metrics_of(view, {{200, 7}, {404, 1}}));
  }
  /// Anything that a pool may do.
  void step(std::mt19937_64& random) {
    clock.advance(base::Micros(random() % 100'000));
    const std::uint64_t sprint = random() % 4;
    const std::uint64_t nonce = random() % 100;
    const CheckJob job{sprint, nonce, {}};
    const Share::State states[] = {Share::State::kVerified, Share::State::kWrong,
                                   Share::State::kWithdrawn};
    const record::Settled settled{wall.now(), {{"alice", random() % 1000}}, {}, {}};
    switch (random() % 15) {
      case 0:
        statistics.write(record::Announced{});
        break;
      case 1:
        statistics.write(record::Started{sprint, wall.now(), wall.now()});
        break;
      case 2:
        statistics.write(record::Closed{sprint, false, settled});
        break;
      case 3:
        statistics.write(record::Closed{sprint, true});
        break;
      case 4:
        statistics.write(record::Stored{sprint, 1, 1, nonce, {}, random() % 1000});
        break;
      case 5:
        statistics.decided(states[random() % 3], random() % 5);
        break;
      case 6:
        statistics.written(journal.records.size());
        break;
      case 7:
        statistics.check({}, job);
        break;
      case 8:
        statistics.checked({{job}, std::vector<poc::Digest>(1)});
        break;
      case 9:
        statistics.checked({{job}, base::unavailable("no device")});
        break;
      case 12:
        statistics.checked({{job}, base::wrong_result("it computes wrong")});
        break;
      case 10:
        statistics.submitted(static_cast<stratum::Code>(random() % 45));
        break;
      case 11:
        statistics.acknowledged(wall.now() - base::Micros(random() % 1'000'000));
        statistics.flushed();
        break;
      case 13:
        statistics.turned_away();
        statistics.banned_address();
        break;
      case 14:
        statistics.banned_rig();
        break;
    }
  }

  base::ManualClock clock;
  base::SteadyWallClock wall{clock, kNoon};
  tests::HandJournal journal;
  tests::HandChecker checker;
  Statistics statistics{journal, checker, wall};
};

TEST_F(MetricsOfStatistics, HoldTheFormatAndNeverGoDown) {
  std::mt19937_64 random(7);
  ReadMetrics before = read();
  EXPECT_GT(before.types.size(), 30u);
  for (int i = 0; i < 300; ++i) {
    step(random);
    ReadMetrics now = read();
    ASSERT_EQ(now.samples.size(), before.samples.size());
    for (const auto& [name, value] : now.samples) {
      ASSERT_TRUE(before.samples.contains(name)) << name;
      if (!now.counts(name)) continue;
      ASSERT_GE(value, before.samples.at(name)) << name;
    }
    before = std::move(now);
  }
  for (const auto& [name, value] : before.samples) {
    const bool unmoved = name.find("connections_accepted") != std::string::npos ||
                         name.find("_bytes_") != std::string::npos ||
                         name.find("sessions_") != std::string::npos ||
                         name.find("leases_") != std::string::npos;
    if (before.types.contains(name) && before.types.at(name) == "counter" && !unmoved) {
      EXPECT_GT(value, 0) << name << ": no step moves it";
    }
  }
}

TEST_F(MetricsOfStatistics, AHistogramAddsUp) {
  for (const int micros : {1, 100, 101, 70'000, 2'000'000'000}) {
    statistics.acknowledged(wall.now() - base::Micros(micros));
  }
  statistics.acknowledged(wall.now() + base::Micros(5));
  statistics.flushed();
  const ReadMetrics read = this->read();
  const auto bucket = [&](const std::string& le) {
    return read.samples.at("sprintpool_ack_seconds_bucket{le=\"" + le + "\"}");
  };
  EXPECT_EQ(bucket("0.0001"), 3);
  EXPECT_EQ(bucket("0.00025"), 4);
  EXPECT_EQ(bucket("0.05"), 4);
  EXPECT_EQ(bucket("0.1"), 5);
  EXPECT_EQ(bucket("600"), 5);
  EXPECT_EQ(bucket("+Inf"), 6);
  EXPECT_EQ(read.samples.at("sprintpool_ack_seconds_count"), 6);
  EXPECT_NEAR(read.samples.at("sprintpool_ack_seconds_sum"), 2000.070202, 1e-9);
}

TEST(MetricsText, ALabelHoldsWhateverItsValueIs) {
  EXPECT_EQ(label("name", "a\"b\\c\nd"), R"(name="a\"b\\c d")");
  PoolView view = tests::some_pool();
  view.name = "pool \"one\" \\ {x} }";
  const ReadMetrics read(metrics_of(view, {}));
  EXPECT_TRUE(
      read.samples.contains(R"(sprintpool_info{name="pool \"one\" \\ {x} }",profile="nano"})"));
}

TEST(MetricsText, AVerifierThatIsOutOfServiceIsTold) {
  PoolView view = tests::some_pool();
  view.verification.verifiers = {
      {"sim:0", false, "it computes wrong"}, {"cpu", true, ""}, {"reference", false, ""}};
  const auto samples = ReadMetrics(metrics_of(view, {})).samples;
  EXPECT_EQ(samples.at(R"(sprintpool_verifier_info{verifier="0",name="sim:0"})"), 1);
  EXPECT_EQ(samples.at(R"(sprintpool_verifier_in_service{verifier="0"})"), 0);
  EXPECT_EQ(samples.at(R"(sprintpool_verifier_in_service{verifier="1"})"), 1);
  EXPECT_EQ(samples.at(R"(sprintpool_verifier_in_service{verifier="2"})"), 1) << "not wanted yet";
}

TEST(MetricsText, EachFamilyIsExplainedAndNoOther) {
  std::ifstream file(SPRINT_DOCS_DIR "/POOL.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  static const std::regex name("`(sprintpool_[a-z_]+)`");
  std::set<std::string> explained;
  for (std::sregex_iterator at(page.begin(), page.end(), name), end; at != end; ++at) {
    explained.insert((*at)[1]);
  }
  std::set<std::string> told;
  for (const auto& [family, type] : ReadMetrics(metrics_of(tests::some_pool(), {})).types) {
    told.insert(family);
  }
  EXPECT_EQ(explained, told);
}

TEST(MetricsText, NothingOfAMinerIsInALabel) {
  const std::string text = metrics_of(tests::some_pool(), {});
  EXPECT_THAT(text, testing::Not(HasSubstr("account=")));
  EXPECT_THAT(text, testing::Not(HasSubstr("2-00000000beef"))) << "a label for each sprint";
}

}  // namespace
}  // namespace pool::web
