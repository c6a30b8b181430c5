// The cheapest neighbour of a region, and lists without repeats.
#pragma once
#include <cstdint>

#include "../region_cost.hpp"
#include "../region_seen.hpp"

#if defined(__AVX512CD__) && defined(__AVX512F__) && defined(__AVX512VL__)
#include <immintrin.h>
#define POCHADE_REGION_AVX512 1
#endif

namespace pochade {
namespace POCHADE_ISA {
namespace {

template <int D>
inline std::uint32_t cheapest(const float *at, int dims, std::uint32_t self,
                              const std::uint32_t *list, std::size_t count, std::uint32_t salt) {
  const std::size_t stride = (D ? D : dims) + 1;
  const float *own = at + self * stride;
  std::uint64_t best = ~std::uint64_t(0);
  for (std::size_t e = 0; e < count; ++e) {
    const std::uint32_t other = list[e];
    const float cost = ward<D>(own, at + other * stride, dims);
    const std::uint64_t key = std::uint64_t(tie_key(cost, self, other, salt)) << 32 | other;
    best = key < best ? key : best;
  }
  return count ? static_cast<std::uint32_t>(best) : self;
}

constexpr std::size_t kShort = 24;  // up to here repeats are found by looking at the list itself

}  // namespace
}  // namespace POCHADE_ISA
}  // namespace pochade
