#include "stratum/transport_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/stratum/certificates.h"

namespace stratum {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using tests::TempFile;

constexpr const char* kPin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

TEST(Pins, AreHashesOf32Bytes) {
  const std::string pin = kPin;
  EXPECT_TRUE(check_pins(pin).ok());
  EXPECT_TRUE(check_pins(pin + ";" + pin).ok());
  for (const std::string& bad :
       {std::string(), pin + ";", ";" + pin, pin + " ", "sha1//" + pin.substr(8), pin.substr(8),
        pin.substr(0, pin.size() - 1), pin + "=", "sha256//" + std::string(44, 'A'),
        "sha256//" + std::string(43, 'B') + "=", std::string("/etc/pool.pem")}) {
    const base::Status checked = check_pins(bad);
    ASSERT_FALSE(checked.ok()) << bad;
    EXPECT_THAT(checked.message(), HasSubstr("is not sha256//BASE64"));
  }
}

TEST(Certificates, OfAFileAreReadAndNothingElseOfIt) {
  const tests::Identity one = tests::self_signed(), two = tests::self_signed();
  const TempFile file("words\n" + one.key + one.certificate + "\n# more\n" + two.certificate);
  const auto loaded = load_certificates(file.path());
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  EXPECT_EQ(*loaded, one.certificate + two.certificate);
}

TEST(Certificates, OfAFolderAreThoseOfItsFilesByName) {
  const tests::Identity one = tests::self_signed(), two = tests::self_signed();
  const TempFile first(one.certificate, "b.pem");
  std::ofstream(first.folder() + "/a.crt") << two.certificate;
  std::ofstream(first.folder() + "/notes.txt") << "-----BEGIN CERTIFICATE-----\nbroken";
  const auto loaded = load_certificates(first.folder());
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  EXPECT_EQ(*loaded, two.certificate + one.certificate);
}

TEST(Certificates, ThatAreOfNoUseAreNamed) {
  const tests::Identity identity = tests::self_signed();
  const auto refused = [](const std::string& path, const char* says) {
    const auto loaded = load_certificates(path);
    ASSERT_FALSE(loaded.ok()) << path;
    EXPECT_THAT(loaded.message(), AllOf(StartsWith("'" + path + "' "), HasSubstr(says)));
  };
  refused("/nowhere/ca.pem", "No such file");
  refused("/dev/null", "neither a file nor a folder");
  const TempFile key(identity.key);
  refused(key.path(), "holds no certificate");
  const TempFile broken(identity.certificate.substr(0, 100) + "\n-----END CERTIFICATE-----\n");
  refused(broken.path(), "broken");
  const TempFile cut(identity.certificate.substr(0, 200));
  refused(cut.path(), "broken");
  const TempFile text("nothing", "a.txt");
  refused(text.folder(), "holds no certificate");
  const TempFile huge(std::string((4 << 20) + 1, 'x'));
  refused(huge.path(), "longer than 4 MiB");
}

}  // namespace
}  // namespace stratum
