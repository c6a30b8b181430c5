// Blending: bounds that rule anchors out, and the mixture of those that are left.
//
// The result of a pixel depends on the order of the slots only, never on how many of those beyond
// its reach were looked at: their weight is exactly 0. So vectors of any width give the same bytes.
#include <math.h>

#include "../paint.hpp"
#include "cluster_lanes.hpp"
#include "paint_lanes.hpp"

namespace pochade::POCHADE_ISA {
namespace {

using namespace paint;

inline float larger(float a, float b) { return a > b ? a : b; }

// One block of W pixels against all slots.
struct Block {
  Floats row, col, l, a, b;
};

template <bool TONED>
inline Floats square(const Slots &slots, size_t s, const Block &at) {
  const float *of = slots.data + s;
  const size_t step = slots.stride;
  const Floats dy = sub(at.row, splat(of[row * step])), dx = sub(at.col, splat(of[col * step]));
  const Floats b = splat(of[form_b * step]);
  const Floats ady = add(mul(splat(of[form_a * step]), dy), mul(add(b, b), dx));
  Floats d = add(mul(ady, dy), mul(mul(splat(of[form_c * step]), dx), dx));
  if (TONED) {
    const Floats l = sub(at.l, splat(of[tone_l * step]));
    const Floats u = sub(at.a, splat(of[tone_a * step])), v = sub(at.b, splat(of[tone_b * step]));
    d = add(d, add(add(mul(l, l), mul(u, u)), mul(v, v)));
  }
  return upper(d, splat(0.0f));
}

// The squared distances of the slots that may count, in job.squares; how many those are. The N
// (or, where N is 0, `wanted`) smallest are kept in order; the last of them goes to `last`.
template <int N, bool TONED>
inline size_t measure(const Slots &slots, const Pixels &job, const Block &at, int wanted,
                      Floats &last) {
  const int k = N ? N : wanted;
  Floats best[N ? N : MOST];
  for (int j = 0; j < k; ++j) best[j] = splat(INFINITY);
  float limit = INFINITY;
  size_t s = 0;
  for (; s < slots.n && !(job.low[s] > limit); ++s) {
    Floats d = square<TONED>(slots, s, at);
    store(job.squares + s * W, d);
    if (!bits(less(d, best[k - 1]))) continue;
    for (int j = 0; j < k; ++j) {
      const Floats low = lower(d, best[j]);
      d = upper(d, best[j]);
      best[j] = low;
    }
    // Room for SLACK, LEAST, and the rounding of the bound.
    limit = -lowest(sub(splat(0.0f), best[k - 1])) * 1.001f + 1e-5f;
  }
  last = best[k - 1];
  return s;
}

struct Reach {
  Floats square, inverse;  // beyond this weights are 0; and 1 / distance
};

inline Floats weight(Floats d, const Reach &reach, const Pixels &job) {
  if (job.inverse) {
    const Floats near = upper(root(d), splat(job.touch));
    return without(less(reach.square, d), divide(splat(1.0f), near));
  }
  const Floats left = upper(sub(splat(1.0f), mul(root(d), reach.inverse)), splat(0.0f));
  return divide(mul(left, left), add(d, splat(job.soft)));
}

inline Reach reach_of(Floats last, const Pixels &job) {
  if (job.inverse) return {last, last};
  const Floats far = add(mul(root(last), splat(SLACK)), splat(LEAST));
  return {mul(far, far), divide(splat(1.0f), far)};
}

// Whether the slot counts for any of the pixels.
inline bool counts(Floats d, const Reach &reach, bool inverse) {
  return inverse ? bits(less(reach.square, d)) != (1u << W) - 1 : bits(less(d, reach.square)) != 0;
}

inline void blend_block(const Slots &slots, const Pixels &job, size_t p, size_t n, Reach reach) {
  Floats sum = splat(0.0f), r = sum, g = sum, b = sum;
  const float *rs = slots.field(red), *gs = slots.field(green), *bs = slots.field(blue);
  for (size_t s = 0; s < n; ++s) {
    const Floats d = load(job.squares + s * W);
    if (!counts(d, reach, job.inverse)) continue;
    const Floats w = weight(d, reach, job);
    sum = add(sum, w);
    r = add(r, mul(w, splat(rs[s])));
    g = add(g, mul(w, splat(gs[s])));
    b = add(b, mul(w, splat(bs[s])));
  }
  store(job.colors + p, divide(r, sum));
  store(job.colors + job.count + p, divide(g, sum));
  store(job.colors + 2 * job.count + p, divide(b, sum));
}

// Where to put one more weight: behind the others, or instead of the least of them if that is less;
// `each` for nowhere. More than `each` are above 0 only where the last are about as far.
inline size_t place_for(float weight, const float *weights, size_t used, size_t each) {
  if (used < each) return used;
  size_t least = 0;
  for (size_t j = 1; j < each; ++j)
    if (weights[j] < weights[least]) least = j;
  return weights[least] < weight ? least : each;
}

inline void weigh_block(const Pixels &job, size_t p, size_t n, Reach reach) {
  const size_t each = static_cast<size_t>(job.neighbours);
  size_t used[W];
  for (int i = 0; i < W; ++i) used[i] = 0;
  for (size_t s = 0; s < n; ++s) {
    const Floats d = load(job.squares + s * W);
    if (!counts(d, reach, job.inverse)) continue;
    float of[W];
    store(of, weight(d, reach, job));
    for (int i = 0; i < W; ++i) {
      if (!(of[i] > 0.0f)) continue;
      const size_t first = (p + static_cast<size_t>(i)) * each;
      const size_t at = place_for(of[i], job.weights + first, used[i], each);
      if (at == each) continue;
      job.who[first + at] = static_cast<int32_t>(s);
      job.weights[first + at] = of[i];
      used[i] += at == used[i];
    }
  }
  for (int i = 0; i < W; ++i) {
    float *weights = job.weights + (p + static_cast<size_t>(i)) * each, sum = 0.0f;
    for (size_t j = 0; j < used[i]; ++j) sum += weights[j];
    for (size_t j = 0; j < each; ++j) weights[j] = j < used[i] ? weights[j] / sum : 0.0f;
  }
}

template <int N, bool TONED>
void mix(const Slots &slots, const Pixels &job) {
  for (size_t p = 0; p < job.count; p += W) {
    Block at{load(job.rows + p), load(job.cols + p), splat(0.0f), splat(0.0f), splat(0.0f)};
    if (TONED) {
      at.l = load(job.tones + p);
      at.a = load(job.tones + job.count + p);
      at.b = load(job.tones + 2 * job.count + p);
    }
    Floats last;
    const size_t n = measure<N, TONED>(slots, job, at, job.neighbours, last);
    const Reach reach = reach_of(last, job);
    if (job.colors)
      blend_block(slots, job, p, n, reach);
    else
      weigh_block(job, p, n, reach);
  }
}

}  // namespace

void paint_mix(const Slots &slots, const Pixels &job) {
  if (job.neighbours == 9)
    job.toned ? mix<9, true>(slots, job) : mix<9, false>(slots, job);
  else
    job.toned ? mix<0, true>(slots, job) : mix<0, false>(slots, job);
}

void paint_bounds(const Slots &slots, const Box &box, float *low, float *high) {
  const float *ys = slots.field(row), *xs = slots.field(col), *as = slots.field(form_a);
  const float *bs = slots.field(form_b), *cs = slots.field(form_c);
  const float hy = box.half_rows, hx = box.half_cols;
  for (size_t i = 0; i < slots.n; ++i) {
    const float dy = box.row - ys[i], dx = box.col - xs[i];
    const float square = as[i] * dy * dy + 2.0f * bs[i] * dy * dx + cs[i] * dx * dx;
    const float space = sqrtf(larger(square, 0.0f));
    const float corner =
        sqrtf(as[i] * hy * hy + 2.0f * fabsf(bs[i]) * hy * hx + cs[i] * hx * hx);
    const float inner = larger(space - corner, 0.0f), outer = space + corner;
    low[i] = inner * inner;
    high[i] = outer * outer;
  }
  for (int c = 0; c < 3; ++c) {
    const float *ts = slots.field(tone_l + c);
    const float lowest = box.low[c], highest = box.high[c];
    for (size_t i = 0; i < slots.n; ++i) {
      const float above = ts[i] - highest, below = lowest - ts[i];
      const float outside = larger(larger(above, below), 0.0f);
      const float inside = larger(fabsf(above), fabsf(below));
      low[i] += outside * outside;
      high[i] += inside * inside;
    }
  }
}

// Rounds halves up and clips.
void paint_bytes(const float *colors, size_t plane, size_t n, unsigned char *out) {
  for (int c = 0; c < 3; ++c) {
    const float *in = colors + static_cast<size_t>(c) * plane;
    for (size_t i = 0; i < n; ++i) {
      float v = in[i] + 0.5f;
      v = v > 0.0f ? v : 0.0f;
      v = v < 255.0f ? v : 255.0f;
      out[3 * i + static_cast<size_t>(c)] = static_cast<unsigned char>(static_cast<int>(v));
    }
  }
}

}  // namespace pochade::POCHADE_ISA
