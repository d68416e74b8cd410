#include "backends/opencl/program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/opencl/platforms.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::SizeIs;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

class ProgramTest : public FakeMachine {
 protected:
  void SetUp() override {
    const auto listing = list_devices(*library_, {});
    ASSERT_TRUE(listing.ok());
    cl_int result = CL_SUCCESS;
    parts_.device = listing->devices[0].device;
    context_ = Context(*library_, (*library_)->clCreateContext(nullptr, 1, &parts_.device, nullptr,
                                                               nullptr, &result));
    parts_.library = library_.get();
    parts_.context = context_.get();
    parts_.label = "0000:01:00.0";
    parts_.platform = "Fake Platform 1";
    parts_.chip = "Fake Polaris";
    parts_.driver = "1.0";
    parts_.source = "the kernels";
    parts_.options = "-D A";
  }
  void TearDown() override {
    context_.release();
    FakeMachine::TearDown();
  }

  /// Builds; whether it came from the cache.
  bool build() {
    const auto program = Program::make(parts_, cache_);
    EXPECT_TRUE(program.ok()) << failure(program);
    return program.ok() && program->was_cached();
  }
  std::string only_file() const {
    const auto names = folder_.names();
    EXPECT_THAT(names, SizeIs(1));
    return names.empty() ? "" : folder_.path() + "/" + names[0];
  }

  const std::unique_ptr<const Library> library_ = open_library();
  const Folder folder_;
  BinaryCache cache_{folder_.path()};
  Context context_;
  ProgramParts parts_;
};

TEST_F(ProgramTest, IsCompiledOnceAndThenComesFromTheCache) {
  EXPECT_FALSE(build());
  EXPECT_TRUE(build());
  EXPECT_EQ(fake_.sources_built, 1);
  EXPECT_EQ(fake_.binaries_built, 1);
}

TEST_F(ProgramTest, IsCompiledAnewForAnotherDeviceDriverSourceOrOptions) {
  const ProgramParts before = parts_;
  EXPECT_FALSE(build());
  for (std::string ProgramParts::*field : {&ProgramParts::platform, &ProgramParts::chip,
                                           &ProgramParts::driver, &ProgramParts::options}) {
    parts_ = before;
    (parts_.*field) += "x";
    EXPECT_FALSE(build());
    EXPECT_TRUE(build());
  }
  parts_ = before;
  parts_.source = "other kernels";
  EXPECT_FALSE(build());
  parts_ = before;
  EXPECT_TRUE(build());
  EXPECT_THAT(folder_.names(), SizeIs(6)) << "and no temporary file";
}

TEST_F(ProgramTest, ADamagedFileIsRebuilt) {
  build();
  const std::string path = only_file();
  const std::string whole = read_text(path);
  std::string flipped = whole;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  std::string other_header = whole;
  other_header[0] = 'x';
  std::string other_key = whole;
  other_key[40] = static_cast<char>(other_key[40] ^ 1);
  for (const std::string& damaged :
       {flipped, other_header, other_key, whole.substr(0, whole.size() - 1), whole + "x",
        whole.substr(0, 20), std::string()}) {
    write_text(path, damaged);
    EXPECT_FALSE(build()) << damaged.size();
    EXPECT_EQ(read_text(path), whole) << "it was written anew";
    EXPECT_TRUE(build());
  }
}

TEST_F(ProgramTest, AFileOfAnotherKindIsNotTaken) {
  build();
  const std::string path = only_file();
  const Folder elsewhere;
  const std::string moved = elsewhere.path() + "/file";
  std::filesystem::rename(path, moved);
  std::filesystem::create_symlink(moved, path);
  EXPECT_FALSE(build()) << "a link";
  EXPECT_TRUE(build()) << "which was replaced";
}

TEST_F(ProgramTest, ABinaryThatTheDriverRefusesIsRebuilt) {
  build();
  fake_.takes_binaries = false;
  EXPECT_FALSE(build());
  EXPECT_EQ(fake_.sources_built, 2);
}

