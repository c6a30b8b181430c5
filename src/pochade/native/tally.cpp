// What a palette does to weighted colours, in one pass: how many and how much each entry serves,
// and which colours lie far from theirs.
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
using Labels = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

struct Sums {
  std::vector<std::int64_t> members;
  std::vector<double> weights;
  std::vector<std::int64_t> far;
};

template <class T, int D>
bool run(const T *points, const float *centers, const std::int32_t *labels, const float *weights,
         std::size_t n, std::size_t k, std::size_t d, float limit, Sums &sums) {
  const std::size_t dims = D ? D : d;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t label = static_cast<std::uint32_t>(labels[i]);
    if (label >= k) return false;
    ++sums.members[label];
    sums.weights[label] += weights[i];
    const T *point = points + i * dims;
    const float *center = centers + label * dims;
    float total = 0;
    for (std::size_t e = 0; e < dims; ++e) {
      const float gap = static_cast<float>(point[e]) - center[e];
      total += gap * gap;
    }
    if (total > limit) sums.far.push_back(static_cast<std::int64_t>(i));
  }
  return true;
}

template <class T>
Out<T> handed_over(std::vector<T> &&values) {
  auto *kept = new std::vector<T>(std::move(values));
  nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
  return Out<T>(kept->data(), {kept->size()}, owner);
}

template <class T>
nb::tuple tally(const Table<T> &points, const Table<float> &centers, const Labels &labels,
                const Weights &weights, double limit) {
  const std::size_t n = points.shape(0), d = points.shape(1), k = centers.shape(0);
  if (centers.shape(1) != d || labels.shape(0) != n || weights.shape(0) != n)
    throw std::invalid_argument("Points, centres, labels and weights do not fit together.");
  Sums sums;
  bool inside;
  {
    nb::gil_scoped_release free;
    sums.members.assign(k, 0);
    sums.weights.assign(k, 0.0);
    const auto pass = d == 3 ? run<T, 3> : d == 4 ? run<T, 4> : run<T, 0>;
    inside = pass(points.data(), centers.data(), labels.data(), weights.data(), n, k, d,
                  static_cast<float>(limit), sums);
  }
  if (!inside) throw std::invalid_argument("A label is no centre's index.");
  return nb::make_tuple(handed_over(std::move(sums.members)), handed_over(std::move(sums.weights)),
                        handed_over(std::move(sums.far)));
}

}  // namespace

void bind_tally(nb::module_ &m) {
  constexpr auto doc =
      "(members int64 k, weights float64 k, far int64): what each centre serves, and the points\n"
      "whose squared distance to their centre is above limit.";
  // Points are never converted: nothing but their type tells the two apart.
  m.def("tally", &tally<std::uint8_t>, "points"_a.noconvert(), "centers"_a, "labels"_a,
        "weights"_a, "limit"_a, doc);
  m.def("tally", &tally<float>, "points"_a.noconvert(), "centers"_a, "labels"_a, "weights"_a,
        "limit"_a, doc);
}
