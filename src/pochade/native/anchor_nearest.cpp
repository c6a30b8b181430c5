// The anchors nearest to every pixel: painting/nearest.py says what for, and is the same in NumPy.
// Anchors lie in the cells of a grid, and each pixel looks at rings of cells until no further one
// can hold a nearer anchor. Rows of pixels are chunks of their own, so threads change nothing.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "parallel.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Points = nb::ndarray<const float, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;
using Tones = nb::ndarray<const float, nb::shape<-1, 3>, nb::c_contig, nb::device::cpu>;
using Plane = nb::ndarray<const float, nb::shape<-1, -1, 3>, nb::c_contig, nb::device::cpu>;
constexpr std::size_t rows_at_once = 8;
constexpr int most_neighbours = 64;

struct Grid {
  float side;
  std::int64_t high, wide;
  std::vector<std::int32_t> start, inside;

  Grid(const float *points, std::size_t n, std::size_t rows, std::size_t cols) {
    const double area = static_cast<double>(rows) * static_cast<double>(cols);
    side = static_cast<float>(std::max(1.0, std::sqrt(area / static_cast<double>(n))));
    high = static_cast<std::int64_t>(static_cast<float>(rows) / side) + 1;
    wide = static_cast<std::int64_t>(static_cast<float>(cols) / side) + 1;
    start.assign(static_cast<std::size_t>(high * wide) + 1, 0);
    std::vector<std::size_t> cell(n);
    for (std::size_t i = 0; i < n; ++i) {
      cell[i] = static_cast<std::size_t>(at(points[2 * i], high) * wide +
                                         at(points[2 * i + 1], wide));
      ++start[cell[i] + 1];
    }
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    inside.resize(n);
    std::vector<std::int32_t> next(start.begin(), start.end() - 1);
    for (std::size_t i = 0; i < n; ++i)
      inside[static_cast<std::size_t>(next[cell[i]]++)] = static_cast<std::int32_t>(i);
  }

  std::int64_t at(float place, std::int64_t most) const {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(place / side), 0, most - 1);
  }

  // Calls see(anchor) for those in cells `ring` steps from (row, col).
  template <class See>
  void ring_of(std::int64_t row, std::int64_t col, std::int64_t ring, const See &see) const {
    for (std::int64_t down = -ring; down <= ring; ++down) {
      const std::int64_t r = row + down;
      if (r < 0 || r >= high) continue;
      const std::int64_t step = std::abs(down) == ring || ring == 0 ? 1 : 2 * ring;
      for (std::int64_t along = -ring; along <= ring; along += step) {
        const std::int64_t c = col + along;
        if (c < 0 || c >= wide) continue;
        const auto cell = static_cast<std::size_t>(r * wide + c);
        for (std::int32_t i = start[cell]; i < start[cell + 1]; ++i)
          see(inside[static_cast<std::size_t>(i)]);
      }
    }
  }
};

void check(const Points &points, std::size_t rows, std::size_t cols) {
  if (points.shape(0) == 0 || rows == 0 || cols == 0)
    throw std::invalid_argument("There are no anchors, or no pixels.");
}

template <class T>
nb::ndarray<nb::numpy, T> made(std::vector<T> *values, std::initializer_list<std::size_t> shape) {
  nb::capsule owner(values, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
  return nb::ndarray<nb::numpy, T>(values->data(), shape, owner);
}

// Squared distance: of places times `weight`, plus of tones.
nb::ndarray<nb::numpy, std::int32_t> anchor_nearest(const Points &points, const Tones &tones,
                                                    const Plane &plane, float weight,
                                                    int threads) {
  const std::size_t rows = plane.shape(0), cols = plane.shape(1);
  check(points, rows, cols);
  if (tones.shape(0) != points.shape(0)) throw std::invalid_argument("Tones do not fit.");
  auto *out = new std::vector<std::int32_t>(rows * cols);
  auto result = made(out, {rows, cols});
  const float *place = points.data(), *tone = tones.data(), *own = plane.data();
  nb::gil_scoped_release free;
  const Grid grid(place, points.shape(0), rows, cols);
  const std::size_t chunks = (rows + rows_at_once - 1) / rows_at_once;
  pochade::parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::size_t end = std::min(rows, (chunk + 1) * rows_at_once);
    for (std::size_t r = chunk * rows_at_once; r < end; ++r)
      for (std::size_t c = 0; c < cols; ++c) {
        const float y = static_cast<float>(r) + 0.5f, x = static_cast<float>(c) + 0.5f;
        const float *mine = own + 3 * (r * cols + c);
        const std::int64_t row = grid.at(y, grid.high), col = grid.at(x, grid.wide);
        float best = std::numeric_limits<float>::infinity();
        std::int32_t nearest = 0;
        const std::int64_t last = std::max(grid.high, grid.wide);
        for (std::int64_t ring = 0; ring <= last; ++ring) {
          // Whatever lies in this ring is at least ring - 1 whole cells away.
          const float reach = static_cast<float>(std::max<std::int64_t>(0, ring - 1)) * grid.side;
          if (weight * reach * reach > best) break;
          grid.ring_of(row, col, ring, [&](std::int32_t i) {
            const float dy = place[2 * i] - y, dx = place[2 * i + 1] - x;
            float far = weight * (dy * dy + dx * dx);
            if (far > best) return;
            for (int band = 0; band < 3; ++band) {
              const float gap = tone[3 * i + band] - mine[band];
              far += gap * gap;
            }
            if (far < best || (far == best && i < nearest)) {
              best = far;
              nearest = i;
            }
          });
        }
        (*out)[r * cols + c] = nearest;
      }
  });
  return result;
}

