// One stroke on one tile. The loop over a row has no branches, so that it becomes vectors.
// Nothing with external linkage may come from a header here: it would be compiled for one machine and
// used on another.
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

using brush::clamp01;

#if defined(_MSC_VER)
#define POCHADE_ALONE __restrict
#else
#define POCHADE_ALONE __restrict__
#endif

// Narrows [low, high] to where |slope * x + shift| <= limit.
inline void narrow(float slope, float shift, float limit, float &low, float &high) {
  if (fabsf(slope) < 1e-4f) {
    if (fabsf(shift) > limit + 1.0f) high = low;
    return;
  }
  const float a = (-limit - shift) / slope, b = (limit - shift) / slope;
  const float near = a < b ? a : b, far = a < b ? b : a;
  low = near > low ? near : low;
  high = far < high ? far : high;
}

}  // namespace

void brush_mark(const brush::Mark &mark, const brush::Tile &tile, const float *POCHADE_ALONE hairs) {
  constexpr size_t TILE = brush::TILE;
  constexpr int ROW = static_cast<int>(brush::SIDE) + 1, MASK = static_cast<int>(brush::SIDE) - 1;
  const brush::Mark m = mark;
  const float sag = 0.5f * fabsf(m.bend) * m.length * m.length, half_bend = 0.5f * m.bend;
  const float per_width = 1.0f / m.width, per_length = 1.0f / m.length;
  const float per_feather = 1.0f / m.feather, per_end = 1.0f / (m.feather + 0.25f * m.width);
  const float limit = m.tolerance * m.tolerance, per_limit = limit > 0.0f ? 2.0f / limit : 0.0f;
  const float y0 = static_cast<float>(tile.top) + 0.5f, x0 = static_cast<float>(tile.left) + 0.5f;
  const float reach = fabsf(m.sine) * m.length + fabsf(m.cosine) * (m.width + sag) + 1.0f;
  const float first = m.row - reach - y0, last = m.row + reach - y0 + 1.0f;
  const auto clip = [](float v, size_t top) {
    const float most = static_cast<float>(top);
    return static_cast<int>(v < 0.0f ? 0.0f : v > most ? most : v);
  };
  const int begin = clip(first, tile.rows), end = clip(last, tile.rows);
  for (int y = begin; y < end; ++y) {
    const float dy = y0 + static_cast<float>(y) - m.row;
    float low = -1e9f, high = 1e9f;
    narrow(m.cosine, dy * m.sine, m.length, low, high);
    narrow(-m.sine, dy * m.cosine, m.width + sag, low, high);
    const int from = clip(low + m.col - x0 - 1.0f, tile.cols);
    const int to = clip(high + m.col - x0 + 2.0f, tile.cols);
    float *POCHADE_ALONE red = tile.planes + static_cast<size_t>(y) * TILE;
    float *POCHADE_ALONE green = red + TILE * TILE, *POCHADE_ALONE blue = red + 2 * TILE * TILE;
    float *POCHADE_ALONE body = red + 3 * TILE * TILE;
    const float *POCHADE_ALONE aim_red = red + 4 * TILE * TILE;
    const float *POCHADE_ALONE aim_green = red + 5 * TILE * TILE;
    const float *POCHADE_ALONE aim_blue = red + 6 * TILE * TILE;
    const float u_row = dy * m.sine, v_row = dy * m.cosine;
    for (int x = from; x < to; ++x) {
      const float dx = x0 + static_cast<float>(x) - m.col;
      const float u = dx * m.cosine + u_row;
      const float away = m.length - fabsf(u);
      const float v = v_row - dx * m.sine - half_bend * u * u;
      const float inside = m.width - fabsf(v);
      // A stroke keeps clear of what has another colour.
      const float r = aim_red[x] - m.color[0], g = aim_green[x] - m.color[1];
      const float b = aim_blue[x] - m.color[2];
      const float near = clamp01(2.0f - (0.25f * r * r + 0.5f * g * g + 0.25f * b * b) * per_limit);
      const float side = v * per_width, way = u * per_length;
      const float at_row = m.at_row + side * m.across;
      const float at_col = m.at_col + u * per_width * m.along;
      const float fy = floorf(at_row), fx = floorf(at_col);
      const int cell = (static_cast<int>(fy) & MASK) * ROW + (static_cast<int>(fx) & MASK);
      const float ty = at_row - fy, tx = at_col - fx;
      const float upper = hairs[cell] + (hairs[cell + 1] - hairs[cell]) * tx;
      const float lower = hairs[cell + ROW] + (hairs[cell + ROW + 1] - hairs[cell + ROW]) * tx;
      const float bristle = upper + (lower - upper) * ty;
      // The end is round, and every hair ends somewhere else.
      const float square = side * side, cap = m.cap * square * (0.5f + 0.5f * square * square);
      const float tip = away - m.width * (cap + 0.5f * m.bristle * (1.0f - bristle));
      // Paint runs out along the way: what lies between the hairs stays bare.
      const float dry = m.bristle * (0.5f + 0.5f * way);
      const float alpha = clamp01(inside * per_feather) * clamp01(tip * per_end) *
                          clamp01(1.0f - dry * dry * (2.2f - 3.4f * bristle)) *
                          (m.opacity * near);
      const float shift = m.streak * (bristle - 0.5f);
      red[x] += alpha * (m.color[0] + shift - red[x]);
      green[x] += alpha * (m.color[1] + shift - green[x]);
      blue[x] += alpha * (m.color[2] + shift - blue[x]);
      // Hairs leave furrows and push paint to the sides.
      const float thick = m.thickness * (0.55f + 0.3f * square + m.bristle * (bristle - 0.5f));
      body[x] += alpha * (thick - body[x]);
    }
  }
}

}  // namespace pochade::POCHADE_ISA
