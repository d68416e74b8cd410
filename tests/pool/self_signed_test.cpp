// The certificate of `sprintpool init`, as OpenSSL and the pool's own listener see it.
#include "pool/self_signed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "pool/tls_context.h"
#include "tests/support/temp_folder.h"

namespace pool {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read(const std::string& pem) {
  BIO* const bytes = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(PEM_read_bio_X509(bytes, nullptr, nullptr, nullptr), X509_free);
  BIO_free(bytes);
  return certificate;
}

/// Whether a peer that trusts `authority` alone trusts `certificate`.
bool vouches(X509* authority, X509* certificate) {
  X509_STORE* const store = X509_STORE_new();
  X509_STORE_add_cert(store, authority);
  X509_STORE_CTX* const context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, certificate, nullptr);
  X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
  const bool good = X509_verify_cert(context) == 1;
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return good;
}

TEST(SelfSigned, IsForItsNamesAndAddressesAlone) {
  const auto made = make_self_signed({"localhost", "127.0.0.1", "::1", "pool.example"});
  ASSERT_TRUE(made.ok()) << made.message();
  const Certificate certificate = read(made->certificate);
  ASSERT_NE(certificate, nullptr);
  for (const char* name : {"localhost", "pool.example"}) {
    EXPECT_EQ(X509_check_host(certificate.get(), name, 0, 0, nullptr), 1) << name;
  }
  for (const char* address : {"127.0.0.1", "::1"}) {
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), address, 0), 1) << address;
  }
  EXPECT_EQ(X509_check_host(certificate.get(), "evil.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.2", 0), 0);
}

TEST(SelfSigned, IsTrustedByWhoeverTrustsItAndByNobodyElse) {
  const auto one = make_self_signed({"localhost"});
  const auto other = make_self_signed({"localhost"});
  ASSERT_TRUE(one.ok() && other.ok());
  const Certificate certificate = read(one->certificate);
  const Certificate stranger = read(other->certificate);
  EXPECT_TRUE(vouches(certificate.get(), certificate.get()));
  EXPECT_FALSE(vouches(stranger.get(), certificate.get()));
  EXPECT_NE(one->key, other->key);
}

TEST(SelfSigned, IsValidForYears) {
  const auto made = make_self_signed({"localhost"});
  ASSERT_TRUE(made.ok());
  const Certificate certificate = read(made->certificate);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(certificate.get())), 0);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())), 1);
  EXPECT_GT(days, 3600);
}

TEST(SelfSigned, IsTakenByTheListenerWithItsOwnKeyOnly) {
  const tests::TempFolder folder;
  const auto one = make_self_signed({"localhost"});
  const auto other = make_self_signed({"localhost"});
  ASSERT_TRUE(one.ok() && other.ok());
  const TlsFiles good = {folder.write("c.pem", one->certificate), folder.write("k.pem", one->key)};
  EXPECT_TRUE(make_tls_context(good).ok());
  const TlsFiles bad = {good.certificate, folder.write("o.pem", other->key)};
  EXPECT_THAT(make_tls_context(bad).message(), testing::HasSubstr("is not the key of"));
}

TEST(SelfSigned, RefusesWhatIsNoHost) {
  for (const char* host : {"", "a b", "a,DNS:evil.example", "a\n", "*"}) {
    EXPECT_FALSE(make_self_signed({host}).ok()) << host;
    EXPECT_FALSE(is_host(host)) << host;
  }
}

}  // namespace
}  // namespace pool
