// Vector lanes for the clustering kernels: 16 floats with AVX-512, 8 with AVX2, 4 with SSE2 and
// in the plain fallback (NEON by the compiler). Only operations that act on each lane alone, all
// exactly rounded and none fused, so every width gives the same bits.
// Everything here has internal linkage: a copy compiled for one instruction set never serves another.
#pragma once
#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__) || defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace {

#if defined(__AVX512F__)

constexpr int W = 16;
using Floats = __m512;
using Ints = __m512i;
using Mask = __mmask16;
inline Floats load(const float *p) { return _mm512_loadu_ps(p); }
inline void store(float *p, Floats a) { _mm512_storeu_ps(p, a); }
inline Ints load(const std::int32_t *p) { return _mm512_loadu_si512(p); }
inline void store(std::int32_t *p, Ints a) { _mm512_storeu_si512(p, a); }
inline Floats splat(float a) { return _mm512_set1_ps(a); }
inline Ints splat(std::int32_t a) { return _mm512_set1_epi32(a); }
inline Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats sub(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
inline Floats mul(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
inline Floats lower(Floats a, Floats b) { return _mm512_min_ps(a, b); }
inline Floats upper(Floats a, Floats b) { return _mm512_max_ps(a, b); }
inline Floats absolute(Floats a) { return _mm512_abs_ps(a); }
inline Mask less(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
inline Mask same(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
inline Ints choose(Mask m, Ints a, Ints b) { return _mm512_mask_mov_epi32(b, m, a); }
inline unsigned different(Ints a, Ints b) { return _mm512_cmpneq_epi32_mask(a, b); }
inline unsigned bits(Mask m) { return m; }
inline float lowest(Floats a) { return _mm512_reduce_min_ps(a); }
#define POCHADE_COMPRESS 1
inline void compress(float *p, Mask m, Floats a) { _mm512_mask_compressstoreu_ps(p, m, a); }
inline void compress(std::int32_t *p, Mask m, Ints a) { _mm512_mask_compressstoreu_epi32(p, m, a); }

#elif defined(__AVX2__)

constexpr int W = 8;
using Floats = __m256;
using Ints = __m256i;
using Mask = __m256;
inline Floats load(const float *p) { return _mm256_loadu_ps(p); }
inline void store(float *p, Floats a) { _mm256_storeu_ps(p, a); }
inline Ints load(const std::int32_t *p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
}
inline void store(std::int32_t *p, Ints a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), a);
}
inline Floats splat(float a) { return _mm256_set1_ps(a); }
inline Ints splat(std::int32_t a) { return _mm256_set1_epi32(a); }
inline Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats sub(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
inline Floats mul(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
inline Floats lower(Floats a, Floats b) { return _mm256_min_ps(a, b); }
inline Floats upper(Floats a, Floats b) { return _mm256_max_ps(a, b); }
inline Floats absolute(Floats a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
inline Mask less(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
inline Mask same(Floats a, Floats b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
inline Ints choose(Mask m, Ints a, Ints b) {
  return _mm256_castps_si256(
      _mm256_blendv_ps(_mm256_castsi256_ps(b), _mm256_castsi256_ps(a), m));
}
inline unsigned different(Ints a, Ints b) {
  return 255u & ~unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b))));
}
inline unsigned bits(Mask m) { return unsigned(_mm256_movemask_ps(m)); }
inline float lowest(Floats a) {
  __m128 h = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  h = _mm_min_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_min_ss(h, _mm_shuffle_ps(h, h, 1)));
}

#elif defined(__SSE2__) || defined(_M_X64)

constexpr int W = 4;
using Floats = __m128;
using Ints = __m128i;
using Mask = __m128;
inline Floats load(const float *p) { return _mm_loadu_ps(p); }
inline void store(float *p, Floats a) { _mm_storeu_ps(p, a); }
inline Ints load(const std::int32_t *p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
}
inline void store(std::int32_t *p, Ints a) { _mm_storeu_si128(reinterpret_cast<__m128i *>(p), a); }
inline Floats splat(float a) { return _mm_set1_ps(a); }
inline Ints splat(std::int32_t a) { return _mm_set1_epi32(a); }
inline Floats add(Floats a, Floats b) { return _mm_add_ps(a, b); }
inline Floats sub(Floats a, Floats b) { return _mm_sub_ps(a, b); }
inline Floats mul(Floats a, Floats b) { return _mm_mul_ps(a, b); }
inline Floats lower(Floats a, Floats b) { return _mm_min_ps(a, b); }
inline Floats upper(Floats a, Floats b) { return _mm_max_ps(a, b); }
inline Floats absolute(Floats a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
inline Mask less(Floats a, Floats b) { return _mm_cmplt_ps(a, b); }
inline Mask same(Floats a, Floats b) { return _mm_cmpeq_ps(a, b); }
inline Ints choose(Mask m, Ints a, Ints b) {
  const Ints i = _mm_castps_si128(m);
  return _mm_or_si128(_mm_and_si128(i, a), _mm_andnot_si128(i, b));
}
inline unsigned different(Ints a, Ints b) {
  return 15u & ~unsigned(_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(a, b))));
}
inline unsigned bits(Mask m) { return unsigned(_mm_movemask_ps(m)); }
inline float lowest(Floats a) {
  const __m128 h = _mm_min_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_min_ss(h, _mm_shuffle_ps(h, h, 1)));
}

