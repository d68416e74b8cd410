# Tests of the command line and of device selection, relative to tests/miner/.
set(MINER_CLI_TESTS
  cli_arguments_commands_test.cpp cli_arguments_test.cpp cli_bench_test.cpp cli_commands_test.cpp
  cli_console_test.cpp cli_option_scopes_test.cpp cli_outcomes_test.cpp cli_run.cpp
  cli_sensor_output_test.cpp cli_summary_json_test.cpp cli_ticket_test.cpp config_file_test.cpp config_texts_test.cpp config_written_test.cpp
  config_watch_test.cpp configuration_test.cpp running_settings_test.cpp screen_settings_test.cpp selection_test.cpp
  settings_table_test.cpp status_lines_test.cpp status_times_test.cpp)
