// Where a number of regions ends among the heights, and the order of labels.
#include <algorithm>
#include <cstring>

#include "region_cost.hpp"
#include "region_cut.hpp"

namespace pochade {
namespace {

constexpr int kShift = 15;  // heights are counted by their 17 leading bits: sign, exponent, 8 bits
constexpr std::size_t kBins = (0x7F800000u >> kShift) + 1;

inline std::size_t bin_of(float height) {
  // Heights are not negative; an infinite one has the last bin.
  return std::min<std::size_t>(bits_of_cost(height) >> kShift, kBins - 1);
}

}  // namespace

Limit limit_for(const TreeView &tree, std::size_t count, const std::uint8_t *able, float *level) {
  std::vector<std::uint32_t> counts(kBins, 0);
  std::size_t candidates = 0;
  for (std::size_t v = tree.n; v < tree.nodes; ++v) {
    if (able && !able[v]) continue;
    ++counts[bin_of(tree.height(v))];
    ++candidates;
  }
  *level = 0;
  if (count >= candidates) return {-1.f, 0};
  // The bin with the first union that stays whole.
  std::size_t above = 0, bin = kBins;
  while (above + counts[bin - 1] <= count) above += counts[--bin];
  --bin;
  std::vector<std::uint64_t> inside;
  inside.reserve(counts[bin]);
  for (std::size_t v = tree.n; v < tree.nodes; ++v) {
    if (able && !able[v]) continue;
    const float height = tree.height(v);
    if (bin_of(height) == bin) inside.push_back(std::uint64_t(bits_of_cost(height)) << 32 | v);
  }
  const auto whole = inside.begin() + static_cast<std::ptrdiff_t>(count - above);
  std::nth_element(inside.begin(), whole, inside.end(), std::greater<>());
  *level = cost_of_bits(static_cast<std::uint32_t>(*whole >> 32));
  return {*level, static_cast<std::size_t>(*whole & 0xFFFFFFFFu) + 1};
}

void number_by_first_pixel(std::int32_t *labels, std::size_t pixels,
                           std::vector<std::int32_t> &nodes) {
  std::vector<std::int32_t> rank(nodes.size(), -1), order;
  order.reserve(nodes.size());
  for (std::size_t i = 0; i < pixels; ++i) {
    std::int32_t &mine = rank[static_cast<std::size_t>(labels[i])];
    if (mine < 0) {
      mine = static_cast<std::int32_t>(order.size());
      order.push_back(nodes[static_cast<std::size_t>(labels[i])]);
    }
    labels[i] = mine;
  }
  nodes.swap(order);
}

}  // namespace pochade
