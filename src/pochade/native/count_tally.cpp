#include "count_tally.hpp"

#include <algorithm>
#include <cstring>

#include "cpu.hpp"

namespace pochade {

const KeyKernels &key_kernels() {
#if defined(POCHADE_HAS_v4)
  if (chosen_isa() == Isa::v4) return v4::count_kernels;
#endif
#if defined(POCHADE_HAS_v3)
  if (chosen_isa() == Isa::v3) return v3::count_kernels;
#endif
  return baseline::count_kernels;
}

std::vector<Span> cut_into_chunks(const std::vector<Span> &images, int channels) {
  constexpr std::size_t kChunk = 65536;
  std::vector<Span> chunks;
  for (const Span &image : images)
    for (std::size_t i = 0; i < image.count; i += kChunk)
      chunks.push_back({image.pixels + i * channels, std::min(kChunk, image.count - i)});
  return chunks;
}

int useful_workers(std::size_t pixels, int threads) {
  // A thread costs about 50 us to start and its own table; below 200,000 pixels it does not pay.
  const std::size_t most = pixels / 200000 + 1;
  return static_cast<int>(std::min<std::size_t>(most, threads < 1 ? 1 : threads));
}

Tally::Tally()
    : slot_(kCells, 0), counters_(new std::uint8_t[(kCells + std::size_t{1}) * kCellSize]) {}

std::uint32_t Tally::open_slot(std::uint32_t cell) {
  slot_[cell] = static_cast<std::uint16_t>(used_);
  std::memset(counters_.get() + std::size_t{used_} * kCellSize, 0, kCellSize);
  return used_++;
}

void Tally::carry(std::size_t index) {
  if (carry_of_.empty()) carry_of_.resize(kCells + 1, 0);
  std::uint16_t &at = carry_of_[index / kCellSize];
  if (!at) {
    carry_.resize(carry_.size() + kCellSize, 0);
    at = static_cast<std::uint16_t>(carry_.size() / kCellSize);
  }
  carry_[(at - std::size_t{1}) * kCellSize + index % kCellSize] += 255;
}

void Tally::add(const std::uint32_t *keys, std::size_t n) {
  const std::uint16_t *slot = slot_.data();
  std::uint8_t *counters = counters_.get();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t key = keys[i];
    std::uint32_t at = slot[key >> 9];
    if (!at) at = open_slot(key >> 9);
    const std::size_t index = std::size_t{at} * kCellSize + (key & (kCellSize - 1));
    // A counter goes 255 -> 1 and carries 255, so that it never is 0 again.
    if (++counters[index] == 0) {
      counters[index] = 1;
      carry(index);
    }
  }
}

}  // namespace pochade
