#include "backends/sim/board.h"

#include <cstdio>

namespace backends::sim {

void Board::set(std::vector<std::shared_ptr<Card>> cards, const SensorScript& script) {
  base::MutexLock lock(mutex_);
  cards_ = std::move(cards);
  script_ = script;
}

std::vector<std::shared_ptr<Card>> Board::cards() const {
  base::MutexLock lock(mutex_);
  return cards_;
}

SensorScript Board::script() const {
  base::MutexLock lock(mutex_);
  return script_;
}

std::vector<std::shared_ptr<Card>> make_cards(const BackendSettings& settings) {
  std::vector<std::shared_ptr<Card>> cards;
  for (std::uint32_t i = 0; i < settings.devices; ++i) {
    const std::string number = std::to_string(i);
    cards.push_back(
        std::make_shared<Card>(settings.pci_addresses ? pci_address(i) : "sim:" + number,
                               "Simulated device " + number, settings.memory_bytes));
  }
  return cards;
}

std::string pci_address(std::uint32_t index) {
  char text[16];
  std::snprintf(text, sizeof text, "0000:%02x:%02x.0", (0xf0 + index / 32) & 0xff, index % 32);
  return text;
}

}  // namespace backends::sim
