// Areas of a label image: connected parts, sums, borders, and how deep inside its area a pixel is.
// segments/reference.py has the same in NumPy.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <vector>

#include "parallel.hpp"
#include "region_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

using Labels = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Plane = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Values = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Points = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Sums = nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void check_labels(const std::int32_t *labels, std::size_t n, std::size_t count) {
  for (std::size_t i = 0; i < n; ++i)
    if (static_cast<std::uint32_t>(labels[i]) >= count)
      throw std::invalid_argument("a label is outside 0..count-1");
}

// 4-connected areas of equal label, numbered in the raster order of their first pixels.
auto label_components(const Labels &labels) {
  const std::size_t h = labels.shape(0), w = labels.shape(1);
  if (h * w > kLargestPicture) throw std::invalid_argument("the picture is too large");
  Buffer<std::int32_t> out(h * w);
  std::size_t count = 0;
  {
    nb::gil_scoped_release free;
    const std::int32_t *label = labels.data();
    std::vector<std::int32_t> up;  // union-find: the root of an area is its lowest number
    auto root = [&up](std::int32_t v) {
      while (up[v] != v) v = up[v] = up[up[v]];
      return v;
    };
    for (std::size_t i = 0; i < h * w; ++i) {
      const bool left = i % w && label[i - 1] == label[i];
      const bool above = i >= w && label[i - w] == label[i];
      if (!left && !above) {
        out[i] = static_cast<std::int32_t>(up.size());
        up.push_back(out[i]);
      } else if (!left) {
        out[i] = out[i - w];
      } else {
        out[i] = out[i - 1];
        if (above && out[i - w] != out[i]) {
          const std::int32_t a = root(out[i]), b = root(out[i - w]);
          up[std::max(a, b)] = std::min(a, b);
        }
      }
    }
    for (std::size_t v = 0; v < up.size(); ++v)  // a parent comes before its children
      up[v] = up[v] == static_cast<std::int32_t>(v) ? static_cast<std::int32_t>(count++)
                                                    : up[up[v]];
    for (std::size_t i = 0; i < h * w; ++i) out[i] = up[out[i]];
  }
  return nb::make_tuple(handed_over(std::move(out), {h, w}), count);
}

// (count, 7): pixels, sum of x, sum of y, left, top, right, bottom (the last two inclusive).
auto label_extents(const Labels &labels, std::size_t count) {
  const std::size_t h = labels.shape(0), w = labels.shape(1);
  Buffer<std::int64_t> out(count * 7);
  {
    nb::gil_scoped_release free;
    const std::int32_t *label = labels.data();
    check_labels(label, h * w, count);
    for (std::size_t v = 0; v < count; ++v) {
      std::int64_t *row = out.data() + v * 7;
      std::fill(row, row + 7, 0);
      row[3] = static_cast<std::int64_t>(w);
      row[4] = static_cast<std::int64_t>(h);
      row[5] = row[6] = -1;
    }
    for (std::size_t y = 0; y < h; ++y) {
      for (std::size_t x = 0; x < w;) {
        const std::int32_t v = label[y * w + x];
        std::size_t end = x + 1;
        while (end < w && label[y * w + end] == v) ++end;
        const auto first = static_cast<std::int64_t>(x), last = static_cast<std::int64_t>(end) - 1;
        const auto at = static_cast<std::int64_t>(y), length = last - first + 1;
        std::int64_t *row = out.data() + static_cast<std::size_t>(v) * 7;
        row[0] += length;
        row[1] += (first + last) * length / 2;
        row[2] += at * length;
        row[3] = std::min(row[3], first);
        row[4] = std::min(row[4], at);
        row[5] = std::max(row[5], last);
        row[6] = std::max(row[6], at);
        x = end;
      }
    }
  }
  return handed_over(std::move(out), {count, 7});
}

// Adds the values of some rows to sums (count, d) and, above the diagonal, their products.
void label_band_sums(const Labels &labels, const Values &values, const Sums &sums,
                     const std::optional<Sums> &products) {
  const std::size_t n = labels.size(), d = values.shape(2), count = sums.shape(0);
  if (values.shape(0) != labels.shape(0) || values.shape(1) != labels.shape(1) ||
      sums.shape(1) != d || (products && (products->shape(0) != count ||
                                          products->shape(1) != d * (d + 1) / 2)))
    throw std::invalid_argument("labels, values and sums do not fit each other");
  nb::gil_scoped_release free;
  check_labels(labels.data(), n, count);
  const std::int32_t *label = labels.data();
  const float *value = values.data();
  double *sum = sums.data(), *product = products ? products->data() : nullptr;
  const std::size_t pairs = d * (d + 1) / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t v = static_cast<std::size_t>(label[i]);
    const float *pixel = value + i * d;
    for (std::size_t a = 0; a < d; ++a) sum[v * d + a] += pixel[a];
    if (!product) continue;
    double *to = product + v * pairs;
    for (std::size_t a = 0; a < d; ++a)
      for (std::size_t b = a; b < d; ++b) *to++ += static_cast<double>(pixel[a]) * pixel[b];
  }
}

