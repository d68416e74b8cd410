#pragma once

// What the parts of the fake driver share; not for tests.

#include <deque>
#include <string>

#include "tests/backends_cuda/fake_driver.h"

// The types that <cuda.h> only names.
struct CUctx_st {
  backends::cuda::FakeCard* card = nullptr;
};
struct CUstream_st {
  int priority = 0;
};
struct CUevent_st {
  float milliseconds = 0;
};
struct CUfunc_st {
  std::string name;
  unsigned shared_bytes = 48 * 1024;
};
struct CUmod_st {
  std::deque<CUfunc_st> functions;  // they stay where they are
  bool has_all = false;
};

namespace backends::cuda {

/// The state that fake_driver() hands out.
FakeDriver& fake_state();

/// The calling thread's context; null: none.
CUcontext& fake_current();

/// What a call is to answer.
CUresult fake_answer(const char* call);

/// The same for calls that need a context.
CUresult fake_answer_in_context(const char* call);

}  // namespace backends::cuda

#define FAKE_RETURN_UNLESS_OK(expression) \
  if (const CUresult answer = (expression); answer != CUDA_SUCCESS) return answer
