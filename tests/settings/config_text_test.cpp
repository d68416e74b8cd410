#include "settings/config_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.h"

namespace settings {
namespace {

using testing::HasSubstr;
using tests::TempFolder;

TEST(ConfigText, LoadsPlainFilesOnly) {
  const TempFolder folder;
  const auto loaded = load_config(folder.write("good.json", "{}"));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->text, "{}");
  EXPECT_FALSE(loaded->open_to_others);
  EXPECT_TRUE(load_config(folder.write("open.json", "{}", 0644))->open_to_others);
  EXPECT_FALSE(load_config(folder.write("group.json", "{}", 0640))->open_to_others);

  EXPECT_THAT(load_config(folder.path("none.json")).message(),
              HasSubstr("none.json: No such file or directory"));
  EXPECT_THAT(load_config(folder.path("")).message(), HasSubstr("it is a folder, not a file"));
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(load_config(folder.path("pipe")).message(), HasSubstr("it is not a file"));
  EXPECT_TRUE(load_config(folder.write("full", std::string(kMaxConfigBytes, ' '))).ok());
  EXPECT_THAT(load_config(folder.write("large", std::string(kMaxConfigBytes + 1, ' '))).message(),
              HasSubstr("it is larger than 1 MiB"));
  EXPECT_THAT(load_config("x\x1b[2J").message(), HasSubstr("x\\x1b[2J")) << "safe to show";
}

}  // namespace
}  // namespace settings
