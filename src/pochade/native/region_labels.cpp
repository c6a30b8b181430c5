// What a label image says about its regions: who touches whom, and how the values in each are spread.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "region_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

using LabelImage = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Plane = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Bands = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Sums = nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

struct Side {  // of a pixel, with another region beyond it
  std::uint32_t high;
  float contrast;
};

struct Border {
  std::uint32_t high, length;
  double contrast;
};

// Calls each(a, b, contrast) for all sides with two labels: those to the right in raster order, then
// those below.
template <class Each>
void sides_of(const LabelImage &labels, const float *right, const float *below, const Each &each) {
  const std::size_t h = labels.shape(0), w = labels.shape(1);
  const std::int32_t *at = labels.data();
  for (std::size_t r = 0; r < h; ++r)
    for (std::size_t i = r * w; i + 1 < (r + 1) * w; ++i)
      if (at[i] != at[i + 1]) each(at[i], at[i + 1], right ? right[i] : 1.f);
  for (std::size_t i = 0; i + w < h * w; ++i)
    if (at[i] != at[i + w]) each(at[i], at[i + w], below ? below[i] : 1.f);
}

nb::tuple label_graph(const LabelImage &labels, std::size_t count,
                      const std::optional<Plane> &right, const std::optional<Plane> &below) {
  const std::size_t pixels = labels.shape(0) * labels.shape(1);
  const auto fits = [&](const std::optional<Plane> &plane) {
    return !plane || (plane->shape(0) == labels.shape(0) && plane->shape(1) == labels.shape(1));
  };
  if (!fits(right) || !fits(below)) throw std::invalid_argument("the planes do not fit the labels");
  const float *one = right ? right->data() : nullptr, *two = below ? below->data() : nullptr;
  std::vector<Border> borders;
  std::vector<std::uint32_t> lows;
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < pixels; ++i)
      if (static_cast<std::uint32_t>(labels.data()[i]) >= count)
        throw std::invalid_argument("a label is not among the regions");
    // The sides of each region towards those with higher numbers, in the order they are met.
    std::vector<std::size_t> start(count + 1, 0);
    sides_of(labels, one, two, [&](std::int32_t a, std::int32_t b, float) {
      ++start[static_cast<std::size_t>(std::min(a, b)) + 1];
    });
    for (std::size_t j = 0; j < count; ++j) start[j + 1] += start[j];
    Buffer<Side> sides(start[count] + 1);
    std::vector<std::size_t> next(start.begin(), start.end() - 1);
    sides_of(labels, one, two, [&](std::int32_t a, std::int32_t b, float contrast) {
      sides[next[static_cast<std::size_t>(std::min(a, b))]++] = {
          static_cast<std::uint32_t>(std::max(a, b)), contrast};
    });
    std::vector<std::uint32_t> seen(count, 0), place(count);
    for (std::uint32_t low = 0; low < count; ++low) {
      const std::size_t first = borders.size();
      for (std::size_t e = start[low]; e < start[low + 1]; ++e) {
        const Side side = sides[e];
        if (seen[side.high] != low + 1) {
          seen[side.high] = low + 1;
          place[side.high] = static_cast<std::uint32_t>(borders.size() - first);
          borders.push_back({side.high, 0, 0.0});
          lows.push_back(low);
        }
        Border &border = borders[first + place[side.high]];
        ++border.length;
        border.contrast += side.contrast;
      }
      std::sort(borders.begin() + static_cast<std::ptrdiff_t>(first), borders.end(),
                [](const Border &a, const Border &b) { return a.high < b.high; });
    }
  }
  const std::size_t m = borders.size();
  Buffer<std::int64_t> pairs(2 * m + 1);
  Buffer<double> lengths(m + 1), contrasts(m + 1);
  for (std::size_t e = 0; e < m; ++e) {
    pairs[2 * e] = lows[e];
    pairs[2 * e + 1] = borders[e].high;
    lengths[e] = borders[e].length;
    contrasts[e] = borders[e].contrast;
  }
  return nb::make_tuple(handed_over(std::move(pairs), {m, 2}), handed_over(std::move(lengths), {m}),
                        handed_over(std::move(contrasts), {m}));
}

// sums[j] gains, for each pixel of region j and each band, one ramp: 1 for the thresholds that lie
// well below its value, 0 for those well above, and the share of the step in between.
void label_spread(const LabelImage &labels, const Bands &values, const Numbers &first,
                  const Numbers &starts, float step, const Sums &sums) {
  const std::size_t pixels = labels.shape(0) * labels.shape(1), d = values.shape(2);
  const std::size_t count = sums.shape(0), columns = sums.shape(1);
  bool fits = values.shape(0) == labels.shape(0) && values.shape(1) == labels.shape(1) &&
              first.shape(0) == d && starts.shape(0) == d + 1 && step > 0;
  for (std::size_t e = 0; fits && e < d; ++e)
    fits = starts.data()[e] >= 0 && starts.data()[e + 1] > starts.data()[e] + 1;
  if (!fits || static_cast<std::size_t>(starts.data()[d]) != columns)
    throw std::invalid_argument("the parts of the spread do not fit together");
  nb::gil_scoped_release free;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::size_t j = static_cast<std::uint32_t>(labels.data()[i]);
    if (j >= count) throw std::invalid_argument("a label is not among the regions");
    double *row = sums.data() + j * columns;
    for (std::size_t e = 0; e < d; ++e) {
      const std::int64_t begin = starts.data()[e], bins = starts.data()[e + 1] - begin - 1;
      float at = values.data()[i * d + e] / step - static_cast<float>(first.data()[e]);
      at = std::min(std::max(at, 0.f), static_cast<float>(bins));
      const std::int64_t bin = std::min(static_cast<std::int64_t>(at), bins - 1);
      const float share = at - static_cast<float>(bin);
      row[begin + bin] += 1.f - share;
      row[begin + bin + 1] += share;
    }
  }
}

}  // namespace

void bind_region_labels(nb::module_ &m) {
  m.def("label_graph", &label_graph, "labels"_a, "count"_a, "right"_a.none(), "below"_a.none(),
        "(pairs (m, 2), lengths (m,), contrasts (m,)) of the borders in a label image.");
  m.def("label_spread", &label_spread, "labels"_a, "values"_a.noconvert(), "first"_a, "starts"_a,
        "step"_a, "sums"_a.noconvert(),
        "Adds to `sums` the histogram of each region, each value shared by the two nearest bins.");
}
