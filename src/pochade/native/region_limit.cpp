// Where a number of regions ends among the heights, and the order of labels.
#include <algorithm>
#include <cstring>

#include "region_cost.hpp"
#include "region_cut.hpp"

namespace pochade {
namespace {

constexpr int kShift = 15;  // heights are counted by their 17 leading bits: sign, exponent, 8 bits
constexpr std::size_t kSample = 1 << 14;
constexpr std::size_t kBins = (0x7F800000u >> kShift) + 1;

inline std::size_t bin_of(float height) {
  // Heights are not negative; an infinite one has the last bin.
  return std::min<std::size_t>(bits_of_cost(height) >> kShift, kBins - 1);
}

}  // namespace

namespace {

using Key = std::uint64_t;  // height, then number

Key key_of(float height, std::size_t v) { return Key(bits_of_cost(height)) << 32 | v; }

// The limit, and the level, from candidates: those that come first by `rank` are split.
Limit limit_among(std::vector<Key> &candidates, std::size_t rank, float *level) {
  const auto whole = candidates.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(candidates.begin(), whole, candidates.end(), std::greater<>());
  *level = cost_of_bits(static_cast<std::uint32_t>(*whole >> 32));
  return {*level, static_cast<std::size_t>(*whole & 0xFFFFFFFFu) + 1};
}

// A few regions of many pixels: a sample says from which height on to look. False if that failed.
bool limit_by_sample(const TreeView &tree, std::size_t count, Limit *limit, float *level) {
  const std::size_t unions = tree.nodes - tree.n, step = unions / kSample + 1;
  if (count + 1 > unions / 8 || unions < kSample) return false;
  std::vector<float> sample;
  sample.reserve(kSample + 1);
  for (std::size_t v = tree.n; v < tree.nodes; v += step) sample.push_back(tree.height(v));
  const std::size_t rank = std::min(sample.size() - 1, 2 * count / step + 24);
  std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(rank), sample.end(),
                   std::greater<>());
  const float from = sample[rank];
  std::vector<Key> candidates;
  for (std::size_t v = tree.n; v < tree.nodes; ++v) {
    const float height = tree.height(v);
    if (height < from) continue;
    if (candidates.size() >= unions / 2) return false;  // many equal heights
    candidates.push_back(key_of(height, v));
  }
  if (candidates.size() <= count) return false;
  *limit = limit_among(candidates, count, level);
  return true;
}

}  // namespace

Limit limit_for(const TreeView &tree, std::size_t count, const std::uint8_t *able, float *level) {
  Limit limit;
  if (!able && limit_by_sample(tree, count, &limit, level)) return limit;
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
  std::vector<Key> inside;
  inside.reserve(counts[bin]);
  for (std::size_t v = tree.n; v < tree.nodes; ++v) {
    if (able && !able[v]) continue;
    const float height = tree.height(v);
    if (bin_of(height) == bin) inside.push_back(key_of(height, v));
  }
  return limit_among(inside, count - above, level);
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
