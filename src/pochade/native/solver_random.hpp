// The random numbers of the clustering kernels: SplitMix64 (Steele, Lea, Flood 2014, "Fast
// splittable pseudorandom number generators"). The state starts at the seed and grows by
// 0x9E3779B97F4A7C15 a draw; uniform() is the top 53 bits of the mixed state divided by 2^53.
#pragma once
#include <cstdint>

namespace pochade {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)

 private:
  std::uint64_t state_;
};

}  // namespace pochade
