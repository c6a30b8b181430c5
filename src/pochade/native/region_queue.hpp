// The cheapest pair first, for the few regions that bulk merging leaves.
#pragma once
#include <cstdint>
#include <functional>

#include "region_buffer.hpp"
#include "region_kernels.hpp"

namespace pochade {

// More room than regions in `nearest`: it is used for other numbers in between.
constexpr std::size_t kSpareNumbers = 16384;

// Regions and their lists, as `RegionView` describes them.
struct RegionGraph {
  std::uint32_t count = 0;
  std::size_t top = 0;  // end of what is used in the pool
  Buffer<float> at;
  Buffer<std::uint32_t> offset, length, node, nearest, pool;
  void need(std::size_t regions, std::size_t stride, std::size_t room, Workspace *space) {
    at.need((regions + 1) * stride, space);
    for (auto *each : {&offset, &length, &node}) each->need(regions + 1, space);
    nearest.need(regions + kSpareNumbers, space);
    pool.need(room + 64, space);
  }
  RegionView view() {
    return {count, at.data(), offset.data(), length.data(), node.data(), nearest.data(), pool.data()};
  }
  void drop() {
    at.drop();
    for (auto *each : {&offset, &length, &node, &nearest, &pool}) each->drop();
  }
};

using RegionPoll = std::function<void(std::size_t left)>;

// Merges all regions of the graph into one. Unions are numbered from first_union on. Altitudes are
// what each merge cost: they may lie below a child's. poll hears how many regions are left.
void merge_by_queue(RegionGraph &graph, int padded, std::uint32_t first_union,
                    std::int32_t *parents, float *altitudes, const RegionPoll &poll);

}  // namespace pochade
