// What the brush's kernels share. Every number a pixel gets depends on its place in the whole picture
// alone, never on tiles or threads, so a part of a picture has the bytes that the whole has there.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace pochade::brush {

constexpr std::size_t TILE = 128;

// A number in [0, 1) for a corner of the grid: rounds of multiplication and shift (the constants of
// C. Wellons' lowbias32, found by search for least bias).
inline float lattice(std::int32_t x, std::int32_t y, std::uint32_t seed) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x9E3779B1u ^
                    (static_cast<std::uint32_t>(y) * 0x85EBCA77u + seed * 0xC2B2AE3Du);
  h ^= h >> 16;
  h *= 0x7FEB352Du;
  h ^= h >> 15;
  h *= 0x846CA68Bu;
  h ^= h >> 16;
  return static_cast<float>(h >> 8) * (1.0f / 16777216.0f);
}

// Value noise in [0, 1): the corners of the unit square mixed along 3t^2 - 2t^3.
inline float value_noise(float x, float y, std::uint32_t seed) {
  const float fx = std::floor(x), fy = std::floor(y);
  const auto ix = static_cast<std::int32_t>(fx), iy = static_cast<std::int32_t>(fy);
  const float dx = x - fx, dy = y - fy;
  const float sx = dx * dx * (3.0f - 2.0f * dx), sy = dy * dy * (3.0f - 2.0f * dy);
  const float a = lattice(ix, iy, seed), b = lattice(ix + 1, iy, seed);
  const float c = lattice(ix, iy + 1, seed), d = lattice(ix + 1, iy + 1, seed);
  const float top = a + (b - a) * sx, bottom = c + (d - c) * sx;
  return top + (bottom - top) * sy;
}

// Octaves of noise, each turned by the angle of a 3-4-5 triangle, about twice as fine and half as
// strong as the one before; mean 0.5, in [0, 1). The turn hides the axes of the grid.
inline float clouds(float x, float y, int octaves, std::uint32_t seed) {
  float sum = 0.0f, weight = 1.0f, all = 0.0f;
  for (int i = 0; i < octaves; ++i) {
    sum += weight * value_noise(x, y, seed + static_cast<std::uint32_t>(i));
    all += weight;
    weight *= 0.5f;
    const float turned = 1.624f * x + 1.218f * y;
    y = 1.624f * y - 1.218f * x;
    x = turned;
  }
  return sum / all;
}

inline float clamp01(float v) { return v < 0.0f ? 0.0f : v > 1.0f ? 1.0f : v; }

inline std::uint8_t to_byte(float v) {
  return static_cast<std::uint8_t>(v <= 0.0f ? 0.0f : v >= 255.0f ? 255.0f : v + 0.5f);
}

// 0 below `low`, 1 above `high`, 3t^2 - 2t^3 between.
inline float smooth_step(float low, float high, float v) {
  const float t = clamp01((v - low) / (high - low));
  return t * t * (3.0f - 2.0f * t);
}

}  // namespace pochade::brush
