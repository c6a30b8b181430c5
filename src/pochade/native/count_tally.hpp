// Counting colours: one 8-bit counter per colour in blocks of 512 that exist only for cells in use.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "count_keys.hpp"

namespace pochade {

// A run of consecutive pixels of one picture.
struct Span {
  const std::uint8_t *pixels;
  std::size_t count;
};

// The pictures cut into chunks of at most 65,536 pixels, in order.
std::vector<Span> cut_into_chunks(const std::vector<Span> &images, int channels);

// Runs body(worker) on as many workers as `threads` and the amount of work justify.
int useful_workers(std::size_t pixels, int threads);

// Opaque colours. Measured on Kodak photos (one thread, ns a pixel): this single pass 1.3 to 2.2;
// a radix partition by cell with 16-bit sub-keys (histogram, scatter, count) 2.8 to 3.4; an
// open-addressing hash of the colour 4 to 6. Skipping equal neighbours costs more in mispredicted
// branches than it saves. A photo uses 1,000 to 6,000 of the 32,768 cells, so the counters stay
// within the second-level cache; 16.8 MB is the most they can take.
class Tally {
 public:
  Tally();

  // Counts n keys; their top 8 bits must be 0.
  void add(const std::uint32_t *keys, std::size_t n);
  bool has(std::uint32_t cell) const { return slot_[cell] != 0; }
  // The 512 counters of a cell in use: not 0 exactly where the colour occurred.
  const std::uint8_t *counters(std::uint32_t cell) const {
    return counters_.get() + std::size_t{slot_[cell]} * kCellSize;
  }
  // What to add to the counters of a cell, or nullptr.
  const std::uint32_t *carried(std::uint32_t cell) const {
    const std::uint16_t at = carry_of_.empty() ? 0 : carry_of_[slot_[cell]];
    return at ? carry_.data() + (at - std::size_t{1}) * kCellSize : nullptr;
  }

 private:
  std::uint32_t open_slot(std::uint32_t cell);
  void carry(std::size_t index);

  std::vector<std::uint16_t> slot_;  // of each cell; 0: not in use
  // Address space for every cell, of which the system provides what is written to: blocks are
  // zeroed as they come into use. Growing a smaller one by copying cost a fifth of the time.
  std::unique_ptr<std::uint8_t[]> counters_;
  std::uint32_t used_ = 1;
  std::vector<std::uint16_t> carry_of_;  // of each slot: 1 + its block in carry_; 0: none
  std::vector<std::uint32_t> carry_;     // blocks of 512: colours that occur more than 255 times
};

}  // namespace pochade
