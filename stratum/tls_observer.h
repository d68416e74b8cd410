#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace stratum {

/// What was seen of a peer in a TLS handshake, as far as it went. Texts are the peer's: show them
/// escaped.
struct TlsPeer {
  bool asked = false;              ///< our side of a handshake was begun
  bool spoke = false;              ///< a message or an alert of TLS came
  std::uint16_t version = 0;       ///< of its hello: 0x0301 is TLS 1.0
  int alert = -1;                  ///< the last it sent (RFC 8446, section 6); -1: none
  std::vector<std::string> names;  ///< its certificate is for: host names and addresses
  std::string key_pin;             ///< of its public key: "sha256//BASE64"
  /// Why its chain is not trusted (X509_V_ERR_..); 0: it is, or was not looked at.
  int verify_error = 0;
  // Of the certificate that is at fault, or else of the peer's own.
  std::string issuer;  ///< a name, which anybody may claim
  std::time_t not_before = 0;
  std::time_t not_after = 0;
};

/// Looks on while libcurl makes a TLS connection, and takes no part: what is trusted is decided by
/// OpenSSL and libcurl alone. Lives as long as the connection, in its thread.
class TlsObserver {
 public:
  TlsObserver() = default;
  TlsObserver(const TlsObserver&) = delete;
  TlsObserver& operator=(const TlsObserver&) = delete;

  /// For CURLOPT_SSL_CTX_FUNCTION, called when a handshake begins; `context` is an SSL_CTX. False
  /// when there is no memory left.
  bool watch(void* context);

  const TlsPeer& peer() const { return peer_; }

 private:
  static int on_certificate(int good, void* store);
  static void on_message(int sent, int, int type, const void* bytes, std::size_t size, void* ssl,
                         void* self);

  TlsPeer peer_;
};

}  // namespace stratum
