#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "settings/read_values.h"

// How values are read, wherever they were written. The errors say what is wrong with the value; the
// caller puts the flag's name, or the place in a file, in front.
namespace miner {

using settings::read_number;
using settings::read_switch;

/// 64 lower-case hexadecimal digits.
base::Result<base::Bytes32> read_seed(std::string_view text);

/// 16 lower-case hexadecimal digits.
base::Result<std::uint64_t> read_nonce(std::string_view text);

/// Words between commas, none of them empty.
base::Result<std::vector<std::string>> read_list(std::string_view text);

/// "account[.worker]" as the protocol's page has it ("Accounts and identity").
base::Result<std::string> read_user(const std::string& text);

/// What a pool takes as a password: UTF-8, which may be empty.
base::Result<std::string> read_password(const std::string& text);

/// A pool's address, in a form that the pool client takes.
base::Result<std::string> read_pool_url(const std::string& text);

}  // namespace miner
