// What anchors need to know of labelled areas, in one pass over the pixels. One thread: it takes a
// few milliseconds, and sums in raster order are the same bytes everywhere.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

constexpr std::size_t columns = 12;
using Labels = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Pixels = nb::ndarray<const std::uint8_t, nb::shape<-1, -1, 3>, nb::c_contig, nb::device::cpu>;
using Tones = nb::ndarray<const float, nb::shape<-1, -1, 3>, nb::c_contig, nb::device::cpu>;
using Middles = nb::ndarray<const double, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<nb::numpy, double, nb::ndim<2>>;

Table given(std::vector<double> *values, std::size_t rows, std::size_t wide) {
  nb::capsule owner(values, [](void *p) noexcept { delete static_cast<std::vector<double> *>(p); });
  return Table(values->data(), {rows, wide}, owner);
}

void check(const Labels &labels, std::size_t count) {
  const std::size_t n = labels.shape(0) * labels.shape(1);
  for (std::size_t i = 0; i < n; ++i)
    if (labels.data()[i] < 0 || static_cast<std::size_t>(labels.data()[i]) >= count)
      throw std::invalid_argument("A label is out of range.");
}

Table anchor_sums(const Labels &labels, const Pixels &pixels, const Tones &tones,
                  std::size_t count) {
  const std::size_t high = labels.shape(0), wide = labels.shape(1);
  if (pixels.shape(0) != high || pixels.shape(1) != wide || tones.shape(0) != high ||
      tones.shape(1) != wide)
    throw std::invalid_argument("Labels, pixels and tones do not fit together.");
  check(labels, count);
  auto *sums = new std::vector<double>(count * columns);
  Table out = given(sums, count, columns);
  nb::gil_scoped_release free;
  for (std::size_t r = 0, i = 0; r < high; ++r)
    for (std::size_t c = 0; c < wide; ++c, ++i) {
      double *own = sums->data() + static_cast<std::size_t>(labels.data()[i]) * columns;
      const double row = static_cast<double>(r), col = static_cast<double>(c);
      own[0] += 1;
      own[1] += row;
      own[2] += col;
      own[3] += row * row;
      own[4] += col * col;
      own[5] += row * col;
      for (std::size_t band = 0; band < 3; ++band) {
        own[6 + band] += pixels.data()[3 * i + band];
        own[9 + band] += tones.data()[3 * i + band];
      }
    }
  return out;
}

Table anchor_inner(const Labels &labels, const Middles &middles) {
  const std::size_t high = labels.shape(0), wide = labels.shape(1), count = middles.shape(0);
  check(labels, count);
  auto *points = new std::vector<double>(count * 2);
  Table out = given(points, count, 2);
  nb::gil_scoped_release free;
  std::vector<double> best(count, -1);
  for (std::size_t r = 0, i = 0; r < high; ++r)
    for (std::size_t c = 0; c < wide; ++c, ++i) {
      const auto own = static_cast<std::size_t>(labels.data()[i]);
      const double row = static_cast<double>(r), col = static_cast<double>(c);
      const double down = row - middles.data()[2 * own], along = col - middles.data()[2 * own + 1];
      const double far = down * down + along * along;
      if (best[own] >= 0 && far >= best[own]) continue;
      best[own] = far;
      (*points)[2 * own] = row;
      (*points)[2 * own + 1] = col;
    }
  return out;
}

}  // namespace

void bind_anchor_sums(nb::module_ &m) {
  m.def("anchor_sums", &anchor_sums, "labels"_a.noconvert(), "pixels"_a.noconvert(),
        "tones"_a.noconvert(), "count"_a,
        "(n, 12): pixels, rows, columns, their squares and product, colours, tones of each area.");
  m.def("anchor_inner", &anchor_inner, "labels"_a.noconvert(), "middles"_a.noconvert(),
        "(n, 2): of each area, the pixel nearest to a point; the first of equal ones.");
}
