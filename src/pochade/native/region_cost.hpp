// What uniting two regions costs, and what the union is. A region is `dims` means and its size.
#pragma once
#include <cstdint>
#include <cstring>

namespace pochade {

inline std::uint32_t bits_of_cost(float cost) {
  std::uint32_t bits;
  std::memcpy(&bits, &cost, sizeof bits);
  return bits;
}
inline float cost_of_bits(std::uint32_t bits) {
  float cost;
  std::memcpy(&cost, &bits, sizeof cost);
  return cost;
}

// D bands, or `dims` where D is 0.
template <int D>
inline float squared_gap(const float *a, const float *b, int dims) {
  const int d = D ? D : dims;
  float gap = a[0] - b[0], sum = gap * gap;
  for (int e = 1; e < d; ++e) {
    gap = a[e] - b[e];
    sum += gap * gap;
  }
  return sum;
}

// Ward's: how much more squared error the union has than the two.
template <int D>
inline float ward(const float *a, const float *b, int dims) {
  const int d = D ? D : dims;
  return squared_gap<D>(a, b, dims) * (a[d] * b[d]) / (a[d] + b[d]);
}

template <int D>
inline void unite(const float *a, const float *b, float *out, int dims) {
  const int d = D ? D : dims;
  const float size = a[d] + b[d], share = b[d] / size;
  for (int e = 0; e < d; ++e) out[e] = a[e] + (b[e] - a[e]) * share;
  out[d] = size;
}

// The cost's bits with the last eight replaced by a hash of the pair and the round. Equal costs
// must not be ordered by number: in a flat area each row would unite one pair a round.
inline std::uint32_t tie_hash(std::uint32_t a, std::uint32_t b, std::uint32_t salt) {
  const std::uint32_t h = (a + b + salt) * 0x9E3779B1u;
  return ((h ^ (h >> 15)) * 0x2C1B3C6Du) >> 24;
}
inline std::uint32_t tie_key(float cost, std::uint32_t a, std::uint32_t b, std::uint32_t salt) {
  return (bits_of_cost(cost) & ~255u) | tie_hash(a, b, salt);
}

}  // namespace pochade
