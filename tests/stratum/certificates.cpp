#include "tests/stratum/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/check.h"

namespace tests {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

Certificate read_certificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string pin_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::array<unsigned char, 32> hash{};
  CHECK(EVP_Digest(der, static_cast<std::size_t>(size), hash.data(), nullptr, EVP_sha256(),
                   nullptr) == 1);
  OPENSSL_free(der);
  std::array<unsigned char, 64> text{};
  EVP_EncodeBlock(text.data(), hash.data(), hash.size());
  return std::string("sha256//") + reinterpret_cast<const char*>(text.data());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate unsigned_certificate(const CertificatePlan& plan, EVP_PKEY* key) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), static_cast<long>(plan.begins.count()));
  X509_gmtime_adj(X509_getm_notAfter(made.get()), static_cast<long>(plan.ends.count()));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(plan.subject.c_str()), -1, -1,
                             0);
  X509_set_pubkey(made.get(), key);
  return made;
}

Identity make(const CertificatePlan& plan, const Identity* authority) {
  const Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  const Certificate made = unsigned_certificate(plan, key.get());
  const Certificate above = authority ? read_certificate(authority->certificate) : nullptr;
  X509* issuer = above ? above.get() : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  if (plan.authority) add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:TRUE");
  if (!plan.names.empty()) add_extension(made.get(), issuer, NID_subject_alt_name, plan.names);
  const Key signer = authority ? read_key(authority->key) : nullptr;
  CHECK(X509_sign(made.get(), signer ? signer.get() : key.get(), EVP_sha256()) > 0);
  return {pem_of(made.get()), pem_of(key.get()), pin_of(key.get())};
}

}  // namespace

Identity self_signed(const CertificatePlan& plan) {
  return make(plan, nullptr);
}

Identity signed_by(const Identity& authority, const CertificatePlan& plan) {
  return make(plan, &authority);
}

TempFile::TempFile(const std::string& content, const std::string& name) : name_(name) {
  folder_ = (std::filesystem::temp_directory_path() / "sprint_certificates_XXXXXX").string();
  CHECK(mkdtemp(folder_.data()) != nullptr);
  std::ofstream(path()) << content;
}

TempFile::~TempFile() {
  std::filesystem::remove_all(folder_);
}

}  // namespace tests
