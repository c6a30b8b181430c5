// Which palette entries can be the nearest to some colour of a cell.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "count_keys.hpp"

namespace pochade {

// Palette entries, one array per channel. Where the values are whole numbers from 0 to 255 all
// arithmetic here is exact (every term is an integer below 2^24).
struct Entries {
  std::vector<float> channel[4];
  std::vector<std::uint32_t> index;  // ascending
  std::size_t size() const { return index.size(); }
};

// Lists built when first asked for, in two steps (boxes of 32 x 32 x 32, then cells of 8 x 8 x 8),
// so that with a palette of 65,536 entries a cell costs some hundreds of tests, not all of them.
// With e the entry nearest to the centre of the box, an entry j stays in the list when some
// colour of the box is at least as near to j as to e. The difference of the two squared distances
// is linear in the colour, so its extreme over the box is found per channel: an exact test.
class Candidates {
 public:
  struct Entry {
    float color[4];
    std::uint32_t index;
  };
  struct List {
    const Entry *begin, *end;
  };

  // Alpha of the colours asked for: from low_alpha to high_alpha. `slack` keeps entries that
  // miss by less, for palettes that are not whole numbers.
  Candidates(const Entries &palette, float low_alpha, float high_alpha, float slack = 0.0f);

  // The entries that can be nearest in a cell, by index; valid until the next call.
  List of_cell(std::uint32_t cell);
  // The same for the box of 32 x 32 x 32 colours around a cell.
  List of_box(std::uint32_t cell);

  // The index of the nearest in a list; the lowest among equals.
  static std::uint32_t nearest(const List &list, float r, float g, float b, float alpha);

 private:
  struct Range {
    std::uint32_t begin = 0, size = 0;  // size 0: not built
  };
  Range within(const Entries &from, const float *low, const float *high);
  Entries gather(const Range &range) const;
  List list(const Range &range) const {
    return {pool_.data() + range.begin, pool_.data() + range.begin + range.size};
  }
  const Range &box(std::uint32_t cell);

  const Entries &palette_;
  float alpha_[2], slack_;
  std::vector<Range> boxes_, cells_;  // 512, 32768
  std::vector<Entries> box_entries_;  // 512
  std::vector<Entry> pool_;
  std::vector<float> distance_;  // scratch
};

}  // namespace pochade
