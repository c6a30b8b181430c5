// Squared distance of every point to the centre it was given: one pass, any dimension.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Table = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Squares = nb::ndarray<nb::numpy, float, nb::ndim<1>>;

template <int D>
bool measure(const float *points, const float *centers, const std::int32_t *labels, std::size_t n,
             std::size_t k, std::size_t d, float *squares) {
  const std::size_t dims = D ? D : d;
  for (std::size_t i = 0; i < n; ++i) {
    if (static_cast<std::uint32_t>(labels[i]) >= k) return false;
    const float *point = points + i * dims, *center = centers + labels[i] * dims;
    float total = 0;
    for (std::size_t e = 0; e < dims; ++e) {
      const float gap = point[e] - center[e];
      total += gap * gap;
    }
    squares[i] = total;
  }
  return true;
}

Squares squared_distances(const Table &points, const Table &centers, const Labels &labels) {
  const std::size_t n = points.shape(0), d = points.shape(1), k = centers.shape(0);
  if (centers.shape(1) != d || labels.shape(0) != n)
    throw std::invalid_argument("Points, centres and labels do not fit together.");
  auto *squares = new float[n ? n : 1];
  nb::capsule owner(squares, [](void *p) noexcept { delete[] static_cast<float *>(p); });
  bool inside;
  {
    nb::gil_scoped_release free;
    const auto run = d == 3 ? measure<3> : d == 4 ? measure<4> : measure<0>;
    inside = run(points.data(), centers.data(), labels.data(), n, k, d, squares);
  }
  if (!inside) throw std::invalid_argument("A label is no centre's index.");
  return Squares(squares, {n}, owner);
}

}  // namespace

void bind_distance(nb::module_ &m) {
  m.def("squared_distances", &squared_distances, "points"_a, "centers"_a, "labels"_a,
        "Squared distance of each point (n, d) to its centre, float32 (n,).");
}
