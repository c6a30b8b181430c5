// A priority queue of numbered things by the leading bits of a non-negative float: buckets, found
// through three levels of bitmaps; of equal bits the last one in comes out first.
#pragma once
#include <cstdint>
#include <vector>

namespace pochade {

inline int lowest_bit(std::uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctzll(word);
#else
  int at = 0;
  while (!(word >> at & 1)) ++at;
  return at;
#endif
}

class Buckets {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;
  static constexpr int kShift = 14;  // keeps 9 bits of the mantissa: 0.2 % of the cost

  explicit Buckets(std::size_t things)
      : head_(kBuckets, kNone), next_(things), before_(things), bucket_(things, kNone),
        low_(kBuckets / 64 + 1), middle_(low_.size() / 64 + 1), high_(middle_.size() / 64 + 1) {}

  void put(std::uint32_t thing, std::uint32_t key) {
    const std::uint32_t b = key >> kShift, old = head_[b];
    next_[thing] = old;
    before_[thing] = kNone;
    bucket_[thing] = b;
    head_[b] = thing;
    if (old != kNone) {
      before_[old] = thing;
      return;
    }
    low_[b >> 6] |= bit(b);
    middle_[b >> 12] |= bit(b >> 6);
    high_[b >> 18] |= bit(b >> 12);
  }

  void remove(std::uint32_t thing) {
    const std::uint32_t b = bucket_[thing];
    if (b == kNone) return;
    bucket_[thing] = kNone;
    const std::uint32_t after = next_[thing], before = before_[thing];
    if (after != kNone) before_[after] = before;
    if (before != kNone) {
      next_[before] = after;
      return;
    }
    head_[b] = after;
    if (after != kNone || (low_[b >> 6] &= ~bit(b)) || (middle_[b >> 12] &= ~bit(b >> 6))) return;
    high_[b >> 18] &= ~bit(b >> 12);
  }

  std::uint32_t top() const {  // kNone when empty
    for (std::size_t i = 0; i < high_.size(); ++i) {
      if (!high_[i]) continue;
      std::size_t at = i * 64 + lowest_bit(high_[i]);
      at = at * 64 + lowest_bit(middle_[at]);
      at = at * 64 + lowest_bit(low_[at]);
      return head_[at];
    }
    return kNone;
  }

 private:
  static constexpr std::size_t kBuckets = (0x7F800000u >> kShift) + 1;
  static std::uint64_t bit(std::uint32_t at) { return std::uint64_t(1) << (at & 63); }
  std::vector<std::uint32_t> head_, next_, before_, bucket_;
  std::vector<std::uint64_t> low_, middle_, high_;
};

}  // namespace pochade
