// Colour differences of planar blocks.
#include <math.h>
#include <string.h>

#include "../color.hpp"
#include "color_math.hpp"

namespace pochade::POCHADE_ISA {
namespace {

using color::BLOCK;

// sqrt(c^7 / (c^7 + 25^7))
inline float chroma_share(float chroma) {
  const float r = smaller(chroma * (1.0f / 25.0f), 1000.0f);
  const float r2 = r * r, r7 = r2 * r2 * r2 * r;
  return sqrtf(r7 / (r7 + 1.0f));
}

// exp(-q) for q >= 0: 2^k times a Taylor polynomial of 2^f, |f| <= 1/2; 0 from q = 60 on.
inline float exp_minus(float q) {
  const float z = smaller(q, 60.0f) * -1.44269504f;
  const float k = (z + 12582912.0f) - 12582912.0f;
  const float f = (z - k) * 0.693147181f;
  float p = 1.0f / 720.0f;
  p = p * f + 1.0f / 120.0f;
  p = p * f + 1.0f / 24.0f;
  p = p * f + 1.0f / 6.0f;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  return p * float_of((static_cast<int>(k) + 127) * (1 << 23));
}

// sin(u) for 0 <= u <= 1.05
inline float sine(float u) {
  const float v = u * u;
  float p = 1.0f / 362880.0f;
  p = p * v - 1.0f / 5040.0f;
  p = p * v + 1.0f / 120.0f;
  p = p * v - 1.0f / 6.0f;
  return u + u * (v * p);
}

// exp(-((hue - 275 degrees) / 25 degrees)^2) of a hue given as cosine and sine. The angle is four times
// the arc tangent of the tangent of its quarter; the series is exact where the result counts, and
// beyond 104 degrees the result is below 3e-8.
inline float blue_bump(float c, float s) {
  const float x = c * 0.0871557427f - s * 0.996194698f;
  const float y = s * 0.0871557427f + c * 0.996194698f;
  const float half = sqrtf(0.5f + 0.5f * larger(x, -0.5f));
  const float z = y / (2.0f * half * (1.0f + half));
  const float v = z * z;
  float p = 1.0f / 13.0f;
  p = p * v - 1.0f / 11.0f;
  p = p * v + 1.0f / 9.0f;
  p = p * v - 1.0f / 7.0f;
  p = p * v + 1.0f / 5.0f;
  p = p * v - 1.0f / 3.0f;
  const float quarter = z + z * (v * p);
  const float turn = quarter * (4.0f * 57.2957795f / 25.0f);
  return choose(x < -0.25f, 0.0f, exp_minus(turn * turn));
}

// The hue weight T from the cosine and sine of the mean hue, by multiple-angle formulas.
inline float hue_weight(float c, float s) {
  const float c2 = c * c - s * s, s2 = 2.0f * c * s;
  const float c3 = c * c2 - s * s2, s3 = s * c2 + c * s2;
  const float c4 = c2 * c2 - s2 * s2, s4 = 2.0f * c2 * s2;
  return 1.0f - 0.17f * (0.866025404f * c + 0.5f * s) + 0.24f * c2 +
         0.32f * (0.994521895f * c3 - 0.104528463f * s3) -
         0.20f * (0.453990500f * c4 + 0.891006524f * s4);
}

// CIEDE2000 (Sharma, Wu and Dalal 2005) without angles: the mean hue is the direction of the sum of the
// two unit hue vectors, or at right angles to their difference where that is better conditioned.
inline float ciede2000_of(float l1, float a1, float b1, float l2, float a2, float b2) {
  const float plain = 0.5f * (sqrtf(a1 * a1 + b1 * b1) + sqrtf(a2 * a2 + b2 * b2));
  const float stretch = 1.5f - 0.5f * chroma_share(plain);
  // sums and differences first: they lose nothing, whether the colours are near or opposite
  const float sum_a = stretch * (a1 + a2), gap_a = stretch * (a2 - a1);
  const float sum_b = b1 + b2, gap_b = b2 - b1;
  a1 = stretch * a1;
  a2 = stretch * a2;
  // never quite zero, so that a grey takes the hue of the other colour
  const float chroma1 = larger(sqrtf(a1 * a1 + b1 * b1), 1e-12f);
  const float chroma2 = larger(sqrtf(a2 * a2 + b2 * b2), 1e-12f);
  const float both = chroma1 + chroma2, chroma = 0.5f * both;

  const float dot = a1 * a2 + b1 * b2, product = chroma1 * chroma2;
  const float cross = 0.5f * (sum_a * gap_b - sum_b * gap_a);
  const bool near = dot >= 0.0f;
  // exactly opposite hues: the turn goes from the one below 180 degrees, as in the paper
  const float low = choose(b1 == 0.0f, a1, b1);
  const float side = with_sign_of(1.0f, choose(cross == 0.0f, low, cross));
  const float root = sqrtf(choose(near, 0.5f * (product + dot), 2.0f * (product - dot)));
  const float turned = choose(near, cross, side * root);
  const float divisor = choose(near, root, 1.0f);

  const float x1 = a1 * chroma2, y1 = b1 * chroma2, x2 = a2 * chroma1, y2 = b2 * chroma1;
  const float mean_x = choose(near, x1 + x2, side * (y2 - y1));
  const float mean_y = choose(near, y1 + y2, side * (x1 - x2));
  const float inverse = 1.0f / sqrtf(larger(mean_x * mean_x + mean_y * mean_y, 1e-36f));
  const float c = mean_x * inverse, s = mean_y * inverse;

  const float off = 0.5f * (l1 + l2) - 50.0f, off2 = off * off, steep = sqrtf(20.0f + off2);
  const float x = (l2 - l1) * steep / (steep + 0.015f * off2);
  const float y = (gap_a * sum_a + gap_b * sum_b) / (both * (1.0f + 0.045f * chroma));
  const float z = turned / (divisor * (1.0f + 0.015f * chroma * hue_weight(c, s)));
  const float rotation = -2.0f * chroma_share(chroma) * sine(1.04719755f * blue_bump(c, s));
  return sqrtf(larger(x * x + y * y + z * z + rotation * y * z, 0.0f));
}

void split(const float *in, float (&c)[3][BLOCK]) {
  for (size_t i = 0; i < BLOCK; ++i)
    for (int k = 0; k < 3; ++k) c[k][i] = in[3 * i + k];
}

struct Ciede2000 {
  static float of(float l1, float a1, float b1, float l2, float a2, float b2) {
    return ciede2000_of(l1, a1, b1, l2, a2, b2);
  }
};

struct Euclidean {
  static float of(float x1, float y1, float z1, float x2, float y2, float z2) {
    const float x = x1 - x2, y = y1 - y2, z = z1 - z2;
    return sqrtf(x * x + y * y + z * z);
  }
};

template <class Formula>
void block(const float *first, const float *second, float *out) {
  float p[3][BLOCK], q[3][BLOCK];
  split(first, p);
  split(second, q);
  for (size_t i = 0; i < BLOCK; ++i)
    out[i] = Formula::of(p[0][i], p[1][i], p[2][i], q[0][i], q[1][i], q[2][i]);
}

template <class Formula>
void all(const float *first, const float *second, float *out, size_t n) {
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK) block<Formula>(first + 3 * i, second + 3 * i, out + i);
  if (i < n) {
    float a[3 * BLOCK] = {0}, b[3 * BLOCK] = {0}, result[BLOCK];
    memcpy(a, first + 3 * i, (n - i) * 3 * sizeof(float));
    memcpy(b, second + 3 * i, (n - i) * 3 * sizeof(float));
    block<Formula>(a, b, result);
    memcpy(out + i, result, (n - i) * sizeof(float));
  }
}

}  // namespace

void ciede2000(const float *first, const float *second, float *out, std::size_t n) {
  all<Ciede2000>(first, second, out, n);
}

void euclidean(const float *first, const float *second, float *out, std::size_t n) {
  all<Euclidean>(first, second, out, n);
}

}  // namespace pochade::POCHADE_ISA
