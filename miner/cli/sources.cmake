# Sources of the command line and of device selection, relative to miner/
set(MINER_CLI_SOURCES
  device_list.cpp device_name.cpp
  cli/arguments.cpp cli/arguments_commands.cpp cli/arguments_config.cpp cli/arguments_mine.cpp
  cli/bench_device.cpp cli/command_bench.cpp cli/command_config.cpp cli/command_devices.cpp
  cli/command_dry_run.cpp cli/command_options.cpp cli/command_selftest.cpp
  cli/command_ticket.cpp cli/console.cpp cli/device_setup.cpp cli/exit_code.cpp cli/file_writing.cpp
  cli/mine_setup.cpp cli/running_settings.cpp cli/screen_settings.cpp cli/sensor_output.cpp cli/status_lines.cpp
  cli/summary_json.cpp
  cli/text_output.cpp)

# The settings: their table, where their values are from, and what is written about them.
set(MINER_SETTINGS_SOURCES
  settings/config_documents.cpp settings/config_file.cpp
  settings/config_listing.cpp settings/config_watch.cpp settings/config_written.cpp
  settings/configuration.cpp settings/environment.cpp settings/file_paths.cpp settings/given_settings.cpp settings/read_values.cpp
  settings/setting.cpp settings/setting_readers.cpp settings/settings_table.cpp)
