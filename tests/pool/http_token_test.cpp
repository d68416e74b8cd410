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

const std::string kToken(64, 'a');

class HttpToken : public testing::Test {
 protected:
  HttpToken() {
    std::string name = testing::TempDir() + "tokenXXXXXX";
    folder = mkdtemp(name.data());
    path = folder + "/pool.cookie";
  }
  ~HttpToken() override { std::filesystem::remove_all(folder); }
  void put(const std::string& text) const {
    std::ofstream(path, std::ios::binary) << text;
    chmod(path.c_str(), 0600);
  }

  std::string folder;
  std::string path;
};

TEST_F(HttpToken, ACookieIsForItsOwnerAloneAndGoesWithThePool) {
  put("what an earlier run left");
  chmod(path.c_str(), 0644);
  {
    const auto cookie = CookieFile::write(path, kToken);
    ASSERT_TRUE(cookie.ok()) << cookie.message();
    EXPECT_EQ(read_http_token(path).value(), kToken);
    struct stat about {};
    ASSERT_EQ(stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpToken, ACookieOfALaterRunStays) {
  {
    const auto cookie = CookieFile::write(path, kToken);
    ASSERT_TRUE(cookie.ok());
    put(std::string(64, 'b'));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(HttpToken, ACookieThatCannotBeWrittenIsNamed) {
  const auto cookie = CookieFile::write(folder + "/none/pool.cookie", kToken);
  ASSERT_FALSE(cookie.ok());
  EXPECT_THAT(cookie.message(), HasSubstr("none/pool.cookie.new': No such file"));
}

TEST_F(HttpToken, EachIsDrawnAnew) {
  const auto random = tests::counting_random();
  const auto first = draw_http_token(random);
  ASSERT_TRUE(first.ok()) << first.message();
  EXPECT_EQ(first->size(), 64u);
  EXPECT_NE(*first, draw_http_token(random).value());
  EXPECT_FALSE(draw_http_token([](auto) { return false; }).ok());
}

TEST_F(HttpToken, AFileThatOthersMayReadIsRefused) {
  put("sixteen-letters.\n");
  for (const mode_t mode : {0640U, 0604U, 0620U, 0644U, 0666U}) {
    chmod(path.c_str(), mode);
    EXPECT_THAT(read_http_token(path).message(), HasSubstr("chmod 600 '" + path + "'")) << mode;
  }
  for (const mode_t mode : {0600U, 0400U}) {
    chmod(path.c_str(), mode);
    EXPECT_TRUE(read_http_token(path).ok()) << mode;
  }
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
