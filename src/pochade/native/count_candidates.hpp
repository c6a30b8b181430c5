// Which palette entries can be the nearest to some colour of a cell.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "count_keys.hpp"

namespace pochade {

// Palette entries as separate float channels: all values and squared distances are integers
// below 2^24, so float arithmetic on them is exact and the loops vectorise on any machine.
struct Entries {
  std::vector<float> channel[4];
  std::vector<std::uint32_t> index;  // ascending
  std::size_t size() const { return index.size(); }
  void add(const Entries &from, std::size_t i);
};

// A box of colours, both ends included.
struct ColorBox {
  float low[4], high[4];
};

// Lists built when first asked for, in two steps (boxes of 32 x 32 x 32, then cells of 8 x 8 x 8),
// so that a palette of 65,536 entries costs a cell some hundreds of tests, not all of them.
// An entry stays in a list when its least distance to the box is not above the least over all
// entries of the greatest distance: any other is farther than that one from every colour inside.
class Candidates {
 public:
  Candidates(const Entries &palette, float low_alpha, float high_alpha);
  const Entries &of_cell(std::uint32_t cell);
  // The nearest entry to the colour of a key with this alpha.
  std::uint32_t nearest(std::uint32_t key, float alpha);

 private:
  Entries within(const Entries &from, const ColorBox &box);

  const Entries &palette_;
  float low_alpha_, high_alpha_;
  std::vector<Entries> coarse_;        // 512
  std::vector<std::uint32_t> fine_of_;  // of each cell: 1 + its place in fine_; 0: not built
  std::vector<Entries> fine_;
  std::vector<float> near_, far_;  // scratch
};

}  // namespace pochade
