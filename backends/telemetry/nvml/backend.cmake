set(sources address.cpp entry.cpp library.cpp sensors.cpp telemetry.cpp throttle.cpp)
list(TRANSFORM sources PREPEND ${SPRINT_BACKEND_DIR}/)
sprint_add_backend(nvml SOURCES ${sources} LIBRARIES ${CMAKE_DL_LIBS})
