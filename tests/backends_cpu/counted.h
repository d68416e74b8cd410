#pragma once

// Counts what this program does that its inner loops must not: counted.cpp has functions that stand
// in for the library's.
namespace counted {

struct Counts {
  int allocations;
  int locks;
};

/// Begins anew. Any thread counts from now on.
void begin();
/// Stops counting.
Counts end();

}  // namespace counted
