// How far each pixel stands out of its eight neighbours.
#include <algorithm>

#include "noise.hpp"
#include "parallel.hpp"

namespace pochade::noise {

namespace {

constexpr std::int64_t kRows = 16;  // a chunk of rows: fixed, so that threads do not matter

// Insertion sort of at most eight numbers.
inline void sort_few(int *values, int count) {
  for (int i = 1; i < count; ++i) {
    const int value = values[i];
    int j = i;
    for (; j > 0 && values[j - 1] > value; --j) values[j] = values[j - 1];
    values[j] = value;
  }
}

constexpr int kLeast = 8;  // smaller differences are grain and count as none

// The difference to the second nearest neighbour, 0 below kLeast, less the median difference of the neighbours
// from their own median.
template <int C>
int standing(const std::uint8_t *pixel, const std::uint8_t *const *neighbours, int count) {
  int low = 256, second = 256;
  for (int i = 0; i < count; ++i) {
    const int gap = apart(pixel, neighbours[i], C);
    if (gap < low) {
      second = low;
      low = gap;
    } else if (gap < second) {
      second = gap;
    }
    if (second < kLeast) return 0;
  }
  if (count == 0) return 0;
  if (count == 1) second = low;
  if (second < kLeast) return 0;
  std::uint8_t middle[C];
  int values[8];
  for (int c = 0; c < C; ++c) {
    for (int i = 0; i < count; ++i) values[i] = neighbours[i][c];
    sort_few(values, count);
    middle[c] = static_cast<std::uint8_t>(values[(count - 1) / 2]);
  }
  for (int i = 0; i < count; ++i) values[i] = apart(neighbours[i], middle, C);
  sort_few(values, count);
  return std::max(0, second - values[count / 2]);
}

template <int C>
void rows(const Picture &p, std::int64_t first, std::int64_t last, std::uint8_t *out) {
  const std::int64_t stride = p.width * C;
  for (std::int64_t y = first; y < last; ++y) {
    const std::int64_t top = std::max<std::int64_t>(0, y - 1);
    const std::int64_t bottom = std::min(p.height - 1, y + 1);
    for (std::int64_t x = 0; x < p.width; ++x) {
      const std::int64_t left = std::max<std::int64_t>(0, x - 1);
      const std::int64_t right = std::min(p.width - 1, x + 1);
      const std::uint8_t *neighbours[8];
      int count = 0;
      for (std::int64_t v = top; v <= bottom; ++v)
        for (std::int64_t u = left; u <= right; ++u)
          if (v != y || u != x) neighbours[count++] = p.pixels + v * stride + u * C;
      out[y * p.width + x] = static_cast<std::uint8_t>(
          standing<C>(p.pixels + y * stride + x * C, neighbours, count));
    }
  }
}

}  // namespace

void standout(const Picture &p, int threads, std::uint8_t *out) {
  const std::size_t chunks = static_cast<std::size_t>((p.height + kRows - 1) / kRows);
  parallel_for(chunks, threads, [&](std::size_t chunk) {
    const std::int64_t first = static_cast<std::int64_t>(chunk) * kRows;
    const std::int64_t last = std::min(p.height, first + kRows);
    p.channels == 4 ? rows<4>(p, first, last, out) : rows<3>(p, first, last, out);
  });
}

}  // namespace pochade::noise
