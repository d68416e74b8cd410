// A driver for the real ICD loader that ends the process as soon as it is loaded.

#include <cstdlib>

extern "C" void* clGetExtensionFunctionAddress(const char*) {
  std::abort();
}
