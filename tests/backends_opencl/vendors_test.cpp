// Drivers that end a process when they are loaded, before any platform has a name.

#include "backends/opencl/vendors.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "backends/opencl/backend.h"
#include "backends/opencl/trial.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

/// A variable of the environment that is another one during a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

std::string variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

/// Vendors in a folder of the test's own, each with a platform of one card.
class VendorsTest : public FakeMachine {
 protected:
  VendorsTest() { fake_.platforms.clear(); }

  /// What the trial forks is gone, and so are its folders.
  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child was left behind";
    EXPECT_EQ(errno, ECHILD);
    EXPECT_THAT(temporary_.names(), IsEmpty());
    EXPECT_EQ(variable("OCL_ICD_VENDORS"), vendors_.path());
    FakeMachine::TearDown();
  }

  void install(const std::string& icd, FakePlatform::Ill ill = FakePlatform::Ill::kNot) {
    std::ofstream(vendors_.path() + "/" + icd) << "lib" << icd << ".so\n";
    FakePlatform platform;
    platform.icd = icd;
    platform.name = "of " + icd;
    platform.devices.resize(1);
    platform.devices[0].name = "card of " + icd;
    platform.ill = ill;
    fake_.platforms.push_back(std::move(platform));
  }
  /// Asks as the backend does: the notes of the devices that are there, by name.
  std::map<std::string, std::string> probe() const {
    OpenClBackend backend(SPRINT_FAKE_OPENCL, "source", kShort);
    const auto found = backend.probe();
    EXPECT_TRUE(found.ok()) << failure(found);
    std::map<std::string, std::string> notes;
    if (!found.ok()) return notes;
    for (const DeviceInfo& device : *found) notes[device.name] = device.note;
    return notes;
  }

  static constexpr base::Micros kShort = std::chrono::milliseconds(400);
  const Folder vendors_;
  const Folder temporary_;
  const Variable in_folder_{"OCL_ICD_VENDORS", vendors_.path()};
  const Variable in_temporary_{"TMPDIR", temporary_.path()};
};

TEST_F(VendorsTest, ADriverThatCrashesWhenItIsLoadedCostsItselfAlone) {
  install("a.icd");
  install("bad.icd", FakePlatform::Ill::kCrashesLoaded);
  install("c.icd");
  const auto notes = probe();
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_THAT(notes.at("card of a.icd"),
              StartsWith("driver 'bad.icd' left out: it crashed (signal 6) when it was loaded; "));
  EXPECT_TRUE(notes.contains("card of c.icd"));
}

TEST_F(VendorsTest, ADriverThatHangsWhenItIsLoadedCostsItselfAlone) {
  install("a.icd");
  install("hung.icd", FakePlatform::Ill::kHangsLoaded);
  const auto notes = probe();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes.at("card of a.icd"),
              StartsWith("driver 'hung.icd' left out: it did not answer for 1 s when it was "));
}

TEST_F(VendorsTest, BrokenDriversAndBrokenPlatformsAreBothLeftOut) {
  install("bad.icd", FakePlatform::Ill::kCrashesLoaded);
  install("ill.icd", FakePlatform::Ill::kCrashes);
  install("worse.icd", FakePlatform::Ill::kCrashesLoaded);
  install("z.icd");
  const auto trial = try_platforms(SPRINT_FAKE_OPENCL, kShort);
  ASSERT_TRUE(trial.ok()) << failure(trial);
  EXPECT_THAT(trial->broken, ElementsAre(0)) << "the first of those that are loaded";
  EXPECT_THAT(trial->lines,
              ElementsAre("driver 'bad.icd' left out: it crashed (signal 6) when it was loaded",
                          "driver 'worse.icd' left out: it crashed (signal 6) when it was loaded",
                          "platform 'of ill.icd' left out: it crashed (signal 6) when it was asked "
                          "for its devices"));
  trial->vendors->leave();
}

TEST_F(VendorsTest, WhereNoDriverIsSoundTheyAreNamed) {
  install("bad.icd", FakePlatform::Ill::kCrashesLoaded);
  EXPECT_EQ(failure(try_platforms(SPRINT_FAKE_OPENCL, kShort)),
            "unavailable: no OpenCL: it crashed (signal 6) before it named a platform; driver "
            "'bad.icd' left out: it crashed (signal 6) when it was loaded");
}

TEST_F(VendorsTest, ALoaderThatCrashesByItselfCostsAll) {
  fake_.crashes_at_once = true;
  EXPECT_EQ(failure(try_platforms(SPRINT_FAKE_OPENCL, kShort)),
            "unavailable: no OpenCL: it crashed (signal 6) before it named a platform");
}

TEST_F(VendorsTest, ALoaderMayTakeLongerUntilTheFirstPlatform) {
  install("a.icd");
  fake_.loads_for = std::chrono::milliseconds(600);  // longer than kShort
  EXPECT_EQ(probe().size(), 1U);
}

TEST_F(VendorsTest, AChildThatHungIsSeenOff) {
  install("a.icd", FakePlatform::Ill::kHangs);
  EXPECT_TRUE(try_platforms(SPRINT_FAKE_OPENCL, kShort).ok());
  // TearDown looks for it.
}

TEST_F(VendorsTest, AreThoseThatTheLoaderReads) {
  install("b.icd");
  install("a.icd");
  std::ofstream(vendors_.path() + "/readme.txt") << "\n";
  const std::string folder = vendors_.path() + "/";
  EXPECT_THAT(vendor_files(), ElementsAre(folder + "a.icd", folder + "b.icd"));
  {
    const Variable other("OCL_ICD_VENDORS", "");
    const Variable path("OPENCL_VENDOR_PATH", vendors_.path());
    EXPECT_THAT(vendor_files(), ElementsAre(folder + "a.icd", folder + "b.icd"));
  }
  {
    const Variable one("OCL_ICD_VENDORS", folder + "b.icd");
    EXPECT_THAT(vendor_files(), ElementsAre(folder + "b.icd"));
  }
  EXPECT_EQ(vendor_name("/x/y\x1b.icd"), "y\\x1b.icd");
}

TEST_F(VendorsTest, AChoiceIsWhatTheProcessSeesMeanwhile) {
  install("a.icd");
  install("b.icd");
  const auto choice = VendorChoice::make({vendors_.path() + "/b.icd"});
  ASSERT_TRUE(choice.ok()) << failure(choice);
  const std::string home = variable("HOME");
  (*choice)->enter();
  EXPECT_EQ(vendor_files().size(), 1U);
  EXPECT_EQ(vendor_name(vendor_files().at(0)), "b.icd");
  EXPECT_EQ(variable("HOME"), home);
  (*choice)->leave();
  EXPECT_EQ(vendor_files().size(), 2U);
}

}  // namespace
}  // namespace backends::opencl
