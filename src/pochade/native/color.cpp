#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_color(nb::module_ &) {}
