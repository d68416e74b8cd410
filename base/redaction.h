#pragma once

#include <string>
#include <string_view>

// What may be shown to its owner, and not to everybody who reads a log that was posted somewhere.
namespace base {

/// Who is paid: "account[.worker]", UTF-8. A view: lives as long as the text.
struct Account {
  std::string_view text;
  bool operator==(const Account&) const = default;
};

/// Where a peer is: a URL, which may hold a user and a password. A view: lives as long as the text.
struct Address {
  std::string_view text;
  bool operator==(const Address&) const = default;
};

/// The account so that its owner knows it and nobody else can use it: first and last four
/// characters with ".." between when it is longer than twelve, else the first two and "..". The
/// worker, from the first '.' on, stays.
std::string shortened(Account account);

/// The URL with ".." for all that stands between its scheme and its last '@': user and password.
std::string without_user(Address address);

}  // namespace base
