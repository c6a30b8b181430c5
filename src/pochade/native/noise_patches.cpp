// Patches: pixels joined where two of the eight neighbours differ by at most a step. The number of
// pixels of each patch, by union-find whose roots hold the size (Galler and Fischer 1964).
#include <algorithm>
#include <memory>

#include "noise.hpp"
#include "parallel.hpp"

namespace pochade::noise {

namespace {

constexpr std::int64_t kRows = 64;

// parent[i] >= 0 is another pixel of the patch; parent[i] < 0 marks the root and is minus the size.
inline std::int32_t root(std::int32_t *parent, std::int32_t i) {
  while (parent[i] >= 0) {
    const std::int32_t up = parent[i];
    if (parent[up] >= 0) parent[i] = parent[up];
    i = up;
  }
  return i;
}

inline void join(std::int32_t *parent, std::int32_t a, std::int32_t b) {
  a = root(parent, a);
  b = root(parent, b);
  if (a == b) return;
  if (parent[a] > parent[b]) std::swap(a, b);  // the smaller goes under the larger
  parent[a] += parent[b];
  parent[b] = a;
}

// Joins the pixels of row y among themselves (`along`) and with the row above (`above`).
void join_row(const Picture &p, int step, std::int64_t y, bool along, bool above,
              std::int32_t *parent) {
  const int c = p.channels;
  const std::uint8_t *row = p.pixels + y * p.width * c;
  const std::uint8_t *upper = row - p.width * c;
  const std::int32_t at = static_cast<std::int32_t>(y * p.width);
  const std::int32_t width = static_cast<std::int32_t>(p.width);
  for (std::int32_t x = 0; x < width; ++x) {
    const std::uint8_t *pixel = row + std::int64_t{x} * c;
    if (along && x > 0 && apart(pixel, pixel - c, c) <= step) join(parent, at + x, at + x - 1);
    if (!above) continue;
    for (std::int32_t u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); ++u)
      if (apart(pixel, upper + std::int64_t{u} * c, c) <= step)
        join(parent, at + x, at - width + u);
  }
}

}  // namespace

void patches(const Picture &p, int step, int threads, std::uint16_t *out) {
  const std::int64_t size = p.height * p.width;
  std::unique_ptr<std::int32_t[]> parent(new std::int32_t[static_cast<std::size_t>(size)]);
  const std::size_t chunks = static_cast<std::size_t>((p.height + kRows - 1) / kRows);
  parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::int64_t first = static_cast<std::int64_t>(chunk) * kRows;
    const std::int64_t last = std::min(p.height, first + kRows);
    std::fill(parent.get() + first * p.width, parent.get() + last * p.width, -1);
    for (std::int64_t y = first; y < last; ++y)
      join_row(p, step, y, true, y > first, parent.get());
  });
  for (std::int64_t y = kRows; y < p.height; y += kRows)  // the seams between the chunks
    join_row(p, step, y, false, true, parent.get());
  // Sizes are the same whatever the order of joins; roots are not, and are told to nobody.
  parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::int64_t first = static_cast<std::int64_t>(chunk) * kRows * p.width;
    const std::int64_t last = std::min(size, first + kRows * p.width);
    for (std::int64_t i = first; i < last; ++i) {
      std::int32_t at = static_cast<std::int32_t>(i);
      while (parent[at] >= 0) at = parent[at];  // reads only: other threads read as well
      out[i] = static_cast<std::uint16_t>(std::min<std::int32_t>(65535, -parent[at]));
    }
  });
}

}  // namespace pochade::noise
