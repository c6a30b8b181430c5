// Flat areas: the strongest of some soft fields, everywhere, with a border one pixel soft.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "brush.hpp"
#include "parallel.hpp"

namespace nb = nanobind;
using namespace nb::literals;
using namespace pochade::brush;

namespace {

using Fields = nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using PixelsOut = nb::ndarray<std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t ROWS = 32, MOST = 64;

// fields: blocks of `step` pixels, the first of which is block (top, left) / step of the picture.
// soft: how much two fields differ, of 255, one half pixel beside the border between them.
void flat_areas(Fields fields, Table colors, PixelsOut out, float soft, std::ptrdiff_t step,
                std::ptrdiff_t top, std::ptrdiff_t left, int threads) {
  const std::size_t h = out.shape(0), w = out.shape(1), k = fields.shape(2);
  const auto rows = static_cast<std::ptrdiff_t>(fields.shape(0));
  const auto cols = static_cast<std::ptrdiff_t>(fields.shape(1));
  if (out.shape(2) != 3 || colors.shape(0) != k || colors.shape(1) != 3 || k < 1 || k > MOST)
    throw std::invalid_argument("One field and one colour of three for each of up to 64 areas.");
  if (step < 1 || rows < 1 || cols < 1 || !(soft > 0.0f))
    throw std::invalid_argument("Blocks of at least one pixel, and some softness.");
  const std::uint8_t *data = fields.data();
  const float *color = colors.data();
  std::uint8_t *result = out.data();
  nb::gil_scoped_release free;
  const float size = static_cast<float>(step);
  const std::ptrdiff_t first_row = top / step, first_col = left / step;
  pochade::parallel_for((h + ROWS - 1) / ROWS, threads, [&](std::size_t band) {
    float value[MOST];
    for (std::size_t y = band * ROWS; y < std::min(h, (band + 1) * ROWS); ++y) {
      const float py =
          (static_cast<float>(top + static_cast<std::ptrdiff_t>(y)) + 0.5f) / size - 0.5f;
      const float fy = std::floor(py), dy = py - fy;
      const std::ptrdiff_t iy = static_cast<std::ptrdiff_t>(fy) - first_row;
      const std::uint8_t *upper = data + std::clamp<std::ptrdiff_t>(iy, 0, rows - 1) * cols *
                                             static_cast<std::ptrdiff_t>(k);
      const std::uint8_t *lower = data + std::clamp<std::ptrdiff_t>(iy + 1, 0, rows - 1) * cols *
                                             static_cast<std::ptrdiff_t>(k);
      for (std::size_t x = 0; x < w; ++x) {
        const float px =
            (static_cast<float>(left + static_cast<std::ptrdiff_t>(x)) + 0.5f) / size - 0.5f;
        const float fx = std::floor(px), dx = px - fx;
        const std::ptrdiff_t ix = static_cast<std::ptrdiff_t>(fx) - first_col;
        const auto at = [&](std::ptrdiff_t i) {
          return std::clamp<std::ptrdiff_t>(i, 0, cols - 1) * static_cast<std::ptrdiff_t>(k);
        };
        const std::uint8_t *a = upper + at(ix), *b = upper + at(ix + 1);
        const std::uint8_t *c = lower + at(ix), *d = lower + at(ix + 1);
        for (std::size_t i = 0; i < k; ++i) {
          const float e = static_cast<float>(a[i]), f = static_cast<float>(c[i]);
          const float over = e + (static_cast<float>(b[i]) - e) * dx;
          const float under = f + (static_cast<float>(d[i]) - f) * dx;
          value[i] = over + (under - over) * dy;
        }
        std::size_t best = 0, next = 0;
        for (std::size_t i = 1; i < k; ++i)
          if (value[i] > value[best]) {
            next = best;
            best = i;
          } else if (next == best || value[i] > value[next]) {
            next = i;
          }
        const float share =
            next == best ? 1.0f : clamp01(0.5f + 0.5f * (value[best] - value[next]) / soft);
        std::uint8_t *q = result + (y * w + x) * 3;
        for (std::size_t i = 0; i < 3; ++i)
          q[i] = to_byte(color[next * 3 + i] + share * (color[best * 3 + i] - color[next * 3 + i]));
      }
    }
  });
}

}  // namespace

void bind_brush_flats(nb::module_ &m) {
  m.def("flat_areas", &flat_areas, "fields"_a.noconvert(), "colors"_a.noconvert(),
        "out"_a.noconvert(), "soft"_a, "step"_a, "top"_a, "left"_a, "threads"_a,
        "Fill `out` with the colour of the strongest field, borders one pixel soft.");
}
