// Exact counts of the colours of pictures, in a fixed order.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "count_tally.hpp"

namespace pochade {

struct FreeMemory {
  void operator()(void *p) const { std::free(p); }
};

struct Counted {
  std::size_t size = 0;
  std::unique_ptr<std::uint8_t[], FreeMemory> colors;   // size x channels
  std::unique_ptr<std::uint32_t[], FreeMemory> counts;  // size
};

// Order: the one transparent colour (0, 0, 0, 0), then opaque colours along a Hilbert curve of
// cells and by key within a cell, then translucent ones by alpha (in eighths), curve, key, alpha.
Counted count_exact(const std::vector<Span> &images, int channels, int threads);

}  // namespace pochade
