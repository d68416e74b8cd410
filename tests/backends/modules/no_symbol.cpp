// A shared library that is no module.

extern "C" __attribute__((visibility("default"))) int some_other_function() {
  return 1;
}
