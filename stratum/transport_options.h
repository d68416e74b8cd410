#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "stratum/proxy_url.h"

namespace stratum {

/// How pools are connected to, the same for all of them.
struct TransportOptions {
  /// A file of certificates (PEM), or a folder of such files, trusted besides the system's; read
  /// anew for each connection. Empty: none.
  std::string ca_path = {};
  /// Hashes of public keys, "sha256//BASE64" with ';' between them, of which a pool's must be one,
  /// besides being verified. Empty: any.
  std::string pins = {};
  std::optional<ProxyUrl> proxy = std::nullopt;
  /// A URL without scheme may be connected to in plain text where nobody speaks TLS.
  bool allow_plaintext = false;
  /// A file whose only line is the token that a node of this machine asks for, where the login has
  /// no password; read anew for each call. No other node is told it, nor a proxy. Empty: none.
  std::string node_cookie = {};
  /// Hosts that a pool may send us to, besides those of its own domain.
  std::vector<std::string> redirects = {};
  /// What names resolve to, each as CURLOPT_RESOLVE has it; for tests.
  std::vector<std::string> resolve = {};

  bool operator==(const TransportOptions&) const = default;
};

/// Whether `text` is a list of pins.
base::Status check_pins(std::string_view text);

/// The certificates of a file, or of the files *.pem, *.crt and *.cer of a folder, as PEM. Refused
/// with its name: what cannot be read, is broken, or holds none.
base::Result<std::string> load_certificates(const std::string& path);

}  // namespace stratum
