#include "count_candidates.hpp"

#include <algorithm>

namespace pochade {
namespace {

// The position of the entry nearest to a place.
std::size_t nearest_to(const Entries &from, const float *place, float *distance) {
  const std::size_t n = from.size();
  const float *r = from.channel[0].data(), *g = from.channel[1].data(),
              *b = from.channel[2].data(), *a = from.channel[3].data();
  for (std::size_t i = 0; i < n; ++i) {
    const float x = r[i] - place[0], y = g[i] - place[1], z = b[i] - place[2], w = a[i] - place[3];
    distance[i] = x * x + y * y + z * z + w * w;
  }
  float lane[8];  // eight running minima, so that the loop vectorises without -ffast-math
  std::fill(lane, lane + 8, 1e30f);
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (std::size_t j = 0; j < 8; ++j)
      lane[j] = distance[i + j] < lane[j] ? distance[i + j] : lane[j];
  for (; i < n; ++i) lane[0] = std::min(lane[0], distance[i]);
  const float least = *std::min_element(lane, lane + 8);
  return static_cast<std::size_t>(std::find(distance, distance + n, least) - distance);
}

// For each entry: the most that it is nearer than `rival` to any colour of the box.
void most_nearer(const Entries &from, std::size_t rival, const float *low, const float *high,
                 float *gain) {
  const std::size_t n = from.size();
  std::fill(gain, gain + n, 0.0f);
  for (int c = 0; c < 4; ++c) {
    const float *v = from.channel[c].data();
    const float e = v[rival], two_low = 2 * low[c], two_high = 2 * high[c];
    for (std::size_t i = 0; i < n; ++i) {
      // |x - e|^2 - |x - v|^2 = (v - e) (2 x - v - e), linear in x: extreme at an end.
      const float difference = v[i] - e, sum = v[i] + e;
      const float at_low = difference * (two_low - sum), at_high = difference * (two_high - sum);
      gain[i] += at_low > at_high ? at_low : at_high;
    }
  }
}

}  // namespace

Candidates::Candidates(const Entries &palette, float low_alpha, float high_alpha, float slack)
    : palette_(palette),
      alpha_{low_alpha, high_alpha},
      slack_(slack),
      boxes_(512),
      cells_(kCells),
      box_entries_(512),
      distance_(palette.size()) {}

Candidates::Range Candidates::within(const Entries &from, const float *low, const float *high) {
  float center[4];
  for (int c = 0; c < 4; ++c) center[c] = (low[c] + high[c]) / 2;
  const std::size_t rival = nearest_to(from, center, distance_.data());
  most_nearer(from, rival, low, high, distance_.data());
  Range range;
  range.begin = static_cast<std::uint32_t>(pool_.size());
  for (std::size_t i = 0; i < from.size(); ++i)
    if (distance_[i] >= -slack_)
      pool_.push_back({{from.channel[0][i], from.channel[1][i], from.channel[2][i],
                        from.channel[3][i]},
                       from.index[i]});
  range.size = static_cast<std::uint32_t>(pool_.size()) - range.begin;
  return range;
}

Entries Candidates::gather(const Range &range) const {
  Entries entries;
  const List some = list(range);
  for (const Entry *entry = some.begin; entry < some.end; ++entry) {
    for (int c = 0; c < 4; ++c) entries.channel[c].push_back(entry->color[c]);
    entries.index.push_back(entry->index);
  }
  return entries;
}

const Candidates::Range &Candidates::box(std::uint32_t cell) {
  const std::uint32_t corner[3] = {(cell >> 12) & 7, (cell >> 7) & 7, (cell >> 2) & 7};
  const std::uint32_t at = (corner[0] << 6) | (corner[1] << 3) | corner[2];
  if (!boxes_[at].size) {
    float low[4], high[4];
    for (int c = 0; c < 3; ++c) {
      low[c] = static_cast<float>(32 * corner[c]);
      high[c] = low[c] + 31;
    }
    low[3] = alpha_[0];
    high[3] = alpha_[1];
    boxes_[at] = within(palette_, low, high);
  }
  return boxes_[at];
}

Candidates::List Candidates::of_box(std::uint32_t cell) { return list(box(cell)); }

Candidates::List Candidates::of_cell(std::uint32_t cell) {
  if (!cells_[cell].size) {
    const auto from = static_cast<std::size_t>(&box(cell) - boxes_.data());
    if (!box_entries_[from].size()) box_entries_[from] = gather(boxes_[from]);
    const std::uint32_t corner[3] = {cell >> 10, (cell >> 5) & 31, cell & 31};
    float low[4], high[4];
    for (int c = 0; c < 3; ++c) {
      low[c] = static_cast<float>(8 * corner[c]);
      high[c] = low[c] + 7;
    }
    low[3] = alpha_[0];
    high[3] = alpha_[1];
    cells_[cell] = within(box_entries_[from], low, high);
  }
  return list(cells_[cell]);
}

std::uint32_t Candidates::nearest(const List &list, float r, float g, float b, float alpha) {
  float least = 1e30f;
  std::uint32_t best = 0;
  for (const Entry *entry = list.begin; entry < list.end; ++entry) {
    const float x = entry->color[0] - r, y = entry->color[1] - g, z = entry->color[2] - b,
                w = entry->color[3] - alpha;
    const float d = x * x + y * y + z * z + w * w;
    if (d < least) {
      least = d;
      best = entry->index;
    }
  }
  return best;
}

}  // namespace pochade
