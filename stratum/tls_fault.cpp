#include "stratum/tls_fault.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/bytes.h"

namespace stratum {
namespace {

constexpr const char* kTrustIt = "if you know it to be the pool's, give it with --tls-ca FILE";

std::string date(std::time_t time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(time));
}

std::string chain_fault(const TlsPeer& peer) {
  switch (peer.verify_error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("its certificate is self-signed: {}", kTrustIt);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format(
          "its certificate expired on {}: the pool has to renew it, unless this machine's clock is "
          "wrong",
          date(peer.not_after));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("its certificate is not valid before {}: is this machine's clock right?",
                         date(peer.not_before));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format(
          "its certificate is signed by '{}', which is not trusted here: give that one's "
          "certificate with --tls-ca FILE if you trust it",
          base::printable(peer.issuer, 80));
    default:
      return fmt::format("its certificate is not valid: {}",
                         X509_verify_cert_error_string(peer.verify_error));
  }
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + base::printable(name, 80);
  }
  return text;
}

/// What the handshake itself stopped at, before any certificate.
std::string handshake_fault(const TlsPeer& peer) {
  if (peer.version != 0 && peer.version < TLS1_2_VERSION) {
    return fmt::format("the pool speaks only {}, and TLS 1.2 is the least that is taken",
                       peer.version == TLS1_1_VERSION ? "TLS 1.1"
                       : peer.version == TLS1_VERSION ? "TLS 1.0"
                                                      : "SSL");
  }
  if (peer.alert == SSL_AD_PROTOCOL_VERSION) {
    return "the pool speaks no TLS of version 1.2 or newer, which is the least that is taken";
  }
  if (peer.alert > 0) {
    return fmt::format("the pool ended the TLS handshake: {}",
                       SSL_alert_desc_string_long(peer.alert));
  }
  return "";
}

}  // namespace

bool speaks_no_tls(const TlsPeer& peer) {
  return peer.asked && !peer.spoke;
}

std::string explain_tls_fault(CURLcode code, const TlsPeer& peer, const PoolUrl& url,
                              const TransportOptions& options) {
  if (!peer.asked) return "";
  if (peer.verify_error != X509_V_OK) return chain_fault(peer);
  if (speaks_no_tls(peer)) {
    return code == CURLE_OPERATION_TIMEDOUT
               ? "no answer to the TLS handshake: does the pool speak TLS on this port?"
               : "the pool does not speak TLS on this port";
  }
  switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return fmt::format("its key does not match --tls-pin: expected {}, got {}", options.pins,
                         peer.key_pin);
    case CURLE_PEER_FAILED_VERIFICATION:
      return fmt::format("its certificate is for {}, not {}", list_of(peer.names), url.host);
    default:
      return handshake_fault(peer);
  }
}

}  // namespace stratum
