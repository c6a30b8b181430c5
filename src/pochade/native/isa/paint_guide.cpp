// Guides: total variation smoothing, and enlarging with crisp edges.
#include <math.h>
#include <string.h>

#include "../paint.hpp"
#include "cluster_lanes.hpp"
#include "paint_lanes.hpp"

#if defined(_MSC_VER)
#define POCHADE_ALONE __restrict
#else
#define POCHADE_ALONE __restrict__
#endif

namespace pochade::POCHADE_ISA {
namespace {

using namespace paint;

inline float larger(float a, float b) { return a > b ? a : b; }
inline float smaller(float a, float b) { return a < b ? a : b; }
inline size_t smaller_size(size_t a, size_t b) { return a < b ? a : b; }

// u = lab + strength * divergence(dual) for one row of one channel. `down` and `right` are the two
// parts of the dual, `above` the row before of `down`, or null.
void primal(const float *POCHADE_ALONE lab, const float *POCHADE_ALONE down,
            const float *POCHADE_ALONE above, const float *POCHADE_ALONE right, size_t width,
            float strength, float *POCHADE_ALONE out) {
  if (above)
    for (size_t x = 1; x < width; ++x)
      out[x] = lab[x] + strength * (((down[x] + right[x]) - above[x]) - right[x - 1]);
  else
    for (size_t x = 1; x < width; ++x)
      out[x] = lab[x] + strength * ((down[x] + right[x]) - right[x - 1]);
  out[0] = lab[0] + strength * ((down[0] + right[0]) - (above ? above[0] : 0.0f));
}

// One row of the dual: a step along the gradient, back into the unit ball of all six together, and
// a look ahead.
void renew(const float *const *u, const float *const *below, const float *const *ahead,
           float *const *dual, float *const *next, size_t width, float step, float momentum) {
  const float *POCHADE_ALONE u0 = u[0], *POCHADE_ALONE u1 = u[1], *POCHADE_ALONE u2 = u[2];
  const float *POCHADE_ALONE v0 = below[0], *POCHADE_ALONE v1 = below[1];
  const float *POCHADE_ALONE v2 = below[2];
  const float *POCHADE_ALONE a0 = ahead[0], *POCHADE_ALONE a1 = ahead[1];
  const float *POCHADE_ALONE a2 = ahead[2], *POCHADE_ALONE a3 = ahead[3];
  const float *POCHADE_ALONE a4 = ahead[4], *POCHADE_ALONE a5 = ahead[5];
  float *POCHADE_ALONE d0 = dual[0], *POCHADE_ALONE d1 = dual[1], *POCHADE_ALONE d2 = dual[2];
  float *POCHADE_ALONE d3 = dual[3], *POCHADE_ALONE d4 = dual[4], *POCHADE_ALONE d5 = dual[5];
  float *POCHADE_ALONE n0 = next[0], *POCHADE_ALONE n1 = next[1], *POCHADE_ALONE n2 = next[2];
  float *POCHADE_ALONE n3 = next[3], *POCHADE_ALONE n4 = next[4], *POCHADE_ALONE n5 = next[5];
  for (size_t x = 0; x < width; ++x) {
    float p0 = a0[x] + step * (v0[x] - u0[x]), p1 = a1[x] + step * (v1[x] - u1[x]);
    float p2 = a2[x] + step * (v2[x] - u2[x]), p3 = a3[x] + step * (u0[x + 1] - u0[x]);
    float p4 = a4[x] + step * (u1[x + 1] - u1[x]), p5 = a5[x] + step * (u2[x + 1] - u2[x]);
    const float size = ((p0 * p0 + p1 * p1) + (p2 * p2 + p3 * p3)) + (p4 * p4 + p5 * p5);
    const float scale = 1.0f / larger(sqrtf(size), 1.0f);
    p0 *= scale, p1 *= scale, p2 *= scale, p3 *= scale, p4 *= scale, p5 *= scale;
    n0[x] = p0 + momentum * (p0 - d0[x]), d0[x] = p0;
    n1[x] = p1 + momentum * (p1 - d1[x]), d1[x] = p1;
    n2[x] = p2 + momentum * (p2 - d2[x]), d2[x] = p2;
    n3[x] = p3 + momentum * (p3 - d3[x]), d3[x] = p3;
    n4[x] = p4 + momentum * (p4 - d4[x]), d4[x] = p4;
    n5[x] = p5 + momentum * (p5 - d5[x]), d5[x] = p5;
  }
}

void primal_row(const Round &round, const float *dual, size_t y, float *const *out) {
  const size_t plane = round.height * round.width, at = y * round.width;
  for (size_t c = 0; c < 3; ++c) {
    const float *down = dual + c * plane + at, *right = dual + (3 + c) * plane + at;
    primal(round.lab + c * plane + at, down, y ? down - round.width : nullptr, right, round.width,
           round.strength, out[c]);
    out[c][round.width] = out[c][round.width - 1];  // no gradient over the border
  }
}

// One row with its edges made crisp: between the least and the greatest of the values around, each
// is drawn to the nearer of the two. `low` and `high` have room for the row, `right` numbers before
// and as many behind, and a vector; beyond the borders they repeat what is there, which changes no
// extreme.
void crisp_row(const float *plane, const Enlarged &job, size_t y, float *low, float *high,
               float *POCHADE_ALONE out) {
  const size_t n = job.cols, first = y < job.down ? 0 : y - job.down;
  const size_t last = smaller_size(job.rows - 1, y + job.down);
  float *inner_low = low + job.right, *inner_high = high + job.right;
  for (size_t x = 0; x < n; x += W) {
    Floats l = load(plane + first * n + x), h = l;
    for (size_t v = first + 1; v <= last; ++v) {
      const Floats value = load(plane + v * n + x);
      l = lower(l, value), h = upper(h, value);
    }
    store(inner_low + x, l), store(inner_high + x, h);
  }
  for (size_t i = 0; i < job.right; ++i) {
    low[i] = inner_low[0], high[i] = inner_high[0];
    inner_low[n + i] = inner_low[n - 1], inner_high[n + i] = inner_high[n - 1];
  }
  const Floats one = splat(1.0f), least = splat(1e-6f);
  for (size_t x = 0; x < n; x += W) {
    Floats l = load(low + x), h = load(high + x);
    for (size_t u = 1; u <= 2 * job.right; ++u)
      l = lower(l, load(low + x + u)), h = upper(h, load(high + x + u));
    const Floats span = sub(h, l);
    const Floats place = divide(sub(load(plane + y * n + x), l), upper(span, least));
    const Floats rest = sub(one, place), near = mul(place, place), far = mul(rest, rest);
    store(out + x, add(l, mul(span, divide(near, add(near, far)))));
  }
}

inline size_t clamped(int at, size_t length) {
  return at < 0 ? 0 : static_cast<size_t>(at) < length ? static_cast<size_t>(at) : length - 1;
}

// Row y of the part, at the guide's own columns.
void mix_rows(const Enlarged &job, size_t y, size_t first, size_t last, float *POCHADE_ALONE out) {
  const float *weights = job.row_weights + 4 * y;
  float by[4];
  const float *taps[4];
  for (int t = 0; t < 4; ++t) {
    by[t] = weights[t] * job.scale;
    taps[t] = job.lab + clamped(job.row_first[y] + t, job.height) * job.width * 3;
  }
  const float *POCHADE_ALONE a = taps[0], *POCHADE_ALONE b = taps[1];
  const float *POCHADE_ALONE c = taps[2], *POCHADE_ALONE d = taps[3];
  for (size_t x = first; x <= last; ++x)
    for (size_t k = 0; k < 3; ++k) {
      const size_t i = 3 * x + k;
      out[4 * x + k] = ((by[0] * a[i] + by[1] * b[i]) + by[2] * c[i]) + by[3] * d[i];
    }
}

void mix_columns(const Enlarged &job, const float *POCHADE_ALONE columns, float *POCHADE_ALONE out,
                 size_t plane) {
  for (size_t x = 0; x < job.cols; ++x) {
    const float *mix = job.col_weights + 4 * x;
    const int at = job.col_first[x];
    const float *a = columns + 4 * clamped(at, job.width);
    const float *b = columns + 4 * clamped(at + 1, job.width);
    const float *c = columns + 4 * clamped(at + 2, job.width);
    const float *d = columns + 4 * clamped(at + 3, job.width);
    float sum[4];
    for (size_t k = 0; k < 4; ++k)
      sum[k] = ((mix[0] * a[k] + mix[1] * b[k]) + mix[2] * c[k]) + mix[3] * d[k];
    for (size_t k = 0; k < 3; ++k) out[k * plane + x] = sum[k];
  }
}

inline size_t first_column(const Enlarged &job) { return clamped(job.col_first[0] + 1, job.width); }

}  // namespace

void paint_smooth_round(const Round &round) {
  const size_t width = round.width, room = width + 1, plane = round.height * width;
  float *u[3], *below[3];
  for (size_t c = 0; c < 3; ++c)
    u[c] = round.scratch + c * room, below[c] = round.scratch + (3 + c) * room;
  primal_row(round, round.ahead, round.top, u);
  for (size_t y = round.top; y < round.bottom; ++y) {
    if (y + 1 < round.height)
      primal_row(round, round.ahead, y + 1, below);
    else
      for (size_t c = 0; c < 3; ++c) memcpy(below[c], u[c], room * sizeof(float));
    const float *ahead[6];
    float *dual[6], *next[6];
    for (size_t c = 0; c < 6; ++c) {
      const size_t at = c * plane + y * width;
      ahead[c] = round.ahead + at, dual[c] = round.dual + at, next[c] = round.next + at;
    }
    renew(u, below, ahead, dual, next, width, round.step, round.momentum);
    for (size_t c = 0; c < 3; ++c) {
      float *other = u[c];
      u[c] = below[c], below[c] = other;
    }
  }
}

void paint_smooth_end(const Round &round) {
  const size_t room = round.width + 1;
  float *u[3];
  for (size_t c = 0; c < 3; ++c) u[c] = round.scratch + c * room;
  for (size_t y = round.top; y < round.bottom; ++y) {
    primal_row(round, round.dual, y, u);
    float *out = round.next + y * round.width * 3;
    for (size_t x = 0; x < round.width; ++x)
      for (size_t c = 0; c < 3; ++c) out[3 * x + c] = u[c][x];
  }
}

void paint_enlarge(const Enlarged &job) {
  const size_t area = job.rows * job.cols;
  float *columns = job.scratch;  // the taps of one row mixed, by 4 for each column
  const size_t first = clamped(job.col_first[0], job.width);
  const size_t last = clamped(job.col_first[job.cols - 1] + 3, job.width);
  for (size_t y = 0; y < job.rows; ++y) {
    float *out = job.out + y * job.cols;
    if (job.same) {
      const float *from = job.lab +
          (clamped(job.row_first[y] + 1, job.height) * job.width + first_column(job)) * 3;
      for (size_t x = 0; x < job.cols; ++x)
        for (size_t k = 0; k < 3; ++k) out[k * area + x] = from[3 * x + k] * job.scale;
      continue;
    }
    mix_rows(job, y, first, last, columns);
    mix_columns(job, columns, out, area);
  }
  if (!job.down && !job.right) return;
  const size_t room = job.cols + 2 * job.right + 3 * LANES;
  float *made = job.scratch, *low = made + area + LANES, *high = low + room;
  for (size_t k = 0; k < 3; ++k) {
    float *values = job.out + k * area;
    // Each row writes up to a vector beyond its end, which the next one writes over.
    for (size_t y = 0; y < job.rows; ++y)
      crisp_row(values, job, y, low, high, made + y * job.cols);
    memcpy(values, made, area * sizeof(float));
  }
}

void paint_span(const Spans &job) {
  for (size_t k = 0; k < 3; ++k) {
    const float *plane = job.planes + k * job.plane;
    float least = plane[0], most = plane[0];
    Floats low = splat(least), high = low;
    for (size_t y = 0; y < job.rows; ++y) {
      const float *line = plane + y * job.stride;
      size_t x = 0;
      for (; x + W <= job.cols; x += W) {
        const Floats value = load(line + x);
        low = lower(low, value), high = upper(high, value);
      }
      for (; x < job.cols; ++x) least = smaller(least, line[x]), most = larger(most, line[x]);
    }
    job.low[k] = smaller(least, lowest(low));
    job.high[k] = larger(most, -lowest(sub(splat(0.0f), high)));
  }
}

}  // namespace pochade::POCHADE_ISA
