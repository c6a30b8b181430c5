// One step towards the least mean distance: every point pulls its centre by its weight over its
// distance (Weiszfeld). One thread, points in order, so the sums are the same bytes everywhere.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Table = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Sums = nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Totals = nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <int D>
bool run(const float *points, const float *centers, const std::int32_t *labels,
         const float *weights, std::size_t n, std::size_t k, std::size_t d, float least,
         double *sums, double *totals, double &error) {
  const std::size_t dims = D ? D : d;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = static_cast<std::uint32_t>(labels[i]);
    if (label >= k) return false;
    const float *point = points + i * dims;
    const float *center = centers + label * dims;
    float square = 0;
    for (std::size_t e = 0; e < dims; ++e) {
      const float gap = point[e] - center[e];
      square += gap * gap;
    }
    const float distance = std::sqrt(square);
    const double pull = weights[i] / std::max(distance, least);
    error += static_cast<double>(weights[i]) * distance;
    totals[label] += pull;
    double *sum = sums + label * dims;
    for (std::size_t e = 0; e < dims; ++e) sum[e] += pull * point[e];
  }
  return true;
}

double pull(const Table &points, const Table &centers, const Labels &labels,
            const Weights &weights, float least, Sums sums, Totals totals) {
  const std::size_t n = points.shape(0), d = points.shape(1), k = centers.shape(0);
  if (centers.shape(1) != d || labels.shape(0) != n || weights.shape(0) != n ||
      sums.shape(0) != k || sums.shape(1) != d || totals.shape(0) != k)
    throw std::invalid_argument("Points, centres, labels, weights and sums do not fit together.");
  double error = 0;
  bool inside;
  {
    nb::gil_scoped_release free;
    const auto pass = d == 4 ? run<4> : d == 5 ? run<5> : run<0>;
    inside = pass(points.data(), centers.data(), labels.data(), weights.data(), n, k, d, least,
                  sums.data(), totals.data(), error);
  }
  if (!inside) throw std::invalid_argument("A label is no centre's index.");
  return error;
}

}  // namespace

void bind_pull(nb::module_ &m) {
  m.def("pull", &pull, "points"_a.noconvert(), "centers"_a.noconvert(), "labels"_a.noconvert(),
        "weights"_a.noconvert(), "least"_a, "sums"_a.noconvert(), "totals"_a.noconvert(),
        "Add every point's weight / max(distance, least) to its centre's total, and that times\n"
        "the point to its sum; the weighted sum of the distances is returned.");
}
