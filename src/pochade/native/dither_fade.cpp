// Flat patches with hard edges (drawings, text, icons), told apart from smooth gradients.
//
// A run of equal pixels, along a row or a column, that ends in a small step is part of a gradient;
// one that ends in large steps or at the border is part of a drawing. A pixel is flat when both
// its runs end hard and the longer one has min_run pixels.
#include "dither.hpp"

namespace pochade::dither {
namespace {

enum : int { soft_row = 1, long_row = 2 };

bool same(const std::uint8_t *a, const std::uint8_t *b, int channels) {
  for (int c = 0; c < channels; ++c)
    if (a[c] != b[c]) return false;
  return true;
}

bool soft(const std::uint8_t *a, const std::uint8_t *b, int channels, int step) {
  int most = 0;
  for (int c = 0; c < channels; ++c) {
    const int d = a[c] > b[c] ? a[c] - b[c] : b[c] - a[c];
    most = d > most ? d : most;
  }
  return most <= step;
}

template <class Label>
void mark_row(const std::uint8_t *row, std::int64_t width, int channels, int min_run, int step,
              Label *flags) {
  bool soft_start = false;
  for (std::int64_t start = 0; start < width;) {
    std::int64_t end = start + 1;
    while (end < width && same(row + start * channels, row + end * channels, channels)) ++end;
    const bool soft_end =
        end < width && soft(row + (end - 1) * channels, row + end * channels, channels, step);
    const int flag = (soft_start || soft_end ? soft_row : 0) | (end - start >= min_run ? long_row : 0);
    for (std::int64_t x = start; x < end; ++x) flags[x] = static_cast<Label>(flag);
    soft_start = soft_end;
    start = end;
  }
}

}  // namespace

template <class Label>
void mark_flat(const Picture &p, int min_run, int soft_step, Label *flags) {
  for (std::int64_t y = 0; y < p.height; ++y)
    mark_row(p.row(y), p.width, p.channels, min_run, soft_step, flags + y * p.width);
  std::vector<std::int64_t> start(static_cast<std::size_t>(p.width), 0);
  std::vector<std::uint8_t> soft_start(static_cast<std::size_t>(p.width), 0);
  for (std::int64_t y = 0; y < p.height; ++y) {
    const std::uint8_t *row = p.row(y), *below = y + 1 < p.height ? p.row(y + 1) : nullptr;
    for (std::int64_t x = 0; x < p.width; ++x) {
      const std::uint8_t *here = row + x * p.channels;
      const std::uint8_t *next = below ? below + x * p.channels : nullptr;
      if (next && same(here, next, p.channels)) continue;
      const bool soft_end = next && soft(here, next, p.channels, soft_step);
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

template void mark_flat(const Picture &, int, int, std::uint8_t *);
template void mark_flat(const Picture &, int, int, std::uint16_t *);

}  // namespace pochade::dither
