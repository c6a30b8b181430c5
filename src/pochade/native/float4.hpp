// Four floats at once: red, green, blue and an unused lane. GCC and Clang have vector types on
// every processor; elsewhere plain loops do the same operations in the same order.
#pragma once
#include <cstdint>
#include <cstring>

namespace pochade {

#if defined(__GNUC__) || defined(__clang__)
typedef float F4 __attribute__((vector_size(16)));
typedef std::int32_t I4 __attribute__((vector_size(16)));
inline F4 all(float v) { return F4{v, v, v, v}; }
inline I4 to_int(F4 v) { return __builtin_convertvector(v, I4); }
inline F4 clamp(F4 v, float low, float high) {
  const F4 l = all(low), h = all(high);
  v = v > l ? v : l;
  return v < h ? v : h;
}
#else
struct F4 {
  float v[4];
  float &operator[](int i) { return v[i]; }
  float operator[](int i) const { return v[i]; }
};
struct I4 {
  std::int32_t v[4];
  std::int32_t operator[](int i) const { return v[i]; }
};
#define POCHADE_F4(op)                                          \
  inline F4 operator op(const F4 &a, const F4 &b) {             \
    F4 r;                                                       \
    for (int i = 0; i < 4; ++i) r.v[i] = a.v[i] op b.v[i];      \
    return r;                                                   \
  }
POCHADE_F4(+)
POCHADE_F4(-)
POCHADE_F4(*)
POCHADE_F4(/)
#undef POCHADE_F4
inline F4 all(float v) { return F4{{v, v, v, v}}; }
inline I4 to_int(const F4 &a) {
  I4 r;
  for (int i = 0; i < 4; ++i) r.v[i] = static_cast<std::int32_t>(a.v[i]);
  return r;
}
inline F4 clamp(F4 a, float low, float high) {
  for (int i = 0; i < 4; ++i) {
    a.v[i] = a.v[i] > low ? a.v[i] : low;
    a.v[i] = a.v[i] < high ? a.v[i] : high;
  }
  return a;
}
#endif

inline F4 clamp01(const F4 &v) { return clamp(v, 0.f, 1.f); }

inline F4 load4(const float *p) {
  F4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store4(float *p, const F4 &v) { std::memcpy(p, &v, sizeof v); }
inline I4 bits_of(const F4 &v) {
  I4 b;
  std::memcpy(&b, &v, sizeof b);
  return b;
}

}  // namespace pochade
