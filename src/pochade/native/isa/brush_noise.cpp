// Rows of noise and of woven threads. Nothing with external linkage may come from a header here: it
// would be compiled for one machine and used on another.
#if defined(__GNUC__) && !defined(__clang__)
// Nobody reads the processor's flags of exceptions; with this, choices become vectors. The numbers
// stay the same.
#pragma GCC optimize("no-trapping-math")
#endif

#include <math.h>
#include <stdint.h>

#include "../brush.hpp"

namespace pochade::POCHADE_ISA {

namespace {

// 0 at whole numbers, 1 halfway, without a library's sine.
inline float hump(float t) {
  t = t - floorf(t);
  return 4.0f * t * (1.0f - t);
}

}  // namespace

void brush_clouds(const brush::Row &row, int octaves, uint32_t seed) {
  const float y = (static_cast<float>(row.row) + 0.5f) / row.size;
  const int left = static_cast<int>(row.left), n = static_cast<int>(row.n);
  float *out = row.out;
  for (int i = 0; i < n; ++i) out[i] = 0.0f;
  // Octave by octave, each from the place itself: turned by the powers of (0.8, 0.6) and stretched.
  float a = 1.0f, b = 0.0f, weight = 1.0f, all = 0.0f;
  for (int octave = 0; octave < octaves; ++octave) {
    const uint32_t number = seed + static_cast<uint32_t>(octave);
    const float ay = a * y, by = b * y;
    for (int i = 0; i < n; ++i) {
      const float x = (static_cast<float>(left + i) + 0.5f) / row.size;
      out[i] += weight * brush::value_noise(a * x + by, ay - b * x, number);
    }
    all += weight;
    weight *= 0.5f;
    const float turned = 1.624f * a - 1.218f * b;
    b = 1.624f * b + 1.218f * a;
    a = turned;
  }
  for (int i = 0; i < n; ++i) out[i] /= all;
}

void brush_weave(const brush::Row &row, uint32_t seed) {
  const float y = (static_cast<float>(row.row) + 0.5f) / row.size;
  const int left = static_cast<int>(row.left), n = static_cast<int>(row.n);
  for (int i = 0; i < n; ++i) {
    const float x = (static_cast<float>(left + i) + 0.5f) / row.size;
    // No thread is quite straight, and no two are equally thick.
    const float bow = 1.2f * (brush::value_noise(0.11f * x, 0.11f * y, seed) - 0.5f);
    const float px = x + bow, py = y - bow;
    const int ix = static_cast<int>(floorf(px)), iy = static_cast<int>(floorf(py));
    const float over = hump(px), under = hump(py);
    const float warp = (0.35f + 0.65f * under) * over * (0.5f + brush::lattice(ix, 7, seed + 1u));
    const float weft = (0.35f + 0.65f * over) * under * (0.5f + brush::lattice(iy, 9, seed + 2u));
    const float odd = static_cast<float>((ix + iy) & 1);
    row.out[i] = weft + odd * (warp - weft);
  }
}

}  // namespace pochade::POCHADE_ISA
