// Separable filters over tiles: the blur of the eye, the windows of SSIM; and squared error.
#include <string.h>

#include "../color.hpp"

namespace pochade::POCHADE_ISA {
namespace {

using color::Bytes;
using color::SSIM_COLUMNS;
using color::SSIM_RADIUS;
using color::SSIM_ROWS;

// As wide as the registers; results do not depend on it, for lanes never mix.
#if defined(POCHADE_ISA_v4)
constexpr size_t LANES = 16;
#elif defined(POCHADE_ISA_v3)
constexpr size_t LANES = 8;
#else
constexpr size_t LANES = 4;
#endif
constexpr float C1 = 6.5025f, C2 = 58.5225f;  // (0.01 x 255)^2 and (0.03 x 255)^2

// Neighbouring floats, and the same at any address.
#if defined(__GNUC__) || defined(__clang__)
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float Anywhere __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
#else
struct Lanes {
  float v[LANES];
};
typedef Lanes Anywhere;
#define POCHADE_LANES(op)                                                            \
  inline Lanes operator op(const Lanes &a, const Lanes &b) {                         \
    Lanes result;                                                                    \
    for (size_t i = 0; i < LANES; ++i) result.v[i] = a.v[i] op b.v[i];               \
    return result;                                                                   \
  }                                                                                  \
  inline Lanes operator op(const Lanes &a, float b) {                                \
    Lanes result;                                                                    \
    for (size_t i = 0; i < LANES; ++i) result.v[i] = a.v[i] op b;                    \
    return result;                                                                   \
  }
POCHADE_LANES(+)
POCHADE_LANES(-)
POCHADE_LANES(*)
POCHADE_LANES(/)
#undef POCHADE_LANES
#endif

inline const Anywhere &at(const float *from) { return *reinterpret_cast<const Anywhere *>(from); }
inline Anywhere &at(float *to) { return *reinterpret_cast<Anywhere *>(to); }

// LANES neighbouring results of symmetric taps, `step` floats apart, from the middle outwards.
inline void filtered(const float *middle, size_t step, const float *taps, size_t radius,
                     Anywhere &out) {
  Lanes sum = at(middle) * taps[radius];
  for (size_t i = 1; i <= radius; ++i)
    sum = sum + (at(middle - i * step) + at(middle + i * step)) * taps[radius + i];
  out = sum;
}

// As `filtered`, four times as many at once, so that additions do not wait for each other.
inline void filtered4(const float *middle, size_t step, const float *taps, size_t radius,
                      float *out) {
  const float first = taps[radius];
  Lanes s0 = at(middle) * first, s1 = at(middle + LANES) * first;
  Lanes s2 = at(middle + 2 * LANES) * first, s3 = at(middle + 3 * LANES) * first;
  for (size_t i = 1; i <= radius; ++i) {
    const float tap = taps[radius + i];
    const float *a = middle - i * step, *b = middle + i * step;
    s0 = s0 + (at(a) + at(b)) * tap;
    s1 = s1 + (at(a + LANES) + at(b + LANES)) * tap;
    s2 = s2 + (at(a + 2 * LANES) + at(b + 2 * LANES)) * tap;
    s3 = s3 + (at(a + 3 * LANES) + at(b + 3 * LANES)) * tap;
  }
  at(out) = s0;
  at(out + LANES) = s1;
  at(out + 2 * LANES) = s2;
  at(out + 3 * LANES) = s3;
}

// n results of one row of taps; never reads beyond what a scalar loop would.
void filter_line(const float *middle, size_t step, const float *taps, size_t radius, float *out,
                 size_t n) {
  size_t j = 0;
  for (; j + 4 * LANES <= n; j += 4 * LANES) filtered4(middle + j, step, taps, radius, out + j);
  for (; j + LANES <= n; j += LANES) filtered(middle + j, step, taps, radius, at(out + j));
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
inline void similarity(const Anywhere (&maps)[4], Anywhere &out) {
  const Lanes p = maps[0], m = maps[1], pp = maps[2], mm = maps[3];
  const Lanes var_p = (pp - p * p) * 0.5f, var_m = (mm - m * m) * 0.5f;
  const Lanes sum = p + 255.0f;
  const Lanes sum2 = sum * sum * 0.5f, gap2 = m * m * 0.5f;
  out = ((sum2 - gap2 + C1) * (var_p - var_m + C2)) / ((sum2 + gap2 + C1) * (var_p + var_m + C2));
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
      Anywhere maps[4];
      for (size_t map = 0; map < 4; ++map)
        filtered(middle + map * plane, SSIM_COLUMNS, taps, SSIM_RADIUS, maps[map]);
      float values[LANES];
      similarity(maps, at(values));
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