TEST_F(ProgramTest, ABinaryWithoutKernelsIsRebuilt) {
  build();
  fake_.answers["clCreateKernel"] = {CL_INVALID_KERNEL_NAME, 0};
  EXPECT_FALSE(build());
  EXPECT_EQ(fake_.sources_built, 2);
  fake_.answers.clear();
  EXPECT_TRUE(build());
}

TEST_F(ProgramTest, WithoutACacheItIsCompiledEachTime) {
  cache_ = BinaryCache("");
  EXPECT_FALSE(build());
  EXPECT_FALSE(build());
  cache_ = BinaryCache("/proc/nowhere");
  EXPECT_FALSE(build());
  EXPECT_FALSE(build());
}

TEST_F(ProgramTest, TheFoldersOfTheCacheAreMade) {
  cache_ = BinaryCache(folder_.path() + "/a/b");
  EXPECT_FALSE(build());
  EXPECT_TRUE(build());
  struct stat state {};
  ASSERT_EQ(stat((folder_.path() + "/a/b").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0700U);
}

TEST_F(ProgramTest, WhatAProcessThatEndedLeftBehindIsRemovedAfterADay) {
  build();
  const std::string key = only_file().substr(folder_.path().size() + 1);  // with .bin
  const std::string old = key + ".aB3_x9";
  const std::string young = key + ".young1";
  const std::vector<std::string> foreign = {"notes.bin.abcdef", key + ".abcdefg", key + "_abcdef"};
  std::vector<std::string> kept = {key, young};
  kept.insert(kept.end(), foreign.begin(), foreign.end());
  std::vector<std::string> all = kept;
  all.push_back(old);
  for (const std::string& name : all) {
    const std::string path = folder_.path() + "/" + name;
    if (name != key) write_text(path, "half of it");
    if (name == young) continue;
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  }
  EXPECT_TRUE(build()) << "the binary itself stays, however old";
  EXPECT_THAT(folder_.names(), testing::UnorderedElementsAreArray(kept));
}

TEST_F(ProgramTest, ADriverThatHandsOutNoBinaryIsNoFault) {
  fake_.answers["clGetProgramInfo"] = {CL_INVALID_VALUE, 0};
  EXPECT_FALSE(build());
  EXPECT_THAT(folder_.names(), SizeIs(0));
}

TEST_F(ProgramTest, NamesAKernelThatIsMissing) {
  const auto program = Program::make(parts_, cache_);
  ASSERT_TRUE(program.ok()) << failure(program);
  fake_.answers["clCreateKernel"] = {CL_INVALID_KERNEL_NAME, 0};
  EXPECT_EQ(failure(program->kernel("norm")),
            "device: 0000:01:00.0: kernel norm: clCreateKernel: CL_INVALID_KERNEL_NAME");
}

TEST(OpenClCacheFolder, IsWhatTheOptionOrTheEnvironmentSays) {
  const auto folder = [](const std::string& option, const char* caches, const char* home) {
    return cache_folder(
        option, [&](const char* name) { return std::string_view(name) == "HOME" ? home : caches; });
  };
  EXPECT_EQ(folder("off", "/c", "/h"), "");
  EXPECT_EQ(folder("/x", "/c", "/h"), "/x");
  EXPECT_EQ(folder("", "/c", "/h"), "/c/sprintminer/opencl");
  EXPECT_EQ(folder("", "relative", "/h"), "/h/.cache/sprintminer/opencl");
  EXPECT_EQ(folder("", nullptr, "/h"), "/h/.cache/sprintminer/opencl");
  EXPECT_EQ(folder("", nullptr, nullptr), "");
}

TEST(OpenClProgramSource, IsOneTextWithoutOurIncludes) {
  const std::string_view text = program_source();
  EXPECT_EQ(text.find("#include"), std::string_view::npos);
  for (const char* kernel : {"make_weights", "make_keys", "make_input", "norm", "attention",
                             "hash_rows", "make_tickets"}) {
    EXPECT_NE(text.find(std::string("void ") + kernel + "("), std::string_view::npos) << kernel;
  }
}

}  // namespace
}  // namespace backends::opencl
