// Parts that are too small for a cut by area go to their neighbours.
#include <deque>
#include <numeric>

#include "region_cut.hpp"

namespace pochade {
namespace {

// The pixels of each part that is too small, in raster order, and in which order the parts begin.
struct Parts {
  std::vector<std::size_t> begin, pixels;
  std::deque<std::int32_t> order;
};

Parts parts_of(const std::int32_t *labels, std::size_t count,
               const std::vector<std::uint8_t> &too_small) {
  Parts parts;
  parts.begin.assign(too_small.size() + 1, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (!too_small[labels[i]]) continue;
    if (parts.begin[labels[i] + 1]++ == 0) parts.order.push_back(labels[i]);
  }
  std::partial_sum(parts.begin.begin(), parts.begin.end(), parts.begin.begin());
  parts.pixels.resize(parts.begin.back());
  std::vector<std::size_t> next = parts.begin;
  for (std::size_t i = 0; i < count; ++i)
    if (too_small[labels[i]]) parts.pixels[next[labels[i]]++] = i;
  return parts;
}

}  // namespace

void absorb_parts(std::int32_t *labels, std::size_t h, std::size_t w,
                  std::vector<std::uint8_t> &too_small) {
  const std::size_t count = h * w, regions = too_small.size();
  std::vector<std::size_t> first(regions, count);
  for (std::size_t i = count; i-- > 0;) first[labels[i]] = i;
  Parts parts = parts_of(labels, count, too_small);
  std::vector<std::uint32_t> border(regions, 0);
  std::vector<std::uint8_t> queued(regions, 0);
  for (const std::int32_t part : parts.order) queued[part] = 1;
  std::vector<std::int32_t> touched, waiting;
  while (!parts.order.empty()) {
    const std::int32_t part = parts.order.front();
    parts.order.pop_front();
    queued[part] = 0;
    if (!too_small[part]) continue;
    touched.clear();
    waiting.clear();
    const auto look = [&](std::size_t at) {
      const std::int32_t other = labels[at];
      if (other == part) return;
      if (too_small[other]) {
        waiting.push_back(other);
      } else if (border[other]++ == 0) {
        touched.push_back(other);
      }
    };
    for (std::size_t e = parts.begin[part]; e < parts.begin[part + 1]; ++e) {
      const std::size_t i = parts.pixels[e], x = i % w;
      if (i >= w) look(i - w);
      if (x > 0) look(i - 1);
      if (x + 1 < w) look(i + 1);
      if (i + w < count) look(i + w);
    }
    if (touched.empty()) continue;
    std::int32_t best = touched[0];
    for (const std::int32_t other : touched)
      if (border[other] > border[best] || (border[other] == border[best] && first[other] < first[best]))
        best = other;
    for (const std::int32_t other : touched) border[other] = 0;
    for (std::size_t e = parts.begin[part]; e < parts.begin[part + 1]; ++e)
      labels[parts.pixels[e]] = best;
    too_small[part] = 0;
    for (const std::int32_t other : waiting) {
      if (queued[other]) continue;
      queued[other] = 1;
      parts.order.push_back(other);
    }
  }
}

}  // namespace pochade