// Who touches whom: pairs (m, 2) sorted, sides of pixels they share, and the contrast along them.
auto label_borders(const Labels &labels, const std::optional<Plane> &right,
                   const std::optional<Plane> &below) {
  const std::size_t h = labels.shape(0), w = labels.shape(1);
  struct Border {
    std::uint64_t key;
    std::int64_t length;
    double contrast;
  };
  std::vector<Border> found;
  Buffer<std::int32_t> pairs;
  Buffer<std::int64_t> lengths;
  Buffer<double> contrasts;
  {
    nb::gil_scoped_release free;
    const std::int32_t *label = labels.data();
    std::unordered_map<std::uint64_t, std::size_t> place;
    std::size_t last = 0;
    auto meet = [&](std::int32_t a, std::int32_t b, float contrast) {
      const auto low = static_cast<std::uint64_t>(std::min(a, b));
      const std::uint64_t key = low << 32 | static_cast<std::uint32_t>(std::max(a, b));
      if (last >= found.size() || found[last].key != key) {
        const auto [at, fresh] = place.try_emplace(key, found.size());
        last = at->second;
        if (fresh) found.push_back({key, 0, 0.0});
      }
      found[last].length += 1;
      found[last].contrast += contrast;
    };
    for (std::size_t i = 0; i < h * w; ++i) {
      if ((i + 1) % w && label[i] != label[i + 1])
        meet(label[i], label[i + 1], right ? right->data()[i] : 0.f);
      if (i + w < h * w && label[i] != label[i + w])
        meet(label[i], label[i + w], below ? below->data()[i] : 0.f);
    }
    std::sort(found.begin(), found.end(),
              [](const Border &a, const Border &b) { return a.key < b.key; });
    pairs = Buffer<std::int32_t>(found.size() * 2);
    lengths = Buffer<std::int64_t>(found.size());
    contrasts = Buffer<double>(found.size());
    for (std::size_t m = 0; m < found.size(); ++m) {
      pairs[2 * m] = static_cast<std::int32_t>(found[m].key >> 32);
      pairs[2 * m + 1] = static_cast<std::int32_t>(found[m].key & 0xffffffffu);
      lengths[m] = found[m].length;
      contrasts[m] = found[m].contrast;
    }
  }
  const std::size_t m = found.size();
  return nb::make_tuple(handed_over(std::move(pairs), {m, 2}), handed_over(std::move(lengths), {m}),
                        handed_over(std::move(contrasts), {m}));
}

// The lower envelope of the parabolas (y - at)^2 + height, for one column; Felzenszwalb and
// Huttenlocher (Theory of Computing 8 (2012) 415-428), within runs of one label: what lies beyond
// the ends of a run is at distance 0 from another area.
void column_distance(const std::int32_t *label, const std::int64_t *across, std::size_t h,
                     std::vector<std::int64_t> &at, std::vector<std::int64_t> &height,
                     std::vector<std::int64_t> &from, float *out, std::size_t stride) {
  for (std::size_t top = 0; top < h;) {
    std::size_t bottom = top + 1;
    while (bottom < h && label[bottom] == label[top]) ++bottom;
    const auto first = static_cast<std::int64_t>(top) - 1, end = static_cast<std::int64_t>(bottom);
    std::size_t size = 0;
    for (std::int64_t q = first; q <= end; ++q) {
      const std::int64_t reach = q == first || q == end ? 0 : across[q] * across[q];
      std::int64_t start = first;
      while (size) {
        const std::int64_t p = at[size - 1];
        const std::int64_t up = q * q + reach - p * p - height[size - 1], down = 2 * (q - p);
        // The first whole row where q is below p, rounded up.
        start = up >= 0 ? (up + down - 1) / down : -(-up / down);
        if (start > from[size - 1]) break;
        --size;
      }
      if (!size) start = first;
      at[size] = q;
      height[size] = reach;
      from[size] = start;
      ++size;
    }
    std::size_t k = 0;
    for (std::size_t y = top; y < bottom; ++y) {
      const auto row = static_cast<std::int64_t>(y);
      while (k + 1 < size && from[k + 1] <= row) ++k;
      out[y * stride] = static_cast<float>((row - at[k]) * (row - at[k]) + height[k]);
    }
    top = bottom;
  }
}

