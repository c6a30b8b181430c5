// A large hole filled by Laplace's equation: first on a grid of half the size, then here, a few
// sweeps of over-relaxation at each size (cascadic multigrid, Bornemann and Deuflhard 1996).
#include <algorithm>
#include <utility>
#include <vector>

#include "noise_basin.hpp"

namespace pochade::noise {

namespace {

constexpr int kFineSweeps = 12, kCoarseSweeps = 24;
constexpr float kSpeed = 1.5f;

std::size_t place(const Basin &b, std::int64_t y, std::int64_t x) {
  return static_cast<std::size_t>(y * b.width + x);
}

// Half the size: a cell is known where any of its four pixels is, by the mean of those that are.
Basin halved(const Basin &b) {
  Basin half((b.height + 1) / 2, (b.width + 1) / 2, b.channels);
  for (std::int64_t y = 0; y < half.height; ++y)
    for (std::int64_t x = 0; x < half.width; ++x) {
      int known = 0;
      bool hole = false;
      float sum[4] = {0, 0, 0, 0};
      for (std::int64_t v = 2 * y; v < std::min(b.height, 2 * y + 2); ++v)
        for (std::int64_t u = 2 * x; u < std::min(b.width, 2 * x + 2); ++u) {
          const std::size_t at = place(b, v, u);
          hole = hole || b.cells[at] == Basin::hole;
          if (b.cells[at] != Basin::known) continue;
          ++known;
          for (int c = 0; c < b.channels; ++c) sum[c] += b.values[at * b.channels + c];
        }
      const std::size_t at = place(half, y, x);
      half.cells[at] = known ? Basin::known : hole ? Basin::hole : Basin::outside;
      if (known)
        for (int c = 0; c < b.channels; ++c)
          half.values[at * b.channels + c] = sum[c] / static_cast<float>(known);
    }
  return half;
}

void sweep(Basin &b) {
  const int channels = b.channels;
  for (std::int64_t y = 0; y < b.height; ++y)
    for (std::int64_t x = 0; x < b.width; ++x) {
      const std::size_t at = place(b, y, x);
      if (b.cells[at] != Basin::hole) continue;
      float sum[4] = {0, 0, 0, 0};
      int count = 0;
      const auto add = [&](std::size_t other) {
        if (b.cells[other] == Basin::outside) return;
        ++count;
        for (int c = 0; c < channels; ++c) sum[c] += b.values[other * channels + c];
      };
      if (y > 0) add(at - b.width);
      if (x > 0) add(at - 1);
      if (x + 1 < b.width) add(at + 1);
      if (y + 1 < b.height) add(at + b.width);
      if (count == 0) continue;
      for (int c = 0; c < channels; ++c) {
        float &value = b.values[at * channels + c];
        value += kSpeed * (sum[c] / static_cast<float>(count) - value);
      }
    }
}

void solve_at(Basin &b, int sweeps) {
  if (std::find(b.cells.begin(), b.cells.end(), Basin::hole) == b.cells.end()) return;
  {
    Basin half = halved(b);
    solve_at(half, kCoarseSweeps);
    for (std::int64_t y = 0; y < b.height; ++y)
      for (std::int64_t x = 0; x < b.width; ++x) {
        const std::size_t at = place(b, y, x), from = place(half, y / 2, x / 2);
        if (b.cells[at] != Basin::hole) continue;
        for (int c = 0; c < b.channels; ++c)
          b.values[at * b.channels + c] = half.values[from * b.channels + c];
      }
  }
  for (int i = 0; i < sweeps; ++i) sweep(b);
}

}  // namespace

void solve(Basin &basin) { solve_at(basin, kFineSweeps); }

}  // namespace pochade::noise
