#pragma once

#include <optional>

#include "tui/keys.h"

// The parts that `press` is made of.
namespace tui {

using Orders = std::vector<Order>;

/// How many lines of the log are seen; at least 1.
int log_rows(const Desk& desk);
/// A single order.
Orders one(Order order);

/// Opens a prompt.
void ask(const Desk& desk, Prompt::Kind kind, std::uint64_t target = 0);
/// Asks whether to pause or resume; a device that is given up, or not there, is a message.
void ask_to_toggle(const Desk& desk, std::uint64_t number);
/// A key while a prompt is open.
Orders answer(const Key& key, const Desk& desk);

/// "switching to URL", and the order for it.
Orders switch_to(const Desk& desk, std::size_t pool);

/// The keys that a page has for itself; nothing: it is none of them.
std::optional<Orders> press_on_page(const Key& key, const Desk& desk);

}  // namespace tui
