// The order in which colours come out: cells along a Hilbert curve.
#pragma once
#include <array>
#include <cstdint>

#include "count_keys.hpp"

namespace pochade {

struct CellOrder {
  std::array<std::uint16_t, kCells> cell;  // cell[rank]
  std::array<std::uint16_t, kCells> rank;  // rank[cell]
};

// Built on first use (about 0.1 ms), then shared.
const CellOrder &cell_order();

}  // namespace pochade
