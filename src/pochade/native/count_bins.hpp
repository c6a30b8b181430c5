// Colours binned on a grid of 5 or 6 bits a channel, with the exact mean of each cell.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

namespace pochade {

struct Binned {
  std::size_t size = 0;
  std::unique_ptr<float[]> means;    // size x 3
  std::unique_ptr<float[]> weights;  // size: pixels sampled
};

struct Rows {
  const std::uint8_t *pixels;  // RGB
  std::size_t rows, columns;
};

// step 2 samples every second pixel of a row, starting at 0 or 1 by a fixed hash of the row.
Binned bin_rgb(const Rows &image, int bits, int step, int threads);

// Labels through the grid. A cell that no sampled pixel hit takes the palette entry nearest to
// its centre (when a palette of k entries is given) or the label of the nearest mean.
template <class Out>
void labels_for_bins(const Rows &image, int bits, const float *means, std::size_t m,
                     const std::uint32_t *labels, const float *palette, std::size_t k, int threads,
                     Out *out);

}  // namespace pochade
