#include "pool/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"

namespace pool {
namespace {

base::Error bad_file(std::string_view flag, const std::string& path, std::string_view why) {
  return base::invalid(fmt::format("{} {}: {}", flag, base::printable(path), why));
}

base::Status check_readable(std::string_view flag, const std::string& path) {
  if (access(path.c_str(), R_OK) == 0) return base::Ok{};
  return bad_file(flag, path, std::strerror(errno));
}

/// Nobody is asked for a passphrase: a pool starts without a person beside it.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Sessions are resumed by tickets, which the peers keep.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

base::Status check_dates(const std::string& path, const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    return bad_file("--tls-cert", path, "it has expired: renew it");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    return bad_file("--tls-cert", path, "it is not valid yet: is this machine's clock right?");
  }
  return base::Ok{};
}

base::Status load_key(SSL_CTX* context, const TlsFiles& files) {
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1) {
    return base::Ok{};
  }
  const unsigned long fault = ERR_peek_last_error();
  if (ERR_GET_LIB(fault) == ERR_LIB_X509 && ERR_GET_REASON(fault) == X509_R_KEY_VALUES_MISMATCH) {
    return bad_file("--tls-key", files.key, "it is not the key of " + files.certificate);
  }
  return bad_file("--tls-key", files.key,
                  "no private key without passphrase in it (PEM: -----BEGIN PRIVATE KEY-----)");
}

}  // namespace

base::Result<std::shared_ptr<SSL_CTX>> make_tls_context(const TlsFiles& files) {
  RETURN_IF_ERROR(check_readable("--tls-cert", files.certificate));
  RETURN_IF_ERROR(check_readable("--tls-key", files.key));
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return base::no_memory("no memory left for TLS");
  set_rules(context.get());
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return bad_file("--tls-cert", files.certificate,
                    "no certificate in it (PEM: -----BEGIN CERTIFICATE-----)");
  }
  RETURN_IF_ERROR(check_dates(files.certificate, SSL_CTX_get0_certificate(context.get())));
  ERR_clear_error();
  base::Status key = load_key(context.get(), files);
  if (key.ok() && SSL_CTX_check_private_key(context.get()) != 1) {
    key = bad_file("--tls-key", files.key, "it is not the key of " + files.certificate);
  }
  ERR_clear_error();
  if (!key.ok()) return key.error();
  return context;
}

}  // namespace pool
