// Knots: colours that lie far from their palette entry, near to each other, and apart from the rest
// (small_areas.py says why). One thread, points in order, so the sums are the same bytes everywhere.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Rows = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Means = nb::ndarray<nb::numpy, double, nb::ndim<2>>;

// Squared distances of this many points are taken together, so that the compiler can use vectors.
constexpr std::size_t block = 256;

template <class T, int D>
struct Cloud {
  const T *points;
  const float *weights;
  std::size_t n, d;

  float square(std::size_t row, const float *middle) const {
    const std::size_t dims = D ? D : d;
    float total = 0;
    for (std::size_t e = 0; e < dims; ++e) {
      const float gap = static_cast<float>(points[row * dims + e]) - middle[e];
      total += gap * gap;
    }
    return total;
  }

  // Weight within the radius of the middle, and within twice the radius.
  void weigh(const float *middle, float radius2, double &inside, double &within) const {
    float squares[block];
    inside = within = 0;
    for (std::size_t start = 0; start < n; start += block) {
      const std::size_t count = n - start < block ? n - start : block;
      for (std::size_t i = 0; i < count; ++i) squares[i] = square(start + i, middle);
      for (std::size_t i = 0; i < count; ++i) {
        if (squares[i] > 4 * radius2) continue;
        within += weights[start + i];
        if (squares[i] <= radius2) inside += weights[start + i];
      }
    }
  }
};

struct Limits {
  float radius2;
  double least, ring_share;
  std::size_t most, turns;
};

template <class T, int D>
std::vector<double> find(const Cloud<T, D> &cloud, std::vector<std::int64_t> left,
                         const Limits &limits) {
  const std::size_t dims = D ? D : cloud.d;
  std::vector<double> knots, mean(dims);
  std::vector<float> middle(dims);
  std::vector<std::int64_t> rest;
  // Each turn takes a knot's worth of points away; the bound keeps noise from taking long.
  for (std::size_t turn = 0; turn < limits.turns; ++turn) {
    if (left.empty() || knots.size() == limits.most * dims) break;
    for (std::size_t e = 0; e < dims; ++e)
      middle[e] = static_cast<float>(cloud.points[left[0] * dims + e]);
    double weight = 0;
    mean.assign(dims, 0.0);
    rest.clear();
    for (const std::int64_t row : left) {
      if (cloud.square(row, middle.data()) > limits.radius2) {
        rest.push_back(row);
        continue;
      }
      const double own = cloud.weights[row];
      weight += own;
      for (std::size_t e = 0; e < dims; ++e) mean[e] += own * cloud.points[row * dims + e];
    }
    left.swap(rest);
    if (weight < limits.least || weight <= 0) continue;
    for (std::size_t e = 0; e < dims; ++e) {
      mean[e] /= weight;
      middle[e] = static_cast<float>(mean[e]);
    }
    double inside, within;
    cloud.weigh(middle.data(), limits.radius2, inside, within);
    if (within - inside <= limits.ring_share * inside)
      knots.insert(knots.end(), mean.begin(), mean.end());
  }
  return knots;
}

template <class T>
Means knots(const Table<T> &points, const Weights &weights, const Rows &far, float radius,
            double least, double ring_share, std::size_t most, std::size_t turns) {
  const std::size_t n = points.shape(0), d = points.shape(1);
  if (weights.shape(0) != n) throw std::invalid_argument("Points and weights do not fit together.");
  for (std::size_t i = 0; i < far.shape(0); ++i)
    if (far.data()[i] < 0 || static_cast<std::size_t>(far.data()[i]) >= n)
      throw std::invalid_argument("A far row is no row of the points.");
  std::vector<std::int64_t> left(far.data(), far.data() + far.shape(0));
  const Limits limits{radius * radius, least, ring_share, most, turns};
  auto *found = new std::vector<double>;
  nb::capsule owner(found, [](void *p) noexcept { delete static_cast<std::vector<double> *>(p); });
  {
    nb::gil_scoped_release free;
    *found = d == 3 ? find(Cloud<T, 3>{points.data(), weights.data(), n, d}, left, limits)
                    : find(Cloud<T, 0>{points.data(), weights.data(), n, d}, left, limits);
  }
  return Means(found->data(), {d ? found->size() / d : 0, d}, owner);
}

}  // namespace

void bind_knots(nb::module_ &m) {
  constexpr auto doc =
      "Means (n, d) float64 of the knots among the far rows, heaviest row first: weight within\n"
      "radius at least `least`, weight in the ring of 1 to 2 radii at most ring_share of it.";
  // Points are never converted: nothing but their type tells the two apart.
  m.def("knots", &knots<std::uint8_t>, "points"_a.noconvert(), "weights"_a, "far"_a, "radius"_a,
        "least"_a, "ring_share"_a, "most"_a, "turns"_a, doc);
  m.def("knots", &knots<float>, "points"_a.noconvert(), "weights"_a, "far"_a, "radius"_a,
        "least"_a, "ring_share"_a, "most"_a, "turns"_a, doc);
}