// The squared distance of each pixel to the nearest one of another label; outside is another.
auto label_depths(const Labels &labels, int threads) {
  const std::size_t h = labels.shape(0), w = labels.shape(1);
  Buffer<float> out(h * w);
  {
    nb::gil_scoped_release free;
    const std::int32_t *label = labels.data();
    constexpr std::size_t wide = 16;  // columns taken together, so that rows are read in pieces
    Buffer<std::int32_t> across(h * w);
    parallel_for(h, threads, [&](std::size_t y) {
      const std::int32_t *row = label + y * w;
      for (std::size_t x = 0; x < w;) {
        std::size_t end = x + 1;
        while (end < w && row[end] == row[x]) ++end;
        for (std::size_t i = x; i < end; ++i)
          across[y * w + i] = static_cast<std::int32_t>(std::min(i - x + 1, end - i));
        x = end;
      }
    });
    parallel_for((w + wide - 1) / wide, threads, [&](std::size_t block) {
      const std::size_t left = block * wide, columns = std::min(wide, w - left);
      std::vector<std::int32_t> mine(h * columns);
      std::vector<std::int64_t> near(h * columns), at(h + 2), height(h + 2), from(h + 2);
      for (std::size_t y = 0; y < h; ++y)
        for (std::size_t c = 0; c < columns; ++c) {
          mine[c * h + y] = label[y * w + left + c];
          near[c * h + y] = across[y * w + left + c];
        }
      for (std::size_t c = 0; c < columns; ++c)
        column_distance(mine.data() + c * h, near.data() + c * h, h, at, height, from,
                        out.data() + left + c, w);
    });
  }
  return handed_over(std::move(out), {h, w});
}

// The deepest pixel of each area; of equal ones the nearest to a given point (x, y), then the first.
auto label_deepest(const Labels &labels, const Plane &depths, const Points &near) {
  const std::size_t h = labels.shape(0), w = labels.shape(1), count = near.shape(0);
  if (depths.shape(0) != h || depths.shape(1) != w || near.shape(1) != 2)
    throw std::invalid_argument("labels, depths and points do not fit each other");
  Buffer<std::int64_t> out(count);
  {
    nb::gil_scoped_release free;
    const std::int32_t *label = labels.data();
    check_labels(label, h * w, count);
    std::vector<float> depth(count, -1.f);
    std::vector<double> away(count, 0.0);
    std::fill(out.data(), out.data() + count, -1);
    for (std::size_t i = 0; i < h * w; ++i) {
      const auto v = static_cast<std::size_t>(label[i]);
      const float mine = depths.data()[i];
      if (mine < depth[v]) continue;
      const double dx = static_cast<double>(i % w) - near.data()[2 * v];
      const double dy = static_cast<double>(i / w) - near.data()[2 * v + 1];
      const double gap = dx * dx + dy * dy;
      if (mine == depth[v] && gap >= away[v]) continue;
      depth[v] = mine;
      away[v] = gap;
      out[v] = static_cast<std::int64_t>(i);
    }
  }
  return handed_over(std::move(out), {count});
}

// Of each pair in order the second joins the first, unless one of them is gone.
auto join_in_order(const Labels &pairs, std::size_t count, std::int64_t most) {
  Buffer<std::int64_t> out(count);
  {
    nb::gil_scoped_release free;
    std::iota(out.data(), out.data() + count, 0);
    if (pairs.shape(1) != 2) throw std::invalid_argument("pairs are two numbers each");
    check_labels(pairs.data(), pairs.size(), count);
    for (std::size_t m = 0; m < pairs.shape(0) && most > 0; ++m) {
      const std::int32_t one = pairs.data()[2 * m], two = pairs.data()[2 * m + 1];
      if (one == two || out[one] != one || out[two] != two) continue;
      out[two] = one;
      --most;
    }
  }
  return handed_over(std::move(out), {count});
}

}  // namespace

void bind_label_areas(nb::module_ &m) {
  m.def("label_components", &label_components, "labels"_a.noconvert());
  m.def("label_extents", &label_extents, "labels"_a.noconvert(), "count"_a);
  m.def("label_band_sums", &label_band_sums, "labels"_a.noconvert(), "values"_a.noconvert(),
        "sums"_a.noconvert(), "products"_a.none().noconvert());
  m.def("label_borders", &label_borders, "labels"_a.noconvert(), "right"_a.none().noconvert(),
        "below"_a.none().noconvert());
  m.def("label_depths", &label_depths, "labels"_a.noconvert(), "threads"_a);
  m.def("label_deepest", &label_deepest, "labels"_a.noconvert(), "depths"_a.noconvert(),
        "near"_a.noconvert());
  m.def("join_in_order", &join_in_order, "pairs"_a.noconvert(), "count"_a, "most"_a);
}
