// The surface: tones and wobbling edges of a wash, pigment in the grain, paper, canvas and light.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
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
using Map = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr std::size_t ROWS = 32;

struct Kernels {
  decltype(&pochade::baseline::brush_clouds) clouds;
  decltype(&pochade::baseline::brush_weave) weave;
};

const Kernels &kernels() {
  static const Kernels baseline = {pochade::baseline::brush_clouds, pochade::baseline::brush_weave};
#ifdef POCHADE_HAS_v4
  static const Kernels v4 = {pochade::v4::brush_clouds, pochade::v4::brush_weave};
  if (pochade::chosen_isa() == pochade::Isa::v4) return v4;
#endif
#ifdef POCHADE_HAS_v3
  static const Kernels v3 = {pochade::v3::brush_clouds, pochade::v3::brush_weave};
  if (pochade::chosen_isa() == pochade::Isa::v3) return v3;
#endif
  return baseline;
}

// In the order of painting/brush/surface.py.
struct Wash {
  float unit;  // pixels of a thousandth of the picture's side
  float wobble, wobble_size;
  float saturation;
  float glazes, glaze_noise, glaze_size, steepness;
};

// A pixel of the whole picture, of which a part is at hand, between its four nearest; beyond the
// part its edge is repeated. (0, 0) is the middle of the picture's first pixel.
inline void sample(const std::uint8_t *pixels, std::size_t h, std::size_t w, std::ptrdiff_t top,
                   std::ptrdiff_t left, float y, float x, float *out) {
  const float fy = std::floor(y), fx = std::floor(x), dy = y - fy, dx = x - fx;
  const auto row = [&](std::ptrdiff_t i) {
    return std::clamp<std::ptrdiff_t>(i - top, 0, static_cast<std::ptrdiff_t>(h) - 1) *
           static_cast<std::ptrdiff_t>(w);
  };
  const auto col = [&](std::ptrdiff_t i) {
    return std::clamp<std::ptrdiff_t>(i - left, 0, static_cast<std::ptrdiff_t>(w) - 1);
  };
  const auto iy = static_cast<std::ptrdiff_t>(fy), ix = static_cast<std::ptrdiff_t>(fx);
  const std::ptrdiff_t y0 = row(iy), y1 = row(iy + 1), x0 = col(ix), x1 = col(ix + 1);
  const std::uint8_t *a = pixels + (y0 + x0) * 3, *b = pixels + (y0 + x1) * 3;
  const std::uint8_t *c = pixels + (y1 + x0) * 3, *d = pixels + (y1 + x1) * 3;
  for (std::size_t i = 0; i < 3; ++i) {
    const float e = static_cast<float>(a[i]), f = static_cast<float>(b[i]);
    const float g = static_cast<float>(c[i]), k = static_cast<float>(d[i]);
    const float upper = e + (f - e) * dx, lower = g + (k - g) * dx;
    out[i] = upper + (lower - upper) * dy;
  }
}

// Steps of tone with soft sides: `count` equal glazes over 0..255.
inline float glazed(float luma, float count, float steepness) {
  const float at = luma * (count / 255.0f), step = std::floor(at), part = at - step - 0.5f;
  const float side = clamp01(0.5f + part * steepness);
  return (step + side * side * (3.0f - 2.0f * side)) * (255.0f / count);
}

