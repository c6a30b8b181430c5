// A three-dimensional Hilbert curve over the 32 x 32 x 32 cells: consecutive cells always touch,
// so any run of consecutive colours is compact and a k-means kernel can prune whole runs.
//
// The rules are those of Hamilton, "Compact Hilbert Indices", Dalhousie University technical
// report CS-2006-07 (2006), section 2: a cube is walked in Gray code order, turned by its entry
// corner and direction.
#include "count_order.hpp"

#include <vector>

namespace pochade {
namespace {

struct Node {
  std::uint16_t r, g, b;      // corner of this cube in units of its size
  std::uint8_t entry, along;  // where the curve comes in, and along which axis it leaves
};

unsigned gray(unsigned i) { return i ^ (i >> 1); }

unsigned rotate(unsigned bits, unsigned by) {
  by %= 3;
  return ((bits << by) | (bits >> (3 - by))) & 7;
}

unsigned trailing_ones(unsigned i) {
  unsigned n = 0;
  for (; i & 1; i >>= 1) ++n;
  return n;
}

Node child(const Node &parent, unsigned i) {
  const unsigned turn = parent.along + 1u;
  const unsigned corner = rotate(gray(i), turn) ^ parent.entry;
  const unsigned entry = i == 0 ? 0 : gray(2 * ((i - 1) / 2));
  const unsigned along = i == 0 ? 0 : trailing_ones(i % 2 ? i : i - 1) % 3;
  return {static_cast<std::uint16_t>(2 * parent.r + ((corner >> 2) & 1)),
          static_cast<std::uint16_t>(2 * parent.g + ((corner >> 1) & 1)),
          static_cast<std::uint16_t>(2 * parent.b + (corner & 1)),
          static_cast<std::uint8_t>(parent.entry ^ rotate(entry, turn)),
          static_cast<std::uint8_t>((parent.along + along + 1) % 3)};
}

CellOrder build() {
  std::vector<Node> walk{{0, 0, 0, 0, 0}}, finer;
  for (int level = 0; level < 5; ++level) {
    finer.clear();
    finer.reserve(8 * walk.size());
    for (const Node &node : walk)
      for (unsigned i = 0; i < 8; ++i) finer.push_back(child(node, i));
    walk.swap(finer);
  }
  CellOrder order;
  for (std::uint32_t i = 0; i < kCells; ++i) {
    const Node &node = walk[i];
    const auto cell = static_cast<std::uint16_t>((node.r << 10) | (node.g << 5) | node.b);
    order.cell[i] = cell;
    order.rank[cell] = static_cast<std::uint16_t>(i);
  }
  return order;
}

}  // namespace

const CellOrder &cell_order() {
  static const CellOrder order = build();
  return order;
}

}  // namespace pochade
