// A module with neither devices nor sensors.

#include "backends/api/module.h"

SPRINTMINER_MODULE("empty", 0, nullptr, nullptr)