void wash(Pixels in, PixelsOut out, Numbers numbers, Numbers curve, std::uint32_t seed, std::ptrdiff_t top,
          std::ptrdiff_t left, int threads) {
  const std::size_t h = in.shape(0), w = in.shape(1);
  if (in.shape(2) != 3 || out.shape(0) != h || out.shape(1) != w || out.shape(2) != 3)
    throw std::invalid_argument("Both pictures are h w 3.");
  if (numbers.shape(0) * sizeof(float) != sizeof(Wash))
    throw std::invalid_argument("A wash has 8 numbers.");
  if (curve.shape(0) != 257) throw std::invalid_argument("A curve of tones has 257 numbers.");
  const float *tones = curve.data();
  const Wash look = *reinterpret_cast<const Wash *>(numbers.data());
  const std::uint8_t *pixels = in.data();
  std::uint8_t *result = out.data();
  nb::gil_scoped_release free;
  pochade::parallel_for((h + ROWS - 1) / ROWS, threads, [&](std::size_t band) {
    std::vector<float> down(w), across(w), drift(w);
    for (std::size_t y = band * ROWS; y < std::min(h, (band + 1) * ROWS); ++y) {
      const std::ptrdiff_t row = top + static_cast<std::ptrdiff_t>(y);
      const float bend = look.unit * look.wobble_size, reach = 2.0f * look.wobble * look.unit;
      if (look.wobble > 0.0f) {
        kernels().clouds({down.data(), w, left, row, bend}, 2, seed + 11u);
        kernels().clouds({across.data(), w, left, row, bend}, 2, seed + 21u);
      }
      if (look.glazes > 0.0f)
        kernels().clouds({drift.data(), w, left, row, look.unit * look.glaze_size}, 3, seed + 31u);
      for (std::size_t x = 0; x < w; ++x) {
        float color[3];
        if (look.wobble > 0.0f) {
          const float ay = static_cast<float>(row);
          const float ax = static_cast<float>(left + static_cast<std::ptrdiff_t>(x));
          sample(pixels, h, w, top, left, ay + reach * (down[x] - 0.5f),
                 ax + reach * (across[x] - 0.5f), color);
        } else {
          const std::uint8_t *p = pixels + (y * w + x) * 3;
          for (int c = 0; c < 3; ++c) color[c] = static_cast<float>(p[c]);
        }
        const float luma = 0.299f * color[0] + 0.587f * color[1] + 0.114f * color[2];
        const auto step = static_cast<std::size_t>(std::clamp(luma, 0.0f, 255.0f));
        float tone = tones[step] + (tones[step + 1] - tones[step]) * (luma - static_cast<float>(step));
        if (look.glazes > 0.0f) {
          const float noise = look.glaze_noise * (drift[x] - 0.5f);
          tone = glazed(std::clamp(tone + noise, 0.0f, 255.0f), look.glazes, look.steepness);
        }
        std::uint8_t *q = result + (y * w + x) * 3;
        for (int c = 0; c < 3; ++c) q[c] = to_byte(tone + (color[c] - luma) * look.saturation);
      }
    }
  });
}

struct Surface {
  float unit;
  float relief;                                     // light on the thickness of paint
  float paper, canvas, grain;                       // light on the ground; grain: size in units
  float granulation, pigment, pigment_size;         // pigment in the valleys, in clouds
  float border, ragged;                             // bare paper at the sides, in units
  float paper_color[3];
  float rows, cols;                                 // of the whole picture
  float thin;                                       // paint of this height^-1 hides the ground
  float transparent;                                // how much the paper shines through the paint
};

// A map of blocks of `step` pixels, the first of which is block (top, left), at a place of the whole
// picture, between its four nearest.
struct Blocks {
  const float *map;
  std::ptrdiff_t rows, cols, top, left;
  float step;
  float at(float y, float x) const {
    y = y / step - 0.5f;
    x = x / step - 0.5f;
    const float fy = std::floor(y), fx = std::floor(x), dy = y - fy, dx = x - fx;
    const auto iy = static_cast<std::ptrdiff_t>(fy) - top;
    const auto ix = static_cast<std::ptrdiff_t>(fx) - left;
    const float *upper = map + std::clamp<std::ptrdiff_t>(iy, 0, rows - 1) * cols;
    const float *lower = map + std::clamp<std::ptrdiff_t>(iy + 1, 0, rows - 1) * cols;
    const std::ptrdiff_t x0 = std::clamp<std::ptrdiff_t>(ix, 0, cols - 1);
    const std::ptrdiff_t x1 = std::clamp<std::ptrdiff_t>(ix + 1, 0, cols - 1);
    const float a = upper[x0] + (upper[x1] - upper[x0]) * dx;
    const float b = lower[x0] + (lower[x1] - lower[x0]) * dx;
    return a + (b - a) * dy;
  }
};

