#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_cluster(nb::module_ &) {}
