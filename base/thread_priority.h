#pragma once

namespace base {

/// The calling thread, and each that it starts from now on, gets less of the processor than others
/// while there is not enough for all: a third, and it is not preferred when it wakes. For work that
/// nobody waits for at this moment. Linux's niceness, which is each thread's own there; where it is
/// refused nothing changes.
void step_back();

}  // namespace base
