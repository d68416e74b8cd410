#include "pool/http_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::HasSubstr;

class HttpToken : public testing::Test {
 protected:
  HttpToken() {
    std::string name = testing::TempDir() + "tokenXXXXXX";
    folder = mkdtemp(name.data());
    path = folder + "/pool.cookie";
  }
  ~HttpToken() override { std::filesystem::remove_all(folder); }
  void put(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }

  std::string folder;
  std::string path;
};

TEST_F(HttpToken, ACookieIsForItsOwnerAloneAndGoesWithThePool) {
  put("what an earlier run left");
  chmod(path.c_str(), 0644);
  {
    const auto cookie = CookieFile::write(path, tests::counting_random());
    ASSERT_TRUE(cookie.ok()) << cookie.message();
    EXPECT_EQ((*cookie)->token().size(), 64u);
    EXPECT_EQ(read_http_token(path).value(), (*cookie)->token());
    struct stat about {};
    ASSERT_EQ(stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpToken, ACookieOfALaterRunStays) {
  {
    const auto cookie = CookieFile::write(path, tests::counting_random());
    ASSERT_TRUE(cookie.ok());
    put(std::string(64, 'b'));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(HttpToken, ACookieThatCannotBeWrittenIsNamed) {
  const auto cookie = CookieFile::write(folder + "/none/pool.cookie", tests::counting_random());
  ASSERT_FALSE(cookie.ok());
  EXPECT_THAT(cookie.message(), HasSubstr("none/pool.cookie.new': No such file"));
  EXPECT_FALSE(CookieFile::write(path, [](auto) { return false; }).ok());
}

TEST_F(HttpToken, AFileOfATokenHoldsOneLine) {
  put("sixteen-letters.\n");
  EXPECT_EQ(read_http_token(path).value(), "sixteen-letters.");
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string("fifteen-letters"),
        std::string("two lines-------\n\n"), std::string(257, 'a'), std::string("with a blank----"),
        std::string("not ASCII \xc3\xa4----")}) {
    put(bad);
    EXPECT_FALSE(read_http_token(path).ok()) << bad;
  }
  EXPECT_THAT(read_http_token(folder + "/none").message(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace pool
