// Colour space conversion, through linear sRGB, in planar blocks.
#include <math.h>
#include <string.h>

#include "../color.hpp"
#include "../color_constants.hpp"
#include "color_math.hpp"

namespace pochade::POCHADE_ISA {
namespace {

using color::BLOCK;
using color::Tables;

struct Block {
  float c[3][BLOCK];
};

// A first guess of the n-th root of a positive normal number, within 4 %: the exponent is divided by n.
inline float root_guess(float x, float one_nth, int offset) {
  return float_of(static_cast<int>(static_cast<float>(bits_of(x)) * one_nth) + offset);
}

// Cube root with the sign of x, two steps of Halley's method from the guess: within 1.2 units in the
// last place. Numbers below 1e-30 give 0.
inline float cube_root(float x) {
  const float size = fabsf(x);
  float y = root_guess(size, 1.0f / 3.0f, 709921077);
  float t = y * y * y;
  y = y + y * (size - t) / (2.0f * t + size);
  t = y * y * y;
  y = y + y * (size - t) / (2.0f * t + size);
  return with_sign_of(choose(size < 1e-30f, 0.0f, y), x);
}

// x^2.4 for x > 0 as x^2 (x^(1/5))^2, the fifth root by Halley's method.
inline float power_2_4(float x) {
  float y = root_guess(x, 0.2f, 851972915);
  float t = y * y;
  t = t * t * y;
  y = y + y * (x - t) / (3.0f * t + 2.0f * x);
  t = y * y;
  t = t * t * y;
  y = y + y * (x - t) / (3.0f * t + 2.0f * x);
  return (x * y) * (x * y);
}

// x^(1/2.4) = x^(1/4) x^(1/6).
inline float power_1_2_4(float x) {
  const float s = sqrtf(x);
  return sqrtf(s) * cube_root(s);
}

inline float light_of(float srgb) {
  const float size = fabsf(srgb);
  const float low = size * (1.0f / 12.92f);
  const float high = power_2_4((size + 0.055f) * (1.0f / 1.055f));
  return with_sign_of(choose(size <= 0.04045f, low, high), srgb);
}

inline float srgb_of(float light) {
  const float size = fabsf(light);
  const float low = size * 12.92f;
  const float high = 1.055f * power_1_2_4(size) - 0.055f;
  return with_sign_of(choose(size <= 0.0031308f, low, high), light);
}

// A row of a matrix whose rows sum to 1: greys come out exactly alike.
inline float mix(const float (&row)[3], float x, float y, float z) {
  return y + row[0] * (x - y) + row[2] * (z - y);
}

void srgb_to_linear(Block &b) {
  for (int k = 0; k < 3; ++k)
    for (size_t i = 0; i < BLOCK; ++i) b.c[k][i] = light_of(b.c[k][i]);
}

void linear_to_srgb(Block &b) {
  for (int k = 0; k < 3; ++k)
    for (size_t i = 0; i < BLOCK; ++i) b.c[k][i] = srgb_of(b.c[k][i]);
}

void linear_to_oklab(Block &b) {
  using namespace color;
  for (size_t i = 0; i < BLOCK; ++i) {
    const float red = b.c[0][i], green = b.c[1][i], blue = b.c[2][i];
    const float l = cube_root(mix(LINEAR_TO_LMS[0], red, green, blue));
    const float m = cube_root(mix(LINEAR_TO_LMS[1], red, green, blue));
    const float s = cube_root(mix(LINEAR_TO_LMS[2], red, green, blue));
    const float dl = l - m, ds = s - m;
    b.c[0][i] = m + LMS_TO_OKLAB[0][0] * dl + LMS_TO_OKLAB[0][2] * ds;
    b.c[1][i] = LMS_TO_OKLAB[1][0] * dl + LMS_TO_OKLAB[1][2] * ds;
    b.c[2][i] = LMS_TO_OKLAB[2][0] * dl + LMS_TO_OKLAB[2][2] * ds;
  }
}

void oklab_to_linear(Block &b) {
  using namespace color;
  for (size_t i = 0; i < BLOCK; ++i) {
    const float light = b.c[0][i], u = b.c[1][i], v = b.c[2][i];
    float l = light + OKLAB_TO_LMS[0][1] * u + OKLAB_TO_LMS[0][2] * v;
    float m = light + OKLAB_TO_LMS[1][1] * u + OKLAB_TO_LMS[1][2] * v;
    float s = light + OKLAB_TO_LMS[2][1] * u + OKLAB_TO_LMS[2][2] * v;
    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    b.c[0][i] = mix(LMS_TO_LINEAR[0], l, m, s);
    b.c[1][i] = mix(LMS_TO_LINEAR[1], l, m, s);
    b.c[2][i] = mix(LMS_TO_LINEAR[2], l, m, s);
  }
}

inline float compress(float t) {
  const float root = cube_root(t);
  const float line = (24389.0f / 27.0f / 116.0f) * t + 16.0f / 116.0f;
  return choose(t > 216.0f / 24389.0f, root, line);
}

inline float expand(float f) {
  const float cube = f * f * f;
  const float line = (f - 16.0f / 116.0f) * (116.0f * 27.0f / 24389.0f);
  return choose(f > 6.0f / 29.0f, cube, line);
}

void linear_to_lab(Block &b) {
  using namespace color;
  for (size_t i = 0; i < BLOCK; ++i) {
    const float red = b.c[0][i], green = b.c[1][i], blue = b.c[2][i];
    const float x = compress(mix(LINEAR_TO_RELATIVE_XYZ[0], red, green, blue));
    const float luminance = mix(LINEAR_TO_RELATIVE_XYZ[1], red, green, blue);
    const float y = compress(luminance);
    const float z = compress(mix(LINEAR_TO_RELATIVE_XYZ[2], red, green, blue));
    // near black 116 y - 16 would cancel
    const float low = (24389.0f / 27.0f) * luminance, high = 116.0f * y - 16.0f;
    b.c[0][i] = choose(luminance > 216.0f / 24389.0f, high, low);
    b.c[1][i] = 500.0f * (x - y);
    b.c[2][i] = 200.0f * (y - z);
  }
}

void lab_to_linear(Block &b) {
  using namespace color;
  for (size_t i = 0; i < BLOCK; ++i) {
    const float f = (b.c[0][i] + 16.0f) * (1.0f / 116.0f);
    const float x = expand(f + b.c[1][i] * (1.0f / 500.0f));
    const float y = expand(f);
    const float z = expand(f - b.c[2][i] * (1.0f / 200.0f));
    b.c[0][i] = mix(RELATIVE_XYZ_TO_LINEAR[0], x, y, z);
    b.c[1][i] = mix(RELATIVE_XYZ_TO_LINEAR[1], x, y, z);
    b.c[2][i] = mix(RELATIVE_XYZ_TO_LINEAR[2], x, y, z);
  }
}

void split(const float *in, Block &b) {
  for (size_t i = 0; i < BLOCK; ++i)
    for (int k = 0; k < 3; ++k) b.c[k][i] = in[3 * i + k];
}

void join(const Block &b, float *out) {
  for (size_t i = 0; i < BLOCK; ++i)
    for (int k = 0; k < 3; ++k) out[3 * i + k] = b.c[k][i];
}

void look_up(const unsigned char *in, Block &b, const Tables &tables) {
  for (size_t i = 0; i < BLOCK; ++i)
    for (int k = 0; k < 3; ++k) b.c[k][i] = tables.linear_of_byte[in[3 * i + k]];
}

void divide(const unsigned char *in, Block &b) {
  for (size_t i = 0; i < BLOCK; ++i)
    for (int k = 0; k < 3; ++k) b.c[k][i] = static_cast<float>(in[3 * i + k]) / 255.0f;
}

// Light to the nearest sRGB byte (0 for not a number) by comparing with the light halfway between two bytes.
void bytes_of_light(const Block &b, unsigned char *out, const Tables &tables) {
  for (int k = 0; k < 3; ++k)
    for (size_t i = 0; i < BLOCK; ++i) {
      const float light = smaller(larger(b.c[k][i], 0.0f), 1.0f);
      const int byte = tables.bytes_below[static_cast<int>(light * 4096.0f)];
      out[3 * i + k] = static_cast<unsigned char>(byte + (light >= tables.threshold[byte]));
    }
}

// sRGB floats to bytes, halves to even: adding and subtracting 1.5 x 2^23 rounds.
void bytes_of_srgb(const Block &b, unsigned char *out) {
  for (int k = 0; k < 3; ++k)
    for (size_t i = 0; i < BLOCK; ++i) {
      const float clipped = smaller(larger(b.c[k][i], 0.0f) * 255.0f, 255.0f);
      const float rounded = (clipped + 12582912.0f) - 12582912.0f;
      out[3 * i + k] = static_cast<unsigned char>(rounded);
    }
}

void convert_block(const void *in, int source, void *out, int target, const Tables &tables) {
  Block b;
  if (source == color::srgb8) {
    const unsigned char *bytes = static_cast<const unsigned char *>(in);
    if (target == color::srgb) {
      divide(bytes, b);
      join(b, static_cast<float *>(out));
      return;
    }
    look_up(bytes, b, tables);
  } else {
    split(static_cast<const float *>(in), b);
    if (source == color::srgb && target == color::srgb8) {
      bytes_of_srgb(b, static_cast<unsigned char *>(out));
      return;
    }
    if (source == color::srgb) srgb_to_linear(b);
    if (source == color::lab) lab_to_linear(b);
    if (source == color::oklab) oklab_to_linear(b);
  }
  if (target == color::srgb8) {
    bytes_of_light(b, static_cast<unsigned char *>(out), tables);
    return;
  }
  if (target == color::srgb) linear_to_srgb(b);
  if (target == color::lab) linear_to_lab(b);
  if (target == color::oklab) linear_to_oklab(b);
  join(b, static_cast<float *>(out));
}

}  // namespace

void convert_colors(const void *in, int source, void *out, int target, std::size_t n,
                    const color::Tables &tables) {
  const size_t in_size = source == color::srgb8 ? 3 : 3 * sizeof(float);
  const size_t out_size = target == color::srgb8 ? 3 : 3 * sizeof(float);
  const char *from = static_cast<const char *>(in);
  char *to = static_cast<char *>(out);
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK)
    convert_block(from + i * in_size, source, to + i * out_size, target, tables);
  if (i < n) {  // a last block, filled up with black, so that every colour takes the same path
    float padded_in[3 * BLOCK] = {0}, padded_out[3 * BLOCK];
    memcpy(padded_in, from + i * in_size, (n - i) * in_size);
    convert_block(padded_in, source, padded_out, target, tables);
    memcpy(to + i * out_size, padded_out, (n - i) * out_size);
  }
}

}  // namespace pochade::POCHADE_ISA
