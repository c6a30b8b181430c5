// Division, roots and masks of the lanes of cluster_lanes.hpp, exactly rounded like all of them.
// Everything here has internal linkage.
#pragma once
#include <math.h>

#include "cluster_lanes.hpp"

namespace {

#if defined(__AVX512F__)

inline Floats divide(Floats a, Floats b) { return _mm512_div_ps(a, b); }
inline Floats root(Floats a) { return _mm512_sqrt_ps(a); }
// a where m is not set, else 0.
inline Floats without(Mask m, Floats a) {
  return _mm512_maskz_mov_ps(static_cast<Mask>(~m), a);
}

#elif defined(__AVX2__)

inline Floats divide(Floats a, Floats b) { return _mm256_div_ps(a, b); }
inline Floats root(Floats a) { return _mm256_sqrt_ps(a); }
inline Floats without(Mask m, Floats a) { return _mm256_andnot_ps(m, a); }

#elif defined(__SSE2__) || defined(_M_X64)

inline Floats divide(Floats a, Floats b) { return _mm_div_ps(a, b); }
inline Floats root(Floats a) { return _mm_sqrt_ps(a); }
inline Floats without(Mask m, Floats a) { return _mm_andnot_ps(m, a); }

#else

inline Floats divide(Floats a, Floats b) {
  for (int i = 0; i < 4; ++i) a.v[i] /= b.v[i];
  return a;
}
inline Floats root(Floats a) {
  for (int i = 0; i < 4; ++i) a.v[i] = sqrtf(a.v[i]);
  return a;
}
inline Floats without(Mask m, Floats a) {
  for (int i = 0; i < 4; ++i) a.v[i] = m.v[i] ? 0.0f : a.v[i];
  return a;
}

#endif

}  // namespace
