sprint_add_backend(sim SOURCES
  ${SPRINT_BACKEND_DIR}/backend.cpp
  ${SPRINT_BACKEND_DIR}/backend.cpp
  ${SPRINT_BACKEND_DIR}/cancel_signal.cpp
  ${SPRINT_BACKEND_DIR}/board.cpp
  ${SPRINT_BACKEND_DIR}/device.cpp
  ${SPRINT_BACKEND_DIR}/entry.cpp
  ${SPRINT_BACKEND_DIR}/faults.cpp
  ${SPRINT_BACKEND_DIR}/models.cpp
  ${SPRINT_BACKEND_DIR}/options.cpp
  ${SPRINT_BACKEND_DIR}/sensors.cpp
  ${SPRINT_BACKEND_DIR}/telemetry.cpp)
