#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace pool {

/// Where a pool's certificate is.
struct TlsFiles {
  std::string certificate;  ///< PEM: the pool's own first, then those that lead to a known one
  std::string key;          ///< PEM, without a passphrase
};

/// What all connections over TLS share: certificate, key and rules (TLS 1.2 or newer, no
/// renegotiation). Refused, with what to do about it: files that cannot be read, that do not belong
/// together, and a certificate that has expired.
base::Result<std::shared_ptr<SSL_CTX>> make_tls_context(const TlsFiles& files);

}  // namespace pool
