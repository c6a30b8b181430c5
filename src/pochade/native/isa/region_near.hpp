// The cheapest neighbour of a region, and lists without repeats.
#pragma once
#include <cstdint>
#include <vector>

#include "../region_cost.hpp"

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

// Which numbers a long list has had already: open addressing, emptied by counting up.
class SeenNumbers {
 public:
  void begin(std::size_t most) {
    std::size_t size = 64;
    while (size < 2 * most) size *= 2;
    if (size > slots_.size()) {
      slots_.assign(size, 0);
      turn_ = 0;
    }
    mask_ = slots_.size() - 1;
    if (++turn_ == 0) {
      slots_.assign(slots_.size(), 0);
      turn_ = 1;
    }
  }
  bool add(std::uint32_t number) {  // false if it was there
    const std::uint64_t wanted = std::uint64_t(turn_) << 32 | number;
    std::size_t at = (number * 0x9E3779B1u >> 7) & mask_;
    for (; slots_[at] >> 32 == turn_; at = (at + 1) & mask_)
      if (slots_[at] == wanted) return false;
    slots_[at] = wanted;
    return true;
  }

 private:
  std::vector<std::uint64_t> slots_;
  std::size_t mask_ = 0;
  std::uint32_t turn_ = 0;
};

constexpr std::size_t kShort = 24;  // up to here repeats are found by looking at the list itself

}  // namespace
}  // namespace POCHADE_ISA
}  // namespace pochade
