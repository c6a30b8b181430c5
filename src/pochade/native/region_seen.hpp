// Lists of numbers without repeats.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pochade {
namespace {  // every file has its own copy: they are compiled for different processors

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

}  // namespace
}  // namespace pochade
