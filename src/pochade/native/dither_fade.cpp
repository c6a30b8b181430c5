// Flat patches with hard edges (drawings, text, icons), told apart from smooth gradients.
//
// A run of equal pixels, along a row or a column, that ends in a small step is part of a gradient;
// one that ends in large steps or at the border is part of a drawing. A pixel is flat when both
// its runs end hard and the longer one has min_run pixels.
#include "dither.hpp"

namespace pochade::dither {
namespace {

enum : int { soft_row = 1, long_row = 2 };

template <int channels>
bool same(const std::uint8_t *a, const std::uint8_t *b) {
  for (int c = 0; c < channels; ++c)
    if (a[c] != b[c]) return false;
  return true;
}

template <int channels>
bool soft(const std::uint8_t *a, const std::uint8_t *b, int step) {
  int most = 0;
  for (int c = 0; c < channels; ++c) {
    const int d = a[c] > b[c] ? a[c] - b[c] : b[c] - a[c];
    most = d > most ? d : most;
  }
  return most <= step;
}

template <int channels, class Label>
void mark_row(const std::uint8_t *row, std::int64_t width, int min_run, int step, Label *flags) {
  bool soft_start = false;
  for (std::int64_t start = 0; start < width;) {
    std::int64_t end = start + 1;
    while (end < width && same<channels>(row + start * channels, row + end * channels)) ++end;
    const bool soft_end =
        end < width && soft<channels>(row + (end - 1) * channels, row + end * channels, step);
    const int flag = (soft_start || soft_end ? soft_row : 0) | (end - start >= min_run ? long_row : 0);
    for (std::int64_t x = start; x < end; ++x) flags[x] = static_cast<Label>(flag);
    soft_start = soft_end;
    start = end;
  }
}

template <int channels, class Label>
void mark(const Picture &p, int min_run, int soft_step, Label *flags) {
  for (std::int64_t y = 0; y < p.height; ++y)
    mark_row<channels>(p.row(y), p.width, min_run, soft_step, flags + y * p.width);
  std::vector<std::int64_t> start(static_cast<std::size_t>(p.width), 0);
  std::vector<std::uint8_t> soft_start(static_cast<std::size_t>(p.width), 0);
  for (std::int64_t y = 0; y < p.height; ++y) {
    const std::uint8_t *row = p.row(y), *below = y + 1 < p.height ? p.row(y + 1) : nullptr;
    for (std::int64_t x = 0; x < p.width; ++x) {
      const std::uint8_t *here = row + x * channels;
      const std::uint8_t *next = below ? below + x * channels : nullptr;
      if (next && same<channels>(here, next)) continue;
      const bool soft_end = next && soft<channels>(here, next, soft_step);
      const bool soft_column = soft_start[x] || soft_end;
      const bool long_column = y - start[x] + 1 >= min_run;
      for (std::int64_t r = start[x]; r <= y; ++r) {
        Label &flag = flags[r * p.width + x];
        flag = !soft_column && !(flag & soft_row) && (long_column || (flag & long_row));
      }
      start[x] = y + 1;
      soft_start[x] = soft_end;
    }
  }
}

}  // namespace

template <class Label>
void mark_flat(const Picture &p, int min_run, int soft_step, Label *flags) {
  if (p.channels == 3)
    mark<3>(p, min_run, soft_step, flags);
  else
    mark<4>(p, min_run, soft_step, flags);
}

template void mark_flat(const Picture &, int, int, std::uint8_t *);
template void mark_flat(const Picture &, int, int, std::uint16_t *);

Fade::Fade(const Limits &limits, const PaletteView &palette, int channels)
    : limits_(limits),
      palette_(palette),
      channels_(channels),
      always_(channels == 4 || palette.alpha || limits.off),
      near_((1u << 18) / 32, 0u) {
  if (always_ || !limits.edge_aware) return;
  int reach = 0;
  while (static_cast<float>(reach * reach) < limits.high) ++reach;
  const auto cell = [](int level) { return (level < 0 ? 0 : level > 255 ? 255 : level) >> 2; };
  for (int j = 0; j < palette.k; ++j) {
    const std::uint8_t *q = palette.colors + 3 * j;
    for (int x = cell(q[0] - reach); x <= cell(q[0] + reach); ++x)
      for (int y = cell(q[1] - reach); y <= cell(q[1] + reach); ++y)
        for (int z = cell(q[2] - reach); z <= cell(q[2] + reach); ++z) {
          const unsigned at = static_cast<unsigned>(x << 12 | y << 6 | z);
          near_[at >> 5] |= 1u << (at & 31);
        }
  }
}

}  // namespace pochade::dither
