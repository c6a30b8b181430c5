// What the brush's kernels share. Every number a pixel gets depends on its place in the whole picture
// alone, never on tiles or threads, so a part of a picture has the bytes that the whole has there.
#pragma once
#include <math.h>

#include <cstddef>
#include <cstdint>

namespace pochade::brush {

constexpr std::size_t TILE = 128;   // pixels of a side
constexpr std::size_t SIDE = 128;   // of the texture of hairs, which is kept with one row more
constexpr std::size_t PLANES = 7;   // of a tile

// One row of the table of strokes; painting/brush/marks.py says what each column is.
struct Mark {
  float row, col, cosine, sine, length, width, bend;
  float color[3];
  float opacity, across, along, at_row, at_col, bristle, tolerance, thickness, streak, feather, cap;
};
static_assert(sizeof(Mark) == 21 * sizeof(float), "the table has 21 columns");

struct Tile {
  std::ptrdiff_t top, left;  // its first pixel in the whole picture
  std::size_t rows, cols;    // up to TILE
  float *planes;  // TILE x TILE each: red, green, blue, height, then the picture's own three
};

// A number in [0, 1) for a corner of the grid: rounds of multiplication and shift (the constants of
// C. Wellons' lowbias32, found by search for least bias).
static inline float lattice(std::int32_t x, std::int32_t y, std::uint32_t seed) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x9E3779B1u ^
                    (static_cast<std::uint32_t>(y) * 0x85EBCA77u + seed * 0xC2B2AE3Du);
  h ^= h >> 16;
  h *= 0x7FEB352Du;
  h ^= h >> 15;
  h *= 0x846CA68Bu;
  h ^= h >> 16;
  return static_cast<float>(static_cast<std::int32_t>(h >> 8)) * (1.0f / 16777216.0f);
}

// Value noise in [0, 1): the corners of the unit square mixed along 3t^2 - 2t^3.
static inline float value_noise(float x, float y, std::uint32_t seed) {
  const float fx = floorf(x), fy = floorf(y);
  const auto ix = static_cast<std::int32_t>(fx), iy = static_cast<std::int32_t>(fy);
  const float dx = x - fx, dy = y - fy;
  const float sx = dx * dx * (3.0f - 2.0f * dx), sy = dy * dy * (3.0f - 2.0f * dy);
  const float a = lattice(ix, iy, seed), b = lattice(ix + 1, iy, seed);
  const float c = lattice(ix, iy + 1, seed), d = lattice(ix + 1, iy + 1, seed);
  const float top = a + (b - a) * sx, bottom = c + (d - c) * sx;
  return top + (bottom - top) * sy;
}

// Two steps, each of which is one instruction of a vector.
static inline float clamp01(float v) {
  const float low = v > 0.0f ? v : 0.0f;
  return low < 1.0f ? low : 1.0f;
}

static inline std::uint8_t to_byte(float v) {
  return static_cast<std::uint8_t>(v <= 0.0f ? 0.0f : v >= 255.0f ? 255.0f : v + 0.5f);
}

// n values beside each other in row `row` of the whole picture, from column `left` on; `size` pixels
// are a cell of the noise.
struct Row {
  float *out;
  std::size_t n;
  std::ptrdiff_t left, row;
  float size;
};

}  // namespace pochade::brush

#define POCHADE_BRUSH_KERNELS(isa)                                                               \
  namespace pochade::isa {                                                                       \
  void brush_mark(const brush::Mark &mark, const brush::Tile &tile, const float *hairs);         \
  void brush_clouds(const brush::Row &row, int octaves, std::uint32_t seed);                     \
  void brush_weave(const brush::Row &row, std::uint32_t seed);                                   \
  }

POCHADE_BRUSH_KERNELS(baseline)
#if defined(POCHADE_HAS_v3) || defined(POCHADE_ISA_v3)
POCHADE_BRUSH_KERNELS(v3)
#endif
#if defined(POCHADE_HAS_v4) || defined(POCHADE_ISA_v4)
POCHADE_BRUSH_KERNELS(v4)
#endif
