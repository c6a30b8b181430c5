#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_dither(nb::module_ &) {}