#else  // plain C++: compilers turn these loops into their own four-lane vectors

constexpr int W = 4;
struct Floats { float v[4]; };
struct Ints { std::int32_t v[4]; };
struct Mask { std::int32_t v[4]; };
#define POCHADE_LANES(type, expression) \
  type r;                               \
  for (int i = 0; i < 4; ++i) r.v[i] = expression; \
  return r
inline Floats load(const float *p) { POCHADE_LANES(Floats, p[i]); }
inline void store(float *p, Floats a) { for (int i = 0; i < 4; ++i) p[i] = a.v[i]; }
inline Ints load(const std::int32_t *p) { POCHADE_LANES(Ints, p[i]); }
inline void store(std::int32_t *p, Ints a) { for (int i = 0; i < 4; ++i) p[i] = a.v[i]; }
inline Floats splat(float a) { POCHADE_LANES(Floats, a); }
inline Ints splat(std::int32_t a) { POCHADE_LANES(Ints, a); }
inline Floats add(Floats a, Floats b) { POCHADE_LANES(Floats, a.v[i] + b.v[i]); }
inline Floats sub(Floats a, Floats b) { POCHADE_LANES(Floats, a.v[i] - b.v[i]); }
inline Floats mul(Floats a, Floats b) { POCHADE_LANES(Floats, a.v[i] * b.v[i]); }
inline Floats lower(Floats a, Floats b) { POCHADE_LANES(Floats, a.v[i] < b.v[i] ? a.v[i] : b.v[i]); }
inline Floats upper(Floats a, Floats b) { POCHADE_LANES(Floats, a.v[i] > b.v[i] ? a.v[i] : b.v[i]); }
inline Floats absolute(Floats a) { POCHADE_LANES(Floats, a.v[i] < 0 ? -a.v[i] : a.v[i]); }
inline Mask less(Floats a, Floats b) { POCHADE_LANES(Mask, a.v[i] < b.v[i] ? -1 : 0); }
inline Mask same(Floats a, Floats b) { POCHADE_LANES(Mask, a.v[i] == b.v[i] ? -1 : 0); }
inline Ints choose(Mask m, Ints a, Ints b) {
  POCHADE_LANES(Ints, (m.v[i] & a.v[i]) | (~m.v[i] & b.v[i]));
}
inline unsigned different(Ints a, Ints b) {
  unsigned r = 0;
  for (int i = 0; i < 4; ++i) r |= unsigned(a.v[i] != b.v[i]) << i;
  return r;
}
inline unsigned bits(Mask m) {
  unsigned r = 0;
  for (int i = 0; i < 4; ++i) r |= unsigned(m.v[i] & 1) << i;
  return r;
}
inline float lowest(Floats a) {
  const float p = a.v[0] < a.v[1] ? a.v[0] : a.v[1], q = a.v[2] < a.v[3] ? a.v[2] : a.v[3];
  return p < q ? p : q;
}
#undef POCHADE_LANES

#endif

// Index of the lowest set bit; m is not 0.
inline int first_bit(std::uint64_t m) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctzll(m);
#else
  int i = 0;
  while (!(m & 1)) {
    m >>= 1;
    ++i;
  }
  return i;
#endif
}

}  // namespace
