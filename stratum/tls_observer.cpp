#include "stratum/tls_observer.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "poc/keys.h"

namespace stratum {
namespace {

constexpr std::size_t kMaxNames = 8;  // a person reads no more

/// Where an SSL_CTX keeps its observer; OpenSSL counts these places for the whole process.
int observer_place() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

std::time_t time_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

/// The common name, else all of it in one line.
std::string text_of(X509_NAME* name) {
  char text[256] = "";
  if (X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) > 0) return text;
  X509_NAME_oneline(name, text, sizeof(text));
  return text;
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  const bool whole = family == AF_INET || ASN1_STRING_length(bytes) == 16;
  if (whole) inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof(text));
  return text;
}

/// Host names and addresses; the common name where there are none (RFC 6125, section 6.4.4).
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const int count = all != nullptr ? sk_GENERAL_NAME_num(all) : 0;
  for (int i = 0; i < count && names.size() < kMaxNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type == GEN_DNS) {
      const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
      names.emplace_back(bytes, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_text(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(all);
  if (names.empty()) names.push_back(text_of(X509_get_subject_name(certificate)));
  return names;
}

/// As CURLOPT_PINNEDPUBLICKEY and RFC 7469, section 2.4, have it.
std::string pin_of(X509* certificate) {
  std::uint8_t* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  if (size <= 0) return "";
  const base::Bytes32 hash = poc::sha256({bytes, static_cast<std::size_t>(size)});
  OPENSSL_free(bytes);
  char text[48];
  EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text), hash.data(), hash.size());
  return std::string("sha256//") + text;
}

}  // namespace

bool TlsObserver::watch(void* context) {
  auto* ssl_context = static_cast<SSL_CTX*>(context);
  peer_ = {};
  if (SSL_CTX_set_ex_data(ssl_context, observer_place(), this) != 1) return false;
  SSL_CTX_set_verify(ssl_context, SSL_CTX_get_verify_mode(ssl_context),
                     [](int good, X509_STORE_CTX* store) { return on_certificate(good, store); });
  SSL_CTX_set_msg_callback(ssl_context, [](int sent, int version, int type, const void* bytes,
                                           std::size_t size, SSL* ssl, void* self) {
    on_message(sent, version, type, bytes, size, ssl, self);
  });
  SSL_CTX_set_msg_callback_arg(ssl_context, this);
  return true;
}

/// Called for each certificate of the chain, ours last; a fault ends the handshake. Returns `good`
/// as it came.
int TlsObserver::on_certificate(int good, void* store) {
  auto* chain = static_cast<X509_STORE_CTX*>(store);
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self =
      static_cast<TlsObserver*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), observer_place()));
  X509* own = X509_STORE_CTX_get0_cert(chain);
  X509* current = X509_STORE_CTX_get_current_cert(chain);
  if (current == nullptr) current = own;
  if (self == nullptr || own == nullptr) return good;
  TlsPeer& peer = self->peer_;
  if (good == 0) peer.verify_error = X509_STORE_CTX_get_error(chain);
  peer.names = names_of(own);
  peer.key_pin = pin_of(own);
  peer.issuer = text_of(X509_get_issuer_name(current));
  peer.not_before = time_of(X509_get0_notBefore(current));
  peer.not_after = time_of(X509_get0_notAfter(current));
  return good;
}

void TlsObserver::on_message(int sent, int, int type, const void* bytes, std::size_t size, void*,
                             void* self) {
  if (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT) return;
  TlsPeer& peer = static_cast<TlsObserver*>(self)->peer_;
  peer.asked = true;
  if (sent != 0) return;
  const auto* data = static_cast<const std::uint8_t*>(bytes);
  peer.spoke = true;
  if (type == SSL3_RT_ALERT && size == 2) peer.alert = data[1];
  // msg_type, a length of 3 bytes, then the version (RFC 8446, 4.1.3; TLS 1.3 says 1.2 there).
  if (type == SSL3_RT_HANDSHAKE && size >= 6 && data[0] == SSL3_MT_SERVER_HELLO) {
    peer.version = static_cast<std::uint16_t>(data[4] << 8 | data[5]);
  }
}

}  // namespace stratum
