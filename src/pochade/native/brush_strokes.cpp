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
#include "parallel.hpp"

namespace nb = nanobind;
using namespace nb::literals;
using namespace pochade::brush;

namespace {

using Pixels = nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using PixelsOut = nb::ndarray<std::uint8_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MapOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t SIDE = 128;  // of the bristle texture

// One row of the table; painting/brush/marks.py says what each column is.
struct Mark {
  float row, col, cosine, sine, length, width, bend;
  float color[3];
  float opacity, across, along, at_row, at_col, bristle, tolerance, thickness, streak, feather, cap;
};
static_assert(sizeof(Mark) == 21 * sizeof(float), "the table has 21 columns");

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

// The texture between its four nearest cells, periodic.
inline float texture_at(const float *texture, float row, float col) {
  const float fy = std::floor(row), fx = std::floor(col);
  const auto iy = static_cast<std::int32_t>(fy), ix = static_cast<std::int32_t>(fx);
  const std::size_t y0 = static_cast<std::size_t>(iy) & (SIDE - 1), y1 = (y0 + 1) & (SIDE - 1);
  const std::size_t x0 = static_cast<std::size_t>(ix) & (SIDE - 1), x1 = (x0 + 1) & (SIDE - 1);
  const float dy = row - fy, dx = col - fx;
  const float *upper = texture + y0 * SIDE, *lower = texture + y1 * SIDE;
  const float a = upper[x0] + (upper[x1] - upper[x0]) * dx;
  const float b = lower[x0] + (lower[x1] - lower[x0]) * dx;
  return a + (b - a) * dy;
}

struct Tile {
  std::size_t top, left, rows, cols;  // within the region
  float *paint;                       // rows x cols x 4: red, green, blue, height
};

void draw(const Mark &m, const Tile &tile, const std::uint8_t *target, std::size_t width,
          const float *texture, std::ptrdiff_t first_row, std::ptrdiff_t first_col) {
  const Box box = box_of(m);
  const float y0 = static_cast<float>(first_row + static_cast<std::ptrdiff_t>(tile.top)) + 0.5f;
  const float x0 = static_cast<float>(first_col + static_cast<std::ptrdiff_t>(tile.left)) + 0.5f;
  const float rows = static_cast<float>(tile.rows), cols = static_cast<float>(tile.cols);
  const auto clip = [](float v, float top) {
    return static_cast<std::size_t>(v < 0.0f ? 0.0f : v > top ? top : v);
  };
  const std::size_t begin = clip(box.top - y0, rows), end = clip(box.bottom - y0 + 1.0f, rows);
  const std::size_t from = clip(box.left - x0, cols), to = clip(box.right - x0 + 1.0f, cols);
  const float per_width = 1.0f / m.width, per_length = 1.0f / m.length;
  const float per_feather = 1.0f / m.feather, per_end = 1.0f / (m.feather + 0.25f * m.width);
  const float limit = m.tolerance * m.tolerance, per_limit = limit > 0.0f ? 2.0f / limit : 0.0f;
  const float half_bend = 0.5f * m.bend;
  for (std::size_t y = begin; y < end; ++y) {
    const float dy = y0 + static_cast<float>(y) - m.row;
    float *paint = tile.paint + (y * tile.cols + from) * 4;
    const std::uint8_t *aim = target + ((tile.top + y) * width + tile.left + from) * 3;
    for (std::size_t x = from; x < to; ++x, paint += 4, aim += 3) {
      const float dx = x0 + static_cast<float>(x) - m.col;
      const float u = dx * m.cosine + dy * m.sine;
      const float away = m.length - std::fabs(u);
      if (away <= 0.0f) continue;
      const float v = dy * m.cosine - dx * m.sine - half_bend * u * u;
      const float inside = m.width - std::fabs(v);
      if (inside <= 0.0f) continue;
      float near = 1.0f;
      if (limit > 0.0f) {
        const float r = static_cast<float>(aim[0]) - m.color[0];
        const float g = static_cast<float>(aim[1]) - m.color[1];
        const float b = static_cast<float>(aim[2]) - m.color[2];
        near = 2.0f - (0.25f * r * r + 0.5f * g * g + 0.25f * b * b) * per_limit;
        if (near <= 0.0f) continue;
        near = near < 1.0f ? near : 1.0f;
      }
      const float side = v * per_width, way = u * per_length;
      const float bristle =
          texture_at(texture, m.at_row + side * m.across, m.at_col + u * per_width * m.along);
      // The end is round, and every hair ends somewhere else.
      const float square = side * side, cap = m.cap * square * (0.5f + 0.5f * square * square);
      const float tip = away - m.width * (cap + 0.5f * m.bristle * (1.0f - bristle));
      float alpha = clamp01(inside * per_feather) * clamp01(tip * per_end);
      // Paint runs out along the way: what lies between the hairs stays bare.
      const float dry = m.bristle * (0.5f + 0.5f * way);
      alpha *= clamp01(1.0f - dry * dry * (2.2f - 3.4f * bristle));
      alpha *= m.opacity * near;
      if (alpha <= 0.0f) continue;
      const float shift = m.streak * (bristle - 0.5f);
      paint[0] += alpha * (m.color[0] + shift - paint[0]);
      paint[1] += alpha * (m.color[1] + shift - paint[1]);
      paint[2] += alpha * (m.color[2] + shift - paint[2]);
      // Hairs leave furrows and push paint to the sides.
      const float body = m.thickness * (0.55f + 0.3f * square + m.bristle * (bristle - 0.5f));
      paint[3] += alpha * (body - paint[3]);
    }
  }
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
  const float *bristles = texture.data();
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
    std::vector<float> paint(rows * cols * 4);
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < cols; ++x) {
        const std::size_t at = (y0 + y) * w + x0 + x;
        float *p = paint.data() + (y * cols + x) * 4;
        for (int c = 0; c < 3; ++c) p[c] = static_cast<float>(pixels[at * 3 + c]);
        p[3] = relief[at];
      }
    const Tile tile{y0, x0, rows, cols, paint.data()};
    for (std::size_t i = first[number]; i < first[number + 1]; ++i)
      draw(marks[order[i]], tile, aim, w, bristles, top, left);
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < cols; ++x) {
        const std::size_t at = (y0 + y) * w + x0 + x;
        const float *p = paint.data() + (y * cols + x) * 4;
        for (int c = 0; c < 3; ++c) pixels[at * 3 + c] = to_byte(p[c]);
        relief[at] = p[3];
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
