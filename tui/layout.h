#pragma once

#include <cstddef>

#include "tui/canvas.h"

namespace tui {

constexpr Size kSmallest{60, 15};
constexpr int kHeaderRows = 8;

/// What the main page shows besides header, devices and keys.
struct Boxes {
  bool graph = true;
  bool log = true;
};

/// Where everything is. Areas lie below one another and are as wide as the screen:
///
///   header   always
///   devices  a title and a row each, as many as there is room for  \.
///   graph    when there is room                                     > or a page
///   log      a title and at least one line, unless switched off    /
///   keys     one row
struct Layout {
  bool too_small = false;
  Area header;
  Area devices;
  Area graph;
  Area log;
  Area page;  ///< all between header and keys
  Area keys;
};

Layout layout_of(Size size, std::size_t devices, const Boxes& boxes);

}  // namespace tui
