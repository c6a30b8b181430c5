// From a pixel's key to its label: a table of cells, and a table of 512 where a cell is mixed.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "count_keys.hpp"
#include "count_tally.hpp"
#include "parallel.hpp"

namespace pochade {

// T holds the labels; its largest value means "not known yet" and sends the pixel to a slow path.
template <class T>
class ColorMap {
 public:
  static constexpr T kUnknown = static_cast<T>(-1);

  ColorMap() : entry_(kCells), values_(kCells, kUnknown) {
    for (std::uint32_t cell = 0; cell < kCells; ++cell) entry_[cell] = cell;
  }
  // Two dependent loads and no branch: a cell with one label reads its own place at the front of
  // the values whatever the sub-key, a mixed cell (top bit) its own 512 further on.
  T find(std::uint32_t key) const {
    const std::uint32_t entry = entry_[(key >> 9) & (kCells - 1)];
    const auto mixed = static_cast<std::uint32_t>(static_cast<std::int32_t>(entry) >> 31);
    return values_[(entry & 0x7fffffffu) + (key & (kCellSize - 1) & mixed)];
  }
  bool mixed(std::uint32_t cell) const { return entry_[cell] >> 31; }
  bool known(std::uint32_t cell) const { return mixed(cell) || values_[cell] != kUnknown; }
  // The whole cell has one label.
  void set_cell(std::uint32_t cell, T label) { values_[cell] = label; }
  // The cell has a label for each of its 512 colours, all unknown at first.
  void split_cell(std::uint32_t cell) {
    entry_[cell] = static_cast<std::uint32_t>(values_.size()) | 0x80000000u;
    values_.resize(values_.size() + kCellSize, kUnknown);
  }
  void set_color(std::uint32_t key, T label) {
    values_[(entry_[(key >> 9) & (kCells - 1)] & 0x7fffffffu) + (key & (kCellSize - 1))] = label;
  }

 private:
  std::vector<std::uint32_t> entry_;
  std::vector<T> values_;
};

// out[i] = the label of pixel i of the chunk; miss(key) answers for keys that the map does not
// know and for those that are not opaque (RGBA only), and may teach the map.
template <class T, class Out, class Miss>
void label_chunk(const ColorMap<T> &map, const Span &chunk, int channels, Out *out, Miss &&miss) {
  constexpr std::uint32_t kOpaque = 0xff000000u;
  const KeyKernels &kernels = key_kernels();
  std::uint32_t keys[kBlock];
  for (std::size_t i = 0; i < chunk.count; i += kBlock) {
    const std::size_t n = std::min(kBlock, chunk.count - i);
    (channels == 3 ? kernels.rgb : kernels.rgba)(chunk.pixels + i * channels, n, keys);
    for (std::size_t j = 0; j < n; ++j) {
      T label = channels == 3 || keys[j] >= kOpaque ? map.find(keys[j]) : ColorMap<T>::kUnknown;
      if (label == ColorMap<T>::kUnknown) label = miss(keys[j]);
      out[i + j] = static_cast<Out>(label);
    }
  }
}

}  // namespace pochade