struct Near {
  float far[most_neighbours];
  std::int32_t which[most_neighbours];
  int count = 0;

  void see(float distance, std::int32_t anchor, int most) {
    if (count == most && !before(distance, anchor, most - 1)) return;
    int at = count < most ? count++ : most - 1;
    for (; at > 0 && before(distance, anchor, at - 1); --at) {
      far[at] = far[at - 1];
      which[at] = which[at - 1];
    }
    far[at] = distance;
    which[at] = anchor;
  }

  bool before(float distance, std::int32_t anchor, int at) const {
    return distance < far[at] || (distance == far[at] && anchor < which[at]);
  }
};

// Means of the nearest colours, weighted by one over distance; an anchor's own pixel is its colour.
nb::ndarray<nb::numpy, float> anchor_inverse(const Points &points, const Tones &colors,
                                             std::size_t rows, std::size_t cols, int neighbours,
                                             int threads) {
  check(points, rows, cols);
  if (colors.shape(0) != points.shape(0)) throw std::invalid_argument("Colours do not fit.");
  if (neighbours < 1 || neighbours > most_neighbours)
    throw std::invalid_argument("The number of neighbours must be from 1 to 64.");
  auto *out = new std::vector<float>(rows * cols * 3);
  auto result = made(out, {rows, cols, 3});
  const float *place = points.data(), *color = colors.data();
  nb::gil_scoped_release free;
  const Grid grid(place, points.shape(0), rows, cols);
  const int most = static_cast<int>(std::min<std::size_t>(
      static_cast<std::size_t>(neighbours), points.shape(0)));
  const std::size_t chunks = (rows + rows_at_once - 1) / rows_at_once;
  pochade::parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::size_t end = std::min(rows, (chunk + 1) * rows_at_once);
    for (std::size_t r = chunk * rows_at_once; r < end; ++r)
      for (std::size_t c = 0; c < cols; ++c) {
        const float y = static_cast<float>(r) + 0.5f, x = static_cast<float>(c) + 0.5f;
        const std::int64_t row = grid.at(y, grid.high), col = grid.at(x, grid.wide);
        const std::int64_t last = std::max(grid.high, grid.wide);
        Near near;
        for (std::int64_t ring = 0; ring <= last; ++ring) {
          const float reach = static_cast<float>(std::max<std::int64_t>(0, ring - 1)) * grid.side;
          if (near.count == most && reach * reach > near.far[most - 1]) break;
          grid.ring_of(row, col, ring, [&](std::int32_t i) {
            const float dy = place[2 * i] - y, dx = place[2 * i + 1] - x;
            near.see(dy * dy + dx * dx, i, most);
          });
        }
        float *pixel = out->data() + 3 * (r * cols + c);
        if (near.far[0] == 0) {
          for (int band = 0; band < 3; ++band) pixel[band] = color[3 * near.which[0] + band];
          continue;
        }
        float total = 0, sum[3] = {0, 0, 0};
        for (int i = 0; i < near.count; ++i) {
          const float share = 1 / std::sqrt(near.far[i]);
          total += share;
          for (int band = 0; band < 3; ++band) sum[band] += share * color[3 * near.which[i] + band];
        }
        for (int band = 0; band < 3; ++band) pixel[band] = sum[band] / total;
      }
  });
  return result;
}

}  // namespace

void bind_anchor_nearest(nb::module_ &m) {
  m.def("anchor_nearest", &anchor_nearest, "points"_a.noconvert(), "tones"_a.noconvert(),
        "plane"_a.noconvert(), "weight"_a, "threads"_a,
        "The nearest anchor of every pixel, in place (times the weight) and tone.");
  m.def("anchor_inverse", &anchor_inverse, "points"_a.noconvert(), "colors"_a.noconvert(),
        "rows"_a, "cols"_a, "neighbours"_a, "threads"_a,
        "Every pixel from the nearest anchors, weighted by one over their distance.");
}
