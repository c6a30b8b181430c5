#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_count(nb::module_ &) {}