void surface(Pixels in, Map height, Map wet, std::ptrdiff_t step, PixelsOut out, Numbers numbers,
             std::uint32_t seed, std::ptrdiff_t top, std::ptrdiff_t left, int threads) {
  const std::size_t h = in.shape(0), w = in.shape(1);
  if (in.shape(2) != 3 || out.shape(0) != h || out.shape(1) != w || out.shape(2) != 3)
    throw std::invalid_argument("Both pictures are h w 3.");
  if (numbers.shape(0) * sizeof(float) != sizeof(Surface))
    throw std::invalid_argument("A surface has 17 numbers.");
  if (step < 1) throw std::invalid_argument("Blocks have a side of at least one pixel.");
  const bool thick = height.size() > 0;
  if (thick && (height.shape(0) != h || height.shape(1) != w))
    throw std::invalid_argument("Picture and height differ in size.");
  const Surface look = *reinterpret_cast<const Surface *>(numbers.data());
  const std::uint8_t *pixels = in.data();
  const float *body = height.data();
  const Blocks damp{wet.data(), static_cast<std::ptrdiff_t>(wet.shape(0)),
                    static_cast<std::ptrdiff_t>(wet.shape(1)), top / step, left / step,
                    static_cast<float>(step)};
  const bool has_wet = wet.size() > 0;
  std::uint8_t *result = out.data();
  nb::gil_scoped_release free;
  const std::size_t across = (w + TILE - 1) / TILE, down = (h + TILE - 1) / TILE;
  const bool ground = look.paper > 0.0f || look.canvas > 0.0f || look.granulation > 0.0f;
  pochade::parallel_for(across * down, threads, [&](std::size_t number) {
    const std::size_t y0 = number / across * TILE, x0 = number % across * TILE;
    const std::size_t rows = std::min(TILE, h - y0), cols = std::min(TILE, w - x0);
    // Heights with a frame of one pixel: beyond the given part the ground goes on, paint repeats.
    const std::size_t wide = cols + 2;
    std::vector<float> high((rows + 2) * wide, 0.0f), grains((rows + 2) * wide, 0.5f);
    std::vector<float> threads_of(wide, 0.0f), clouds(cols, 0.5f), wild(cols, 0.5f);
    for (std::size_t y = 0; y < rows + 2; ++y) {
      const std::ptrdiff_t row = top + static_cast<std::ptrdiff_t>(y0 + y) - 1;
      const std::ptrdiff_t col = left + static_cast<std::ptrdiff_t>(x0) - 1;
      const float cell = look.unit * look.grain;
      if (ground) kernels().clouds({grains.data() + y * wide, wide, col, row, cell}, 3, seed + 41u);
      if (look.canvas > 0.0f)
        kernels().weave({threads_of.data(), wide, col, row, cell * 1.25f}, seed + 71u);
      for (std::size_t x = 0; x < wide; ++x) {
        const auto ry = static_cast<std::ptrdiff_t>(y0 + y) - 1;
        const auto rx = static_cast<std::ptrdiff_t>(x0 + x) - 1;
        float ridge = 0.0f, cover = 0.0f;
        if (thick) {
          const auto iy = std::clamp<std::ptrdiff_t>(ry, 0, static_cast<std::ptrdiff_t>(h) - 1);
          const auto ix = std::clamp<std::ptrdiff_t>(rx, 0, static_cast<std::ptrdiff_t>(w) - 1);
          const float raw = body[iy * static_cast<std::ptrdiff_t>(w) + ix];
          ridge = raw * look.relief;
          cover = clamp01(raw * look.thin);
        }
        if (ground) {
          const float grain = grains[y * wide + x];
          const float bare = 1.0f - 0.75f * cover;
          ridge += bare * look.paper * grain * look.grain;
          if (look.canvas > 0.0f)
            ridge += bare * look.canvas * look.grain * (threads_of[x] + 0.35f * grain);
        }
        high[y * wide + x] = ridge;
      }
    }
    for (std::size_t y = 0; y < rows; ++y) {
      const std::ptrdiff_t row = top + static_cast<std::ptrdiff_t>(y0 + y);
      const std::ptrdiff_t col = left + static_cast<std::ptrdiff_t>(x0);
      if (look.pigment > 0.0f)
        kernels().clouds({clouds.data(), cols, col, row, look.unit * look.pigment_size}, 4,
                         seed + 51u);
      if (look.border > 0.0f)
        kernels().clouds({wild.data(), cols, col, row, look.unit * 16.0f}, 4, seed + 61u);
      for (std::size_t x = 0; x < cols; ++x) {
        const float py = static_cast<float>(top + static_cast<std::ptrdiff_t>(y0 + y)) + 0.5f;
        const float px = static_cast<float>(left + static_cast<std::ptrdiff_t>(x0 + x)) + 0.5f;
        const std::size_t at = (y0 + y) * w + x0 + x, here = (y + 1) * wide + x + 1;
        float color[3];
        for (int c = 0; c < 3; ++c) color[c] = static_cast<float>(pixels[at * 3 + c]);
        float density = 0.0f;
        if (has_wet)
          density += damp.at(py, px);
        if (look.pigment > 0.0f)
          density += look.pigment * (clouds[x] - 0.5f);
        if (look.granulation > 0.0f) density += look.granulation * (0.5f - grains[here]);
        if (density != 0.0f)
          for (int c = 0; c < 3; ++c) {
            // A. Bousseau et al., "Interactive watercolor rendering" (NPAR 2006), eq. 2: pigment of
            // density 1 + d turns a colour C into C (1 - (1 - C) d).
            const float part = color[c] * (1.0f / 255.0f);
            color[c] *= 1.0f - (1.0f - part) * density;
          }
        if (look.transparent > 0.0f)
          for (int c = 0; c < 3; ++c)
            color[c] *= 1.0f + look.transparent * (look.paper_color[c] * (1.0f / 255.0f) - 1.0f);
        if (look.border > 0.0f) {
          const float side = std::min(std::min(py, look.rows - py), std::min(px, look.cols - px));
          const float edge = look.border * look.unit + look.ragged * look.unit * (wild[x] - 0.5f) * 2.0f;
          const float bare = clamp01((edge - side) / std::max(1.0f, 0.8f * look.unit) + 0.5f);
          // Paint pools a little where it stops.
          const float pool = clamp01(1.0f - std::fabs(side - edge) / (1.6f * look.unit)) * 0.18f;
          for (int c = 0; c < 3; ++c) {
            const float inside = color[c] * (1.0f - pool * (1.0f - color[c] * (1.0f / 255.0f)));
            color[c] = inside + bare * (look.paper_color[c] - inside);
          }
        }
        // Light from above left: what rises towards below right faces it.
        const float slope = 0.25f * ((high[here + wide] - high[here - wide]) +
                                     (high[here + 1] - high[here - 1]) +
                                     (high[here + wide + 1] - high[here - wide - 1])) *
                            look.unit;
        if (slope != 0.0f) {
          const float soft = slope / (1.0f + std::fabs(slope));
          for (int c = 0; c < 3; ++c)
            color[c] += soft > 0.0f ? soft * (0.55f * (255.0f - color[c]) + 18.0f)
                                    : soft * 0.75f * color[c];
        }
        for (int c = 0; c < 3; ++c) result[at * 3 + c] = to_byte(color[c]);
      }
    }
  });
}

}  // namespace

void bind_brush_surface(nb::module_ &m) {
  m.def("brush_wash", &wash, "picture"_a.noconvert(), "out"_a.noconvert(), "numbers"_a.noconvert(),
        "curve"_a.noconvert(), "seed"_a, "top"_a, "left"_a, "threads"_a,
        "Fill `out` with the tones of a wash.");
  m.def("brush_surface", &surface, "picture"_a.noconvert(), "height"_a.noconvert(),
        "wet"_a.noconvert(), "step"_a, "out"_a.noconvert(), "numbers"_a.noconvert(),
        "seed"_a, "top"_a, "left"_a, "threads"_a,
        "Fill `out` with the picture on its ground, in the light.");
}
