// Nearest centres of a chunk of points, with exact block pruning, and the changes of the
// clusters' moments. Compiled once per instruction set; see cluster_kernels.hpp for the data.
//
// Pruning (Pelleg and Moore 1999, "Accelerating exact k-means with geometric reasoning"): over a
// box, centre j can be nowhere nearest when some centre s is nearer at the corner of the box that
// lies farthest towards j. s is the centre nearest to the middle of the box. The test leaves room
// for every rounding error, so labels are those of brute force: the smallest float32
// ((x0-c0)^2 + (x1-c1)^2) + ..., ties to the lowest index.
#include "../cluster_kernels.hpp"
#include "cluster_lanes.hpp"

namespace pochade {
namespace POCHADE_ISA {
namespace {

constexpr std::uint64_t kEveryPoint = ~std::uint64_t(0) >> (64 - kBlock);
constexpr float kFar = 1e18f;        // coordinate of list padding; clouds stay below 1e15
constexpr float kNone = 3.4e38f;     // a distance larger than any
constexpr float kSlack = 4e-6f;      // room for rounding in the pruning test
constexpr float kTiny = 1e-35f;      // and for products that lose digits near the end of the range

template <int D>
inline Floats squared_distance(const Floats *p, const Floats *c) {
  Floats s = sub(p[0], c[0]);
  s = mul(s, s);
  for (int e = 1; e < D; ++e) {
    const Floats t = sub(p[e], c[e]);
    s = add(s, mul(t, t));
  }
  return s;
}

// Position in `norms` of its smallest value.
inline int argmin(const float *norms, int count) {
  Floats best = splat(kNone);
  for (int j = 0; j < count; j += W) best = lower(best, load(norms + j));
  const Floats least = splat(lowest(best));
  for (int j = 0;; j += W) {
    const unsigned hit = bits(same(load(norms + j), least));
    if (hit) return j + first_bit(hit);
  }
}

// The pruning test against one centre: keep j where norms[j] - 2 sum h |c_j - s| <= limit.
template <int D>
struct Rival {
  Floats c[D], h[D], limit;
  Rival(const CenterList &list, int s, const float *norms, const float *box) {
    float reach = 0;
    for (int e = 0; e < D; ++e) {
      c[e] = splat(list.x[e * list.stride + s]);
      h[e] = splat(2 * box[D + e]);
      reach += box[D + e] * box[D + e];
    }
    limit = splat(norms[s] + kSlack * (norms[s] + reach) + kTiny);
  }
  Mask keeps(const Floats *x, Floats norm) const {
    Floats t = mul(norm, splat(1 - kSlack));
    for (int e = 0; e < D; ++e) t = sub(t, mul(h[e], absolute(sub(x[e], c[e]))));
    return less(t, limit);
  }
};

template <int D>
inline void append(CenterList &out, const CenterList &in, int j, unsigned keep) {
#ifdef POCHADE_COMPRESS
  const Mask mask = Mask(keep);
  for (int e = 0; e < D; ++e)
    compress(out.x + e * out.stride + out.count, mask, load(in.x + e * in.stride + j));
  compress(out.id + out.count, mask, load(in.id + j));
  out.count += int(_mm_popcnt_u32(keep));
#else
  for (; keep; keep &= keep - 1) {
    const int i = j + first_bit(keep);
    for (int e = 0; e < D; ++e) out.x[e * out.stride + out.count] = in.x[e * in.stride + i];
    out.id[out.count++] = in.id[i];
  }
#endif
}

template <int D>
inline void pad(CenterList &list) {
  for (int e = 0; e < D; ++e)
    for (int j = 0; j < 16; j += W) store(list.x + e * list.stride + list.count + j, splat(kFar));
}

// Centres of `in` that may be nearest (two: or second nearest) to some point of the box.
template <int D>
void prune(const CenterList &in, const float *box, bool two, float *norms, CenterList &out) {
  Floats middle[D];
  for (int e = 0; e < D; ++e) middle[e] = splat(box[e]);
  for (int j = 0; j < in.count; j += W) {
    Floats x[D];
    for (int e = 0; e < D; ++e) x[e] = load(in.x + e * in.stride + j);
    store(norms + j, squared_distance<D>(x, middle));
  }
  const int s = argmin(norms, in.count);
  const Rival<D> first(in, s, norms, box);
  int s2 = s;
  if (two && in.count > 1) {
    const float kept = norms[s];
    norms[s] = kNone;
    s2 = argmin(norms, in.count);
    norms[s] = kept;
  }
  const Rival<D> second(in, s2, norms, box);
  out.count = 0;
  const unsigned all = (1u << W) - 1;
  for (int j = 0; j < in.count; j += W) {
    Floats x[D];
    for (int e = 0; e < D; ++e) x[e] = load(in.x + e * in.stride + j);
    const Floats norm = load(norms + j);
    unsigned keep = bits(first.keeps(x, norm)) & all;
    if (two) keep |= bits(second.keeps(x, norm)) & all;
    if (keep) append<D>(out, in, j, keep);
  }
  pad<D>(out);
}

struct BlockResult {
  std::int32_t label[kBlock];
  float d1[kBlock], d2[kBlock];
};

// Brute force over a list of centres for one block; labels are positions' ids.
template <int D, bool TWO>
void nearest(const CloudView &cloud, std::size_t at, const CenterList &list, BlockResult &out) {
  constexpr int T = W == 16 ? kBlock / 16 : 2;
  for (int i = 0; i < kBlock; i += T * W) {
    Floats x[T][D], b[T], s[T];
    Ints l[T];
    for (int t = 0; t < T; ++t) {
      for (int e = 0; e < D; ++e) x[t][e] = load(cloud.x + e * cloud.padded + at + i + t * W);
      b[t] = s[t] = splat(kNone);
      l[t] = splat(std::int32_t(0));
    }
    for (int j = 0; j < list.count; ++j) {
      Floats c[D];
      for (int e = 0; e < D; ++e) c[e] = splat(list.x[e * list.stride + j]);
      const Ints id = splat(list.id[j]);
      for (int t = 0; t < T; ++t) {
        const Floats d = squared_distance<D>(x[t], c);
        l[t] = choose(less(d, b[t]), id, l[t]);
        if (TWO) s[t] = lower(s[t], upper(b[t], d));
        b[t] = lower(b[t], d);
      }
    }
    for (int t = 0; t < T; ++t) {
      store(out.label + i + t * W, l[t]);
      store(out.d1 + i + t * W, b[t]);
      if (TWO) store(out.d2 + i + t * W, s[t]);
    }
  }
}

// The same for any number of dimensions.
template <bool TWO>
void nearest_any(const CloudView &cloud, std::size_t at, const CenterList &list, BlockResult &out) {
  for (int i = 0; i < kBlock; i += W) {
    Floats b = splat(kNone), s = b;
    Ints l = splat(std::int32_t(0));
    for (int j = 0; j < list.count; ++j) {
      Floats d = splat(0.0f);
      for (int e = 0; e < cloud.d; ++e) {
        const Floats t = sub(load(cloud.x + e * cloud.padded + at + i),
                             splat(list.x[e * list.stride + j]));
        d = add(d, mul(t, t));
      }
      l = choose(less(d, b), splat(list.id[j]), l);
      if (TWO) s = lower(s, upper(b, d));
      b = lower(b, d);
    }
    store(out.label + i, l);
    store(out.d1 + i, b);
    if (TWO) store(out.d2 + i, s);
  }
}

// Moments of one point about the origin, in the order of moment_count().
template <int D>
inline void point_moments(const CloudView &cloud, std::size_t i, double *m) {
  const int d = D ? D : cloud.d;
  const double w = cloud.w[i];
  m[0] = w;
  double *second = m + 1 + d;
  for (int e = 0; e < d; ++e) {
    const double v = cloud.x[e * cloud.padded + i] - cloud.origin[e];
    m[1 + e] = w * v;
    if (D)
      for (int f = 0; f <= e; ++f)
        *second++ = m[1 + e] * (cloud.x[f * cloud.padded + i] - cloud.origin[f]);
    else
      second[e] = m[1 + e] * v;
  }
}

template <int D>
inline int moments_of(const CloudView &cloud) {
  return D ? 1 + D + D * (D + 1) / 2 : cloud.moments;
}

template <int D>
constexpr int m_of() {
  return 1 + D + D * (D + 1) / 2;
}

// a += sign v, all loads before all stores so that the compiler may use vectors.
template <int M>
inline void add_row(double *a, const double *v, double sign) {
  double s[M];
  for (int e = 0; e < M; ++e) s[e] = a[e] + sign * v[e];
  for (int e = 0; e < M; ++e) a[e] = s[e];
}

// Moves one point's moments from cluster `from` (none when negative) to cluster `to`.
template <int D>
inline void move_point(AssignTask &t, std::size_t i, std::int32_t from, std::int32_t to) {
  const int m = moments_of<D>(t.cloud);
  double *into = t.deltas + std::size_t(to) * m;
  if (D) {
    double v[1 + kFastDims + kFastDims * (kFastDims + 1) / 2];
    point_moments<D>(t.cloud, i, v);
    add_row<m_of<D>()>(into, v, 1.0);
    if (from >= 0) add_row<m_of<D>()>(t.deltas + std::size_t(from) * m, v, -1.0);
    return;
  }
  const int d = t.cloud.d;
  const double w = t.cloud.w[i];
  double *out = from < 0 ? nullptr : t.deltas + std::size_t(from) * m;
  into[0] += w;
  if (out) out[0] -= w;
  for (int e = 0; e < d; ++e) {
    const double v = t.cloud.x[e * t.cloud.padded + i] - t.cloud.origin[e];
    into[1 + e] += w * v;
    into[1 + d + e] += w * v * v;
    if (!out) continue;
    out[1 + e] -= w * v;
    out[1 + d + e] -= w * v * v;
  }
}

// The whole block now has one label.
template <int D>
void set_pure(AssignTask &t, std::size_t b, std::int32_t id) {
  const std::int32_t old = t.pure[b];
  if (old == id) return;
  t.pure[b] = id;
  if (!t.deltas) return;
  const int m = moments_of<D>(t.cloud);
  if (old == kMixed) {
    for (std::size_t i = b * kBlock; i < (b + 1) * kBlock; ++i) {
      if (t.labels[i] == id) continue;
      move_point<D>(t, i, t.labels[i], id);
      ++t.changed;
    }
    return;
  }
  t.changed += kBlock;
  const double *own = t.cloud.block_moments + b * m;
  double *into = t.deltas + std::size_t(id) * m;
  for (int e = 0; e < m; ++e) into[e] += own[e];
  if (old < 0) return;
  double *out = t.deltas + std::size_t(old) * m;
  for (int e = 0; e < m; ++e) out[e] -= own[e];
}

// One bit per point whose label differs from `label` or, when that is null, from `same_label`.
inline std::uint64_t differing(const std::int32_t *now, const std::int32_t *label,
                               std::int32_t same_label) {
  std::uint64_t mask = 0;
  for (int i = 0; i < kBlock; i += W)
    mask |= std::uint64_t(different(load(now + i), label ? load(label + i) : splat(same_label))) << i;
  return mask;
}

template <int D>
void set_mixed(AssignTask &t, std::size_t b, const BlockResult &now) {
  const std::int32_t old = t.pure[b];
  std::int32_t *label = t.labels + b * kBlock;
  std::uint64_t mask =
      old == kUnknown ? kEveryPoint : differing(now.label, old == kMixed ? label : nullptr, old);
  if (!mask) return;
  t.pure[b] = kMixed;
  if (t.deltas)
    for (; mask; mask &= mask - 1) {
      const int i = first_bit(mask);
      const std::int32_t from = old == kMixed ? label[i] : old;
      move_point<D>(t, b * kBlock + i, from, now.label[i]);
      ++t.changed;
    }
  for (int i = 0; i < kBlock; i += W) store(label + i, load(now.label + i));
}

void add_costs(AssignTask &t, std::size_t b, const BlockResult &now) {
  const float *w = t.cloud.w + b * kBlock;
  for (int i = 0; i < kBlock; ++i)
    t.costs[std::size_t(now.label[i]) * kStrands + i % kStrands] +=
        double(w[i]) * (double(now.d2[i]) - double(now.d1[i]));
}

template <int D>
void do_block(AssignTask &t, std::size_t b, const CenterList &list) {
  BlockResult now;
  if (list.count == 1 && !t.costs) {
    set_pure<D>(t, b, list.id[0]);
    if (!t.nearest) return;
  }
  if constexpr (D == 0) {
    if (t.costs) nearest_any<true>(t.cloud, b * kBlock, list, now);
    else nearest_any<false>(t.cloud, b * kBlock, list, now);
  } else {
    if (t.costs) nearest<D, true>(t.cloud, b * kBlock, list, now);
    else nearest<D, false>(t.cloud, b * kBlock, list, now);
  }
  if (differing(now.label, nullptr, now.label[0])) set_mixed<D>(t, b, now);
  else set_pure<D>(t, b, now.label[0]);
  if (t.costs) add_costs(t, b, now);
  if (t.nearest)
    for (int i = 0; i < kBlock; i += W) store(t.nearest + b * kBlock + i, load(now.d1 + i));
}

inline CenterList carve(float *&at, int d, std::size_t stride) {
  CenterList list{at, reinterpret_cast<std::int32_t *>(at + d * stride), stride, 0};
  at += (d + 1) * stride;
  return list;
}

template <int D>
void run(AssignTask &t) {
  const CloudView &cloud = t.cloud;
  float *at = t.scratch;
  CenterList wide{}, middle{}, narrow{};
  float *norms = nullptr;
  if constexpr (D > 0) {
    wide = carve(at, D, t.centers.stride);
    middle = carve(at, D, t.centers.stride);
    narrow = carve(at, D, t.centers.stride);
    norms = at;
  }
  const bool two = t.costs != nullptr;
  for (std::size_t b = t.first_super * kSuperBlocks;
       b < t.last_super * kSuperBlocks && b < cloud.blocks; ++b) {
    if constexpr (D == 0) {
      do_block<D>(t, b, t.centers);
    } else {
      if (b % kSuperBlocks == 0)
        prune<D>(t.centers, cloud.super_box + b / kSuperBlocks * 2 * D, two, norms, wide);
      if (b % kQuadBlocks == 0)
        prune<D>(wide, cloud.quad_box + b / kQuadBlocks * 2 * D, two, norms, middle);
      if (middle.count > 1) prune<D>(middle, cloud.block_box + b * 2 * D, two, norms, narrow);
      do_block<D>(t, b, middle.count > 1 ? narrow : middle);
    }
  }
}

}  // namespace

void assign(AssignTask &t) {
  t.changed = 0;
  switch (t.cloud.d) {
    case 1: return run<1>(t);
    case 2: return run<2>(t);
    case 3: return run<3>(t);
    case 4: return run<4>(t);
    default: return run<0>(t);
  }
}

}  // namespace POCHADE_ISA
}  // namespace pochade
