// Strokes: bent, bristled marks laid over one another in order, tile by tile.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "brush.hpp"
#include "cpu.hpp"
#include "parallel.hpp"

namespace nb = nanobind;
using namespace nb::literals;
using namespace pochade::brush;

namespace {

using Pixels = nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using PixelsOut = nb::ndarray<std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MapOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

struct Box {
  float top, left, bottom, right;
};

// Everything a mark can touch: a bent bar of half length and half width.
Box box_of(const Mark &m) {
  const float sag = 0.5f * std::fabs(m.bend) * m.length * m.length;
  const float side = m.width + sag;
  const float c = std::fabs(m.cosine), s = std::fabs(m.sine);
  const float high = s * m.length + c * side + 1.0f, wide = c * m.length + s * side + 1.0f;
  return {m.row - high, m.col - wide, m.row + high, m.col + wide};
}

decltype(&pochade::baseline::brush_mark) kernel() {
#ifdef POCHADE_HAS_v4
  if (pochade::chosen_isa() == pochade::Isa::v4) return pochade::v4::brush_mark;
#endif
#ifdef POCHADE_HAS_v3
  if (pochade::chosen_isa() == pochade::Isa::v3) return pochade::v3::brush_mark;
#endif
  return pochade::baseline::brush_mark;
}

void draw_strokes(PixelsOut canvas, MapOut height, Pixels target, Table strokes, Table texture,
                  std::ptrdiff_t top, std::ptrdiff_t left, int threads) {
  const std::size_t h = canvas.shape(0), w = canvas.shape(1), n = strokes.shape(0);
  if (canvas.shape(2) != 3 || target.shape(0) != h || target.shape(1) != w || target.shape(2) != 3)
    throw std::invalid_argument("Canvas and target are h w 3.");
  if (height.shape(0) != h || height.shape(1) != w)
    throw std::invalid_argument("Canvas and height differ in size.");
  if (strokes.shape(1) != 21 || texture.shape(0) != SIDE || texture.shape(1) != SIDE)
    throw std::invalid_argument("Strokes have 21 columns, the texture 128 x 128 cells.");
  std::uint8_t *pixels = canvas.data();
  const std::uint8_t *aim = target.data();
  float *relief = height.data();
  // Its first row and column once more at the end, so that neighbours need no wrapping.
  std::vector<float> hairs((SIDE + 1) * (SIDE + 1));
  for (std::size_t y = 0; y <= SIDE; ++y)
    for (std::size_t x = 0; x <= SIDE; ++x)
      hairs[y * (SIDE + 1) + x] = texture.data()[y % SIDE * SIDE + x % SIDE];
  const auto mark_on = kernel();
  const auto *marks = reinterpret_cast<const Mark *>(strokes.data());
  nb::gil_scoped_release free;
  const std::size_t across = (w + TILE - 1) / TILE, down = (h + TILE - 1) / TILE;
  // Which tiles a mark touches, as first and last column and row of tiles, then a counting sort.
  struct Span {
    std::size_t top, left, bottom, right;
  };
  const auto span_of = [&](const Mark &m) -> Span {
    const Box box = box_of(m);
    const auto at = [](float v, std::ptrdiff_t first, std::size_t count, bool up) {
      const float cell = (v - static_cast<float>(first)) / static_cast<float>(TILE);
      const float whole = std::floor(cell) + (up ? 1.0f : 0.0f);
      return static_cast<std::size_t>(
          std::clamp(whole, 0.0f, static_cast<float>(count)));
    };
    return {at(box.top, top, down, false), at(box.left, left, across, false),
            at(box.bottom, top, down, true), at(box.right, left, across, true)};
  };
  std::vector<std::size_t> first(across * down + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    const Span span = span_of(marks[i]);
    for (std::size_t y = span.top; y < span.bottom; ++y)
      for (std::size_t x = span.left; x < span.right; ++x) ++first[y * across + x + 1];
  }
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<std::uint32_t> order(first.back());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    const Span span = span_of(marks[i]);
    for (std::size_t y = span.top; y < span.bottom; ++y)
      for (std::size_t x = span.left; x < span.right; ++x)
        order[next[y * across + x]++] = static_cast<std::uint32_t>(i);
  }
  pochade::parallel_for(across * down, threads, [&](std::size_t number) {
    if (first[number] == first[number + 1]) return;
    const std::size_t y0 = number / across * TILE, x0 = number % across * TILE;
    const std::size_t rows = std::min(TILE, h - y0), cols = std::min(TILE, w - x0);
    std::vector<float> planes(PLANES * TILE * TILE);
    const auto plane = [&](std::size_t i) { return planes.data() + i * TILE * TILE; };
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < cols; ++x) {
        const std::size_t at = (y0 + y) * w + x0 + x, cell = y * TILE + x;
        for (std::size_t c = 0; c < 3; ++c) {
          plane(c)[cell] = static_cast<float>(pixels[at * 3 + c]);
          plane(4 + c)[cell] = static_cast<float>(aim[at * 3 + c]);
        }
        plane(3)[cell] = relief[at];
      }
    const Tile tile{top + static_cast<std::ptrdiff_t>(y0), left + static_cast<std::ptrdiff_t>(x0),
                    rows, cols, planes.data()};
    for (std::size_t i = first[number]; i < first[number + 1]; ++i)
      mark_on(marks[order[i]], tile, hairs.data());
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < cols; ++x) {
        const std::size_t at = (y0 + y) * w + x0 + x, cell = y * TILE + x;
        for (std::size_t c = 0; c < 3; ++c) pixels[at * 3 + c] = to_byte(plane(c)[cell]);
        relief[at] = plane(3)[cell];
      }
  });
}

}  // namespace

void bind_brush_strokes(nb::module_ &m) {
  m.def("draw_strokes", &draw_strokes, "canvas"_a.noconvert(), "height"_a.noconvert(),
        "target"_a.noconvert(), "strokes"_a.noconvert(), "texture"_a.noconvert(), "top"_a, "left"_a,
        "threads"_a,
        "Lay the strokes over `canvas` and `height`, in order; the first pixel is (top, left) of\n"
        "the whole picture, in whose pixels the strokes are placed.");
}
