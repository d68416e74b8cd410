#include "pool/self_signed.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "base/bytes.h"

namespace pool {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free>>;

constexpr long kDay = 24 * 60 * 60;

base::Error failed(std::string_view what) {
  return base::unavailable("OpenSSL cannot " + std::string(what));
}

bool is_address(const std::string& host) {
  return Address(a2i_IPADDRESS(host.c_str())) != nullptr;
}

bool is_host_name(const std::string& host) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; };
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), fits);
}

/// "DNS:localhost,IP:127.0.0.1"
base::Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const std::string& host : hosts) {
    if (!is_host(host)) {
      return base::invalid("'" + base::printable(host, 64) + "' is no host name and no address");
    }
    names += (names.empty() ? "" : ",") + std::string(is_address(host) ? "IP:" : "DNS:") + host;
  }
  return names;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// A number that no other certificate of this name has: browsers and libraries tell them by it.
bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] &= 0x7f;  // it is signed
  std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::string& names) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const auto* const text = reinterpret_cast<const unsigned char*>("sprintpool for trials");
  return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 3652 * kDay) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         add_extension(certificate, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, NID_subject_alt_name, names) &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string content(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

bool is_host(const std::string& text) {
  return is_address(text) || is_host_name(text);
}

base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts) {
  ASSIGN_OR_RETURN(const std::string names, alternative_names(hosts));
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("make a key");
  const Certificate certificate(X509_new());
  if (!certificate || !fill(certificate.get(), key.get(), names)) {
    return failed("make a certificate");
  }
  const Memory public_text(BIO_new(BIO_s_mem()));
  const Memory private_text(BIO_new(BIO_s_mem()));
  if (!public_text || !private_text ||
      PEM_write_bio_X509(public_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(private_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                               nullptr) != 1) {
    return failed("write a certificate");
  }
  return SelfSigned{content(public_text.get()), content(private_text.get())};
}

}  // namespace pool
