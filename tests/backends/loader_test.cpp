#include "backends/api/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "backends/api/module.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using backends::LoadResult;
using testing::HasSubstr;

/// A fresh folder that the test fills with modules.
class Loader : public testing::Test {
 protected:
  Loader() {
    std::string pattern = (fs::temp_directory_path() / "sprint_loader_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Loader() override { fs::remove_all(folder_); }

  /// Puts a module of the build here, under another name if one is given.
  void put(const std::string& name, const std::string& as = "") {
    fs::copy_file(fs::path(SPRINT_TEST_MODULE_DIR) / (name + ".so"),
                  folder_ / ((as.empty() ? name : as) + ".so"));
  }
  LoadResult load() { return backends::load_modules(folder_.string()); }

  /// Loads the one module that lies here, and returns why that failed.
  std::string failure(const std::string& name) {
    const LoadResult result = load();
    EXPECT_TRUE(result.modules.empty());
    EXPECT_EQ(result.failed.size(), 1U);
    if (result.failed.size() != 1) return "";
    EXPECT_EQ(result.failed[0].name, name);
    EXPECT_EQ(result.failed[0].reason.find('\n'), std::string::npos) << "more than one line";
    return result.failed[0].reason;
  }

  fs::path folder_;
};

TEST_F(Loader, LoadsAModuleWithItsBackendAndSensors) {
  put("good");
  const LoadResult result = load();
  EXPECT_TRUE(result.failed.empty());
  ASSERT_EQ(result.modules.size(), 1U);
  const auto& module = result.modules[0];
  EXPECT_EQ(module.name, "good");
  EXPECT_EQ(module.file, (folder_ / "good.so").string());
  EXPECT_EQ(module.rank, 5);
  ASSERT_NE(module.backend, nullptr);
  EXPECT_EQ(module.backend->name(), "good");
  EXPECT_EQ(module.backend->probe()->size(), 1U);
  ASSERT_NE(module.telemetry, nullptr);
  EXPECT_EQ(module.telemetry->cards()->at(0).label, "good:0") << "made beside its own backend";
}

TEST_F(Loader, OrdersByRankThenName) {
  for (const char* name : {"good", "equal", "better"}) put(name);
  std::vector<std::string> names;
  for (const auto& module : load().modules) names.push_back(module.name);
  EXPECT_EQ(names, (std::vector<std::string>{"better", "equal", "good"}));
}

TEST_F(Loader, AMissingFolderIsOneFailure) {
  const LoadResult result = backends::load_modules((folder_ / "none").string());
  EXPECT_TRUE(result.modules.empty());
  ASSERT_EQ(result.failed.size(), 1U);
  EXPECT_THAT(result.failed[0].reason, HasSubstr((folder_ / "none").string()));
}

TEST_F(Loader, AnEmptyFolderIsNothing) {
  EXPECT_TRUE(load().modules.empty());
  EXPECT_TRUE(load().failed.empty());
}

TEST_F(Loader, RefusesATextFile) {
  std::ofstream(folder_ / "notes.so") << "this is not a module\n";
  EXPECT_THAT(failure("notes"), HasSubstr("notes.so"));
}

TEST_F(Loader, RefusesAFolderNamedLikeAModule) {
  fs::create_directory(folder_ / "folder.so");
  EXPECT_FALSE(failure("folder").empty());
}

TEST_F(Loader, LeavesOtherFilesAlone) {
  std::ofstream(folder_ / "README") << "modules\n";
  std::ofstream(folder_ / "good.so.1") << "an old one\n";
  EXPECT_TRUE(load().failed.empty());
}

TEST_F(Loader, RefusesALibraryThatIsNoModule) {
  put("no_symbol");
  EXPECT_THAT(failure("no_symbol"), HasSubstr(backends::kModuleSymbol));
}

TEST_F(Loader, RefusesAnotherInterface) {
  put("wrong_abi");
  EXPECT_THAT(failure("wrong_abi"), HasSubstr(std::to_string(backends::kModuleAbi + 1)));
}

TEST_F(Loader, RefusesAnotherBuild) {
  put("wrong_build");
  const std::string reason = failure("wrong_build");
  EXPECT_THAT(reason, HasSubstr("0.0.1-other"));
  EXPECT_THAT(reason, HasSubstr(SPRINT_BUILD_ID));
}

TEST_F(Loader, RefusesAModuleUnderAnotherName) {
  put("good", "renamed");
  EXPECT_THAT(failure("renamed"), HasSubstr("'good'"));
}

TEST_F(Loader, AMissingFunctionOfALibraryIsNamed) {
  put("undefined");
  EXPECT_THAT(failure("undefined"), HasSubstr("function_of_a_newer_driver"));
}

TEST_F(Loader, AnExceptionOfALibraryEndsHere) {
  put("throws");
  EXPECT_THAT(failure("throws"), HasSubstr("such platform"));
}

TEST_F(Loader, RefusesAModuleWithoutAnything) {
  put("empty");
  EXPECT_FALSE(failure("empty").empty());
}

TEST_F(Loader, AModuleThatDoesNotLoadCostsOnlyItself) {
  for (const char* name : {"no_symbol", "wrong_abi", "good", "throws", "undefined", "better"}) {
    put(name);
  }
  const LoadResult result = load();
  EXPECT_EQ(result.modules.size(), 2U);
  EXPECT_EQ(result.failed.size(), 4U);
}

TEST_F(Loader, LoadsAFolderAgain) {
  put("good");
  { const LoadResult first = load(); }
  const LoadResult second = load();
  ASSERT_EQ(second.modules.size(), 1U);
  EXPECT_TRUE(second.modules[0].backend->probe().ok());
}

TEST_F(Loader, TheModulesLieBesideTheProgramsFolder) {
  fs::create_directory(folder_ / "bin");
  std::ofstream(folder_ / "bin" / "program") << "x";
  const std::string expected = (fs::canonical(folder_) / "lib" / "sprintminer").string();
  EXPECT_EQ(backends::module_folder((folder_ / "bin" / "program").string()), expected);
  fs::create_symlink(folder_ / "bin" / "program", folder_ / "link");
  EXPECT_EQ(backends::module_folder((folder_ / "link").string()), expected);
}

TEST_F(Loader, AProgramThatIsNotThereHasAModuleFolderAllTheSame) {
  EXPECT_EQ(backends::module_folder("/no/such/bin/program"), "/no/such/lib/sprintminer");
}

}  // namespace
}  // namespace tests
