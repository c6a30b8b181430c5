#include "count_candidates.hpp"

#include <algorithm>

namespace pochade {
namespace {

// Squared distances from each entry to the nearest and to the farthest colour of a box.
void box_distances(const Entries &from, const ColorBox &box, float *near, float *far) {
  const std::size_t n = from.size();
  std::fill(near, near + n, 0.0f);
  std::fill(far, far + n, 0.0f);
  for (int c = 0; c < 4; ++c) {
    const float low = box.low[c], high = box.high[c];
    const float *v = from.channel[c].data();
    for (std::size_t i = 0; i < n; ++i) {
      const float below = low - v[i], above = v[i] - high;
      const float outside = below > above ? below : above;
      const float gap = outside > 0.0f ? outside : 0.0f;
      const float to_high = high - v[i], to_low = v[i] - low;
      const float reach = to_high > to_low ? to_high : to_low;
      near[i] += gap * gap;
      far[i] += reach * reach;
    }
  }
}

float least_of(const float *v, std::size_t n) {
  float lane[8];  // eight running minima, so that the loop vectorises without -ffast-math
  std::fill(lane, lane + 8, 1e30f);
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; ++j) lane[j] = v[i + j] < lane[j] ? v[i + j] : lane[j];
  for (; i < n; ++i) lane[0] = std::min(lane[0], v[i]);
  return *std::min_element(lane, lane + 8);
}

}  // namespace

void Entries::add(const Entries &from, std::size_t i) {
  for (int c = 0; c < 4; ++c) channel[c].push_back(from.channel[c][i]);
  index.push_back(from.index[i]);
}

Candidates::Candidates(const Entries &palette, float low_alpha, float high_alpha)
    : palette_(palette),
      low_alpha_(low_alpha),
      high_alpha_(high_alpha),
      coarse_(512),
      fine_of_(kCells, 0),
      near_(palette.size()),
      far_(palette.size()) {}

Entries Candidates::within(const Entries &from, const ColorBox &box) {
  box_distances(from, box, near_.data(), far_.data());
  const float least = least_of(far_.data(), from.size());
  Entries kept;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (near_[i] <= least) kept.add(from, i);
  return kept;
}

const Entries &Candidates::of_cell(std::uint32_t cell) {
  if (fine_of_[cell]) return fine_[fine_of_[cell] - 1];
  ColorBox box;
  const auto set = [&](int c, std::uint32_t low, std::uint32_t size) {
    box.low[c] = static_cast<float>(low);
    box.high[c] = static_cast<float>(low + size - 1);
  };
  box.low[3] = low_alpha_;
  box.high[3] = high_alpha_;
  const std::uint32_t r = cell >> 10, g = (cell >> 5) & 31, b = cell & 31;
  Entries &coarse = coarse_[((r >> 2) << 6) | ((g >> 2) << 3) | (b >> 2)];
  if (!coarse.size()) {
    set(0, (r >> 2) * 32, 32);
    set(1, (g >> 2) * 32, 32);
    set(2, (b >> 2) * 32, 32);
    coarse = within(palette_, box);
  }
  set(0, r * 8, 8);
  set(1, g * 8, 8);
  set(2, b * 8, 8);
  fine_.push_back(within(coarse, box));
  fine_of_[cell] = static_cast<std::uint32_t>(fine_.size());
  return fine_.back();
}

std::uint32_t Candidates::nearest(std::uint32_t key, float alpha) {
  const Entries &list = of_cell((key >> 9) & (kCells - 1));
  const std::uint32_t color = color_of(key);
  const auto r = static_cast<float>(color & 0xff), g = static_cast<float>((color >> 8) & 0xff),
             b = static_cast<float>((color >> 16) & 0xff);
  std::size_t best = 0;
  float least = 1e30f;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const float x = list.channel[0][i] - r, y = list.channel[1][i] - g, z = list.channel[2][i] - b,
                w = list.channel[3][i] - alpha;
    const float d = x * x + y * y + z * z + w * w;
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return list.index[best];
}

}  // namespace pochade
