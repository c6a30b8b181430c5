// Points to rows, boxes and moments of blocks, and the trials of k-means++. Compiled once per
// instruction set.
#include "../cluster_kernels.hpp"
#include "cluster_lanes.hpp"

namespace pochade {
namespace POCHADE_ISA {
namespace {

constexpr float kGrow = 1.000001f;    // rounds half widths up
constexpr float kShrink = 0.999996f;  // rounds a lower bound on a squared distance down

// Middle and half width of [low, high], the half width rounded up so that the box covers both.
inline void put_box(float low, float high, float *middle, float *half) {
  const float m = low * 0.5f + high * 0.5f;
  const float a = m - low, b = high - m;
  *middle = m;
  *half = (a > b ? a : b) * kGrow;
}

void range_of(const float *x, int count, float *low, float *high) {
  Floats a = load(x), b = a;
  for (int i = W; i < count; i += W) {
    a = lower(a, load(x + i));
    b = upper(b, load(x + i));
  }
  float lo[W], hi[W];
  store(lo, a);
  store(hi, b);
  for (int i = 1; i < W; ++i) {
    if (lo[i] < lo[0]) lo[0] = lo[i];
    if (hi[i] > hi[0]) hi[0] = hi[i];
  }
  *low = lo[0];
  *high = hi[0];
}

// Sums of 64 values in eight strands, joined in a fixed order: the same bits at any width.
constexpr int S = 8;
inline double join(const double *a) {
  return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

inline double sum_products(const double *a, const double *b) {
  double acc[S] = {0};
  for (int i = 0; i < kBlock; i += S)
    for (int l = 0; l < S; ++l) acc[l] += a[i + l] * b[i + l];
  return join(acc);
}

void block_moments(const CloudView &c, std::size_t block, double *m) {
  double one[kBlock], w[kBlock], v[kFastDims][kBlock], wv[kBlock];
  const std::size_t at = block * kBlock;
  for (int i = 0; i < kBlock; ++i) {
    one[i] = 1;
    w[i] = c.w[at + i];
  }
  m[0] = sum_products(w, one);
  double *second = m + 1 + c.d;
  for (int e = 0; e < c.d; ++e) {
    double *own = v[c.d <= kFastDims ? e : 0];
    for (int i = 0; i < kBlock; ++i) {
      own[i] = c.x[e * c.padded + at + i] - c.origin[e];
      wv[i] = w[i] * own[i];
    }
    m[1 + e] = sum_products(wv, one);
    if (c.d <= kFastDims)
      for (int f = 0; f <= e; ++f) *second++ = sum_products(wv, v[f]);
    else
      second[e] = sum_products(wv, own);
  }
}

// Lower bound of the squared distance between a box and a point.
inline float box_distance(const float *box, int d, const float *p) {
  float s = 0;
  for (int e = 0; e < d; ++e) {
    float t = p[e] - box[e];
    t = (t < 0 ? -t : t) - box[d + e];
    if (t > 0) s += t * t;
  }
  return s * kShrink - 1e-35f;
}

constexpr std::size_t kPiece = 512;  // points copied while they are in the nearest cache

template <int D, class Source>
void copy_piece(const Source *from, std::size_t count, int dims, float *to, std::size_t padded) {
  const int d = D ? D : dims;
  if (D) {
    for (std::size_t i = 0; i < count; ++i)
      for (int e = 0; e < D; ++e) to[e * padded + i] = static_cast<float>(from[i * D + e]);
    return;
  }
  for (int e = 0; e < d; ++e)
    for (std::size_t i = 0; i < count; ++i)
      to[e * padded + i] = static_cast<float>(from[i * d + e]);
}

template <class Source>
void load_any(LoadTask &t, const Source *from) {
  t.finite = true;
  for (std::size_t first = 0; first < t.n; first += kPiece) {
    const std::size_t count = t.n - first < kPiece ? t.n - first : kPiece;
    const Source *piece = from + first * t.d;
    float *to = t.x + first;
    if (t.d == 3) copy_piece<3>(piece, count, 3, to, t.padded);
    else if (t.d == 4) copy_piece<4>(piece, count, 4, to, t.padded);
    else copy_piece<0>(piece, count, t.d, to, t.padded);
    for (int e = 0; e < t.d; ++e) {
      float *row = to + e * t.padded;
      std::size_t filled = count;
      for (; filled % W; ++filled) row[filled] = row[count - 1];  // stays inside the padding
      for (std::size_t i = 0; i < filled; i += W) {
        const Floats v = load(row + i), zero = sub(v, v);
        if (bits(same(zero, zero)) != (1u << W) - 1) t.finite = false;
      }
      float low, high;
      range_of(row, int(filled), &low, &high);
      if (first == 0 || low < t.low[e]) t.low[e] = low;
      if (first == 0 || high > t.high[e]) t.high[e] = high;
    }
  }
}

}  // namespace

void load_points(LoadTask &t) {
  if (t.bytes) load_any(t, t.bytes);
  else load_any(t, t.floats);
}

void prepare(const CloudView &c, float *block_box, float *quad_box, float *super_box,
             double *moments, std::size_t first_super, std::size_t last_super) {
  const int d = c.d;
  for (std::size_t s = first_super; s < last_super; ++s) {
    const std::size_t first = s * kSuperBlocks;
    const std::size_t last = first + kSuperBlocks < c.blocks ? first + kSuperBlocks : c.blocks;
    for (int e = 0; e < d; ++e) {
      float low = 0, high = 0, quad_low = 0, quad_high = 0;
      for (std::size_t b = first; b < last; ++b) {
        float lo, hi;
        range_of(c.x + e * c.padded + b * kBlock, kBlock, &lo, &hi);
        put_box(lo, hi, block_box + b * 2 * d + e, block_box + b * 2 * d + d + e);
        const bool opens = b % kQuadBlocks == 0;
        if (opens || lo < quad_low) quad_low = lo;
        if (opens || hi > quad_high) quad_high = hi;
        float *quad = quad_box + b / kQuadBlocks * 2 * d + e;
        if (b + 1 == last || (b + 1) % kQuadBlocks == 0) put_box(quad_low, quad_high, quad, quad + d);
        if (b == first || lo < low) low = lo;
        if (b == first || hi > high) high = hi;
      }
      put_box(low, high, super_box + s * 2 * d + e, super_box + s * 2 * d + d + e);
    }
    for (std::size_t b = first; b < last; ++b) block_moments(c, b, moments + b * c.moments);
  }
}

void seed(SeedTask &t) {
  const CloudView &c = t.cloud;
  t.gain = 0;
  for (std::size_t b = t.first_block; b < t.last_block; ++b) {
    if (box_distance(c.block_box + b * 2 * c.d, c.d, t.center) >= t.farthest[b]) continue;
    float *old = t.distance + b * kBlock;
    float now[kBlock];
    for (int i = 0; i < kBlock; i += W) {
      Floats d = splat(0.0f);
      for (int e = 0; e < c.d; ++e) {
        const Floats v = sub(load(c.x + e * c.padded + b * kBlock + i), splat(t.center[e]));
        d = add(d, mul(v, v));
      }
      store(now + i, lower(d, load(old + i)));
    }
    const float *w = c.w + b * kBlock;
    double acc[S] = {0};
    for (int i = 0; i < kBlock; i += S)
      for (int l = 0; l < S; ++l) acc[l] += double(w[i + l]) * double(now[i + l]);
    const double potential = join(acc);
    t.gain += t.potential[b] - potential;
    if (!t.commit) continue;
    t.potential[b] = potential;
    float low, high;
    range_of(now, kBlock, &low, &high);
    t.farthest[b] = high;
    for (int i = 0; i < kBlock; i += W) store(old + i, load(now + i));
  }
}

}  // namespace POCHADE_ISA
}  // namespace pochade
