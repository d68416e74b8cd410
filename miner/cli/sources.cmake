# Sources of the command line and of device selection, relative to miner/
set(MINER_CLI_SOURCES
  device_list.cpp device_name.cpp
  cli/arguments.cpp cli/arguments_commands.cpp cli/arguments_log.cpp
  cli/arguments_mine.cpp cli/bench_device.cpp
  cli/command_bench.cpp cli/command_devices.cpp cli/command_line.cpp cli/command_options.cpp
  cli/command_selftest.cpp cli/command_ticket.cpp cli/console.cpp cli/device_setup.cpp
  cli/exit_code.cpp cli/flag_values.cpp cli/text_output.cpp)
