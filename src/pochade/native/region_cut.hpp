// Which unions of a region tree a cut splits.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "region_buffer.hpp"

namespace pochade {

// A tree as the cuts read it. weights (256) and levels (2n-1), or both null: the altitude of node v
// counts weights[levels[v]] times.
struct TreeView {
  const std::int32_t *parents;
  const float *altitudes;
  std::size_t n, nodes;
  const float *weights;
  const std::uint8_t *levels;
  float height(std::size_t v) const {
    return levels ? altitudes[v] * weights[levels[v]] : altitudes[v];
  }
};

// Unions whose height is above `height`, or equal to it with a number from `first` on, are split.
struct Limit {
  float height;
  std::size_t first;
  bool splits(float of_node, std::size_t v) const {
    return of_node > height || (of_node == height && v >= first);
  }
};

// What splits the `count` highest unions, of equal heights those with higher numbers; only those that
// are `able` (by node), if given. Fewer if there are fewer. level: the height of the highest that is
// left whole, 0 if none is.
Limit limit_for(const TreeView &tree, std::size_t count, const std::uint8_t *able, float *level);

// labels[pixel] is an index into `nodes`; makes it the rank by first pixel, and nodes with it.
void number_by_first_pixel(std::int32_t *labels, std::size_t pixels, std::vector<std::int32_t> &nodes);

// Gives every pixel of a part that is too small (by index into nodes) to the neighbouring region with
// which the part has the longest border; see cuts.cut. `first`: the first pixel of each index.
void absorb_parts(std::int32_t *labels, std::size_t h, std::size_t w,
                  std::vector<std::uint8_t> &too_small);

}  // namespace pochade
