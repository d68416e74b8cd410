#include "stratum/transport_options.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/bytes.h"

namespace stratum {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPinStart = "sha256//";
constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

base::Error bad_file(const std::string& path, std::string_view why) {
  return base::invalid(fmt::format("'{}' {}", base::printable(path), why));
}

/// 32 bytes in base64: 43 digits, of which the last stands for 4 bits only, and one '='.
bool is_pin(std::string_view text) {
  if (!text.starts_with(kPinStart)) return false;
  text.remove_prefix(kPinStart.size());
  if (text.size() != 44 || text.back() != '=') return false;
  constexpr std::string_view kLast = "AEIMQUYcgkosw048";
  return kLast.find(text[42]) != std::string_view::npos &&
         std::all_of(text.begin(), text.end() - 1, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '/';
         });
}

base::Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return bad_file(path, error ? error.message() : "is neither a file nor a folder");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad_file(path, "cannot be read");
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) return bad_file(path, "is longer than 4 MiB");
  return text;
}

/// The certificates of a text, each written anew: what else stands there, keys too, is left out.
base::Result<std::string> certificates_in(const std::string& path, const std::string& text) {
  const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Bio out(BIO_new(BIO_s_mem()));
  if (!in || !out) return base::no_memory("no memory left");
  ERR_clear_error();
  while (const Certificate one{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    if (PEM_write_bio_X509(out.get(), one.get()) != 1) return base::no_memory("no memory left");
  }
  const unsigned long fault = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_LIB(fault) != ERR_LIB_PEM || ERR_GET_REASON(fault) != PEM_R_NO_START_LINE) {
    return bad_file(path, "holds a certificate that is broken");
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(std::max(size, 0L)));
}

base::Result<std::string> certificates_of(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return certificates_in(path, text);
}

/// Those of a folder, by name.
base::Result<std::vector<std::string>> certificate_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string ending = at->path().extension().string();
    if (ending == ".pem" || ending == ".crt" || ending == ".cer") files.push_back(at->path());
  }
  if (error) return bad_file(folder, error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

base::Status check_pins(std::string_view text) {
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    if (!is_pin(text.substr(at, end - at))) {
      return base::invalid(fmt::format("'{}' is not sha256//BASE64 of 32 bytes",
                                       base::printable(text.substr(at, end - at), 80)));
    }
    at = end + 1;
  }
  return base::Ok{};
}

base::Result<std::string> load_certificates(const std::string& path) {
  std::error_code error;
  std::string all;
  if (!fs::is_directory(path, error)) {
    ASSIGN_OR_RETURN(all, certificates_of(path));
  } else {
    ASSIGN_OR_RETURN(const auto files, certificate_files(path));
    for (const std::string& file : files) {
      ASSIGN_OR_RETURN(const std::string some, certificates_of(file));
      all += some;
    }
  }
  if (all.empty()) return bad_file(path, "holds no certificate (PEM: -----BEGIN CERTIFICATE-----)");
  return all;
}

}  // namespace stratum
