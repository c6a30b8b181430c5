// Branch-free selection for the colour kernels; everything here is local to the including file.
#pragma once
#include <string.h>

namespace pochade::POCHADE_ISA {
namespace {

inline int bits_of(float x) {
  int bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float float_of(int bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// condition ? yes : no with both sides computed: as a mask, because compilers turn a conditional
// back into a branch around the expensive side, and then do not vectorise the loop.
inline float choose(bool condition, float yes, float no) {
  const int mask = -static_cast<int>(condition);
  return float_of((bits_of(yes) & mask) | (bits_of(no) & ~mask));
}

// b when a is not a number.
inline float larger(float a, float b) { return choose(a > b, a, b); }
inline float smaller(float a, float b) { return choose(a < b, a, b); }

inline float with_sign_of(float size, float signed_one) {
  const int sign = bits_of(signed_one) & static_cast<int>(0x80000000u);
  return float_of((bits_of(size) & 0x7fffffff) | sign);
}

}  // namespace
}  // namespace pochade::POCHADE_ISA
