// Separable filters over tiles: the blur of the eye, the windows of SSIM; and squared error.
#include <string.h>

#include "../color.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // vectors are passed inside this file only
#endif

namespace pochade::POCHADE_ISA {
namespace {

using color::Bytes;
using color::SSIM_COLUMNS;
using color::SSIM_RADIUS;
using color::SSIM_ROWS;

constexpr size_t LANES = 16;

#if defined(__GNUC__) || defined(__clang__)
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
#else
struct Lanes {
  float v[LANES];
};
inline Lanes operator+(Lanes a, const Lanes &b) {
  for (size_t i = 0; i < LANES; ++i) a.v[i] += b.v[i];
  return a;
}
inline Lanes operator-(Lanes a, const Lanes &b) {
  for (size_t i = 0; i < LANES; ++i) a.v[i] -= b.v[i];
  return a;
}
inline Lanes operator*(Lanes a, const Lanes &b) {
  for (size_t i = 0; i < LANES; ++i) a.v[i] *= b.v[i];
  return a;
}
inline Lanes operator/(Lanes a, const Lanes &b) {
  for (size_t i = 0; i < LANES; ++i) a.v[i] /= b.v[i];
  return a;
}
#endif

inline Lanes load(const float *from) {
  Lanes x;
  memcpy(&x, from, sizeof x);
  return x;
}

inline void store(float *to, const Lanes &x) { memcpy(to, &x, sizeof x); }

inline Lanes all(float value) {
  float values[LANES];
  for (size_t i = 0; i < LANES; ++i) values[i] = value;
  return load(values);
}

// Sixteen neighbouring results of symmetric taps, `step` floats apart, from the middle outwards.
inline Lanes filtered(const float *middle, size_t step, const float *taps, size_t radius) {
  Lanes sum = all(taps[radius]) * load(middle);
  for (size_t i = 1; i <= radius; ++i)
    sum = sum + all(taps[radius + i]) * (load(middle - i * step) + load(middle + i * step));
  return sum;
}

// As `filtered`, 64 results at once, so that additions do not wait for each other.
inline void filtered4(const float *middle, size_t step, const float *taps, size_t radius,
                      float *out) {
  const Lanes first = all(taps[radius]);
  Lanes s0 = first * load(middle), s1 = first * load(middle + LANES);
  Lanes s2 = first * load(middle + 2 * LANES), s3 = first * load(middle + 3 * LANES);
  for (size_t i = 1; i <= radius; ++i) {
    const Lanes tap = all(taps[radius + i]);
    const float *a = middle - i * step, *b = middle + i * step;
    s0 = s0 + tap * (load(a) + load(b));
    s1 = s1 + tap * (load(a + LANES) + load(b + LANES));
    s2 = s2 + tap * (load(a + 2 * LANES) + load(b + 2 * LANES));
    s3 = s3 + tap * (load(a + 3 * LANES) + load(b + 3 * LANES));
  }
  store(out, s0);
  store(out + LANES, s1);
  store(out + 2 * LANES, s2);
  store(out + 3 * LANES, s3);
}

// n results of one row of taps; never reads beyond what a scalar loop would.
void filter_line(const float *middle, size_t step, const float *taps, size_t radius, float *out,
                 size_t n) {
  size_t j = 0;
  for (; j + 4 * LANES <= n; j += 4 * LANES) filtered4(middle + j, step, taps, radius, out + j);
  for (; j + LANES <= n; j += LANES) store(out + j, filtered(middle + j, step, taps, radius));
  for (; j < n; ++j) {
    float sum = taps[radius] * middle[j];
    for (size_t i = 1; i <= radius; ++i)
      sum += taps[radius + i] * (middle[j - i * step] + middle[j + i * step]);
    out[j] = sum;
  }
}

// The four maps of SSIM of one row: sum and difference of the two pictures, and their squares.
// The sum is taken from 255 so that squares stay small. n components, the rest up to `room` zero.
void maps_of_row(const unsigned char *a, const unsigned char *b, size_t n, size_t room,
                 float *maps) {
  float *p = maps, *m = maps + room, *pp = maps + 2 * room, *mm = maps + 3 * room;
  for (size_t i = 0; i < n; ++i) {
    const int x = a[i], y = b[i];
    const float sum = static_cast<float>(x + y - 255), gap = static_cast<float>(x - y);
    p[i] = sum;
    m[i] = gap;
    pp[i] = sum * sum;
    mm[i] = gap * gap;
  }
  for (size_t i = n; i < room; ++i) p[i] = m[i] = pp[i] = mm[i] = 0.0f;
}

// With p = x + y and m = x - y: var x + var y = (var p + var m) / 2, 2 cov = (var p - var m) / 2.
inline Lanes similarity(Lanes p, Lanes m, Lanes pp, Lanes mm) {
  const Lanes half = all(0.5f), c1 = all(6.5025f), c2 = all(58.5225f);
  const Lanes var_p = half * (pp - p * p), var_m = half * (mm - m * m);
  const Lanes sum = p + all(255.0f);
  const Lanes sum2 = half * (sum * sum), gap2 = half * (m * m);
  return (sum2 - gap2 + c1) * (var_p - var_m + c2) /
         ((sum2 + gap2 + c1) * (var_p + var_m + c2));
}

}  // namespace

unsigned squared_error(const unsigned char *a, const unsigned char *b, std::size_t n) {
  unsigned total = 0;
  for (size_t i = 0; i < n; ++i) {
    const int gap = static_cast<int>(a[i]) - static_cast<int>(b[i]);
    total += static_cast<unsigned>(gap * gap);
  }
  return total;
}

double ssim_tile(color::Bytes a, color::Bytes b, std::size_t rows, std::size_t columns,
                 std::size_t channels, const float *taps, float *scratch) {
  constexpr size_t room = SSIM_COLUMNS + 64, plane = (SSIM_ROWS + 2 * SSIM_RADIUS) * SSIM_COLUMNS;
  float *line = scratch + 4 * plane;
  const size_t whole = (columns + LANES - 1) / LANES * LANES;
  for (size_t y = 0; y < rows + 2 * SSIM_RADIUS; ++y) {
    maps_of_row(a.data + y * a.stride, b.data + y * b.stride,
                columns + 2 * SSIM_RADIUS * channels, room, line);
    for (size_t map = 0; map < 4; ++map)
      filter_line(line + map * room + SSIM_RADIUS * channels, channels, taps, SSIM_RADIUS,
                  scratch + map * plane + y * SSIM_COLUMNS, whole);
  }
  double sums[SSIM_COLUMNS] = {0};
  for (size_t y = 0; y < rows; ++y)
    for (size_t j = 0; j < whole; j += LANES) {
      const float *middle = scratch + (y + SSIM_RADIUS) * SSIM_COLUMNS + j;
      Lanes maps[4];
      for (size_t map = 0; map < 4; ++map)
        maps[map] = filtered(middle + map * plane, SSIM_COLUMNS, taps, SSIM_RADIUS);
      float values[LANES];
      store(values, similarity(maps[0], maps[1], maps[2], maps[3]));
      for (size_t i = 0; i < LANES; ++i) sums[j + i] += static_cast<double>(values[i]);
    }
  double total = 0.0;
  for (size_t j = 0; j < columns; ++j) total += sums[j];
  return total;
}

void filter_tile(const float *in, std::size_t in_stride, float *out, std::size_t out_stride,
                 std::size_t rows, std::size_t columns, std::size_t channels, const float *taps,
                 std::size_t radius, float *scratch) {
  for (size_t y = 0; y < rows + 2 * radius; ++y)
    filter_line(in + y * in_stride + radius * channels, channels, taps, radius,
                scratch + y * color::FILTER_COLUMNS, columns);
  for (size_t y = 0; y < rows; ++y)
    filter_line(scratch + (y + radius) * color::FILTER_COLUMNS, color::FILTER_COLUMNS, taps, radius,
                out + y * out_stride, columns);
}

}  // namespace pochade::POCHADE_ISA
