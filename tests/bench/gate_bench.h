#pragma once

#include <cstddef>

namespace bench {

/// What a submit may come to at the gate.
enum class Gate {
  kStored,       ///< taken, noted for verification, and answered
  kAboveTarget,  ///< refused after its hashes: what a flood of made-up shares costs
};

/// Lines of mining.submit that one core takes a second, from the bytes of a read to the bytes of
/// the answers: the pool's side of a session and the pool proper, without sockets, journal and
/// verification. By the processor time of this thread, so that others at work on the machine count
/// little. Each line is a new share of one session. Throws std::exception.
double gate_lines_per_second(Gate gate, std::size_t lines);

}  // namespace bench
