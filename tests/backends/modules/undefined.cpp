// A module whose libraries lack a function that it needs.

#include "backends/api/module.h"

extern "C" backends::Backend* function_of_a_newer_driver();

SPRINTMINER_MODULE("undefined", 0, function_of_a_newer_driver, nullptr)
