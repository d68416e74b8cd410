#pragma once

#include <cstdint>
#include <string>
#include <vector>

// How results look to a person.
namespace miner {

/// "512 B", "805 MiB", "23.4 GiB".
std::string show_bytes(std::uint64_t bytes);
/// "1523 nonces/s", "2.61 nonces/s".
std::string show_rate(double nonces_per_second);
/// "33.9 GMAC/s": multiply-accumulates.
std::string show_mac_rate(double mac_per_second);
/// "0.42 s".
std::string show_seconds(double seconds);

/// Rows of cells in aligned columns. Cells are printable ASCII.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// The lines, each with its newline.
  std::string str() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // all as long as the first
};

}  // namespace miner
