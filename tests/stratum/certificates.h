#pragma once

#include <chrono>
#include <string>
#include <vector>

// Certificates made on the spot, with keys on the curve P-256.
namespace tests {

/// What somebody shows who speaks TLS.
struct Identity {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  std::string pin;          ///< of the public key: "sha256//BASE64"
};

struct CertificatePlan {
  std::string subject = "pool.test";
  std::string names = "DNS:pool.test";  ///< as OpenSSL has subjectAltName; empty: none
  std::chrono::seconds begins = -std::chrono::hours(1);  ///< from now
  std::chrono::seconds ends = std::chrono::hours(24);    ///< from now
  bool authority = false;                                ///< it may sign others
};

Identity self_signed(const CertificatePlan& plan = {});
Identity signed_by(const Identity& authority, const CertificatePlan& plan = {});

/// A file with this content in a folder of its own, gone with the object.
class TempFile {
 public:
  explicit TempFile(const std::string& content, const std::string& name = "file.pem");
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  std::string path() const { return folder_ + "/" + name_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  const std::string name_;
};

}  // namespace tests
