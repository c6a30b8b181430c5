// A rectangle with a large hole in it, and what is known around the hole.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pochade::noise {

struct Basin {
  enum Cell : std::uint8_t { outside = 0, known = 1, hole = 2 };  // outside: of another hole
  Basin(std::int64_t h, std::int64_t w, int c)
      : height(h),
        width(w),
        channels(c),
        cells(static_cast<std::size_t>(h * w), outside),
        values(static_cast<std::size_t>(h * w * c), 0.f) {}
  std::int64_t height, width;
  int channels;
  std::vector<Cell> cells;
  std::vector<float> values;
};

// Fills the hole's values. Some cell beside the hole must be known.
void solve(Basin &basin);

}  // namespace pochade::noise
