// The standard deviation of every window by running sums. All sums are integers, so that nothing
// drifts, and may wrap: only the last difference has to fit, and it does (see edges.hpp).
#include <math.h>
#include <stdint.h>

#include "../edges.hpp"

namespace pochade::POCHADE_ISA {
namespace {

using edges::Strip;

#if defined(_MSC_VER)
#define POCHADE_ALONE __restrict
#else
#define POCHADE_ALONE __restrict__
#endif

// Adds one row to the sums of its columns, and the squares to theirs.
template <class P, class Q>
void enter_row(const P *POCHADE_ALONE row, size_t n, uint32_t *POCHADE_ALONE sums,
               Q *POCHADE_ALONE squares) {
  for (size_t i = 0; i < n; ++i) {
    const uint32_t value = row[i];
    sums[i] += value;
    squares[i] += static_cast<Q>(value) * value;
  }
}

// Adds one row and takes another away.
template <class P, class Q>
void move_row(const P *POCHADE_ALONE come, const P *POCHADE_ALONE go, size_t n,
              uint32_t *POCHADE_ALONE sums, Q *POCHADE_ALONE squares) {
  for (size_t i = 0; i < n; ++i) {
    const uint32_t a = come[i], b = go[i];
    sums[i] += a - b;
    squares[i] += static_cast<Q>(a) * a - static_cast<Q>(b) * b;
  }
}

// out[i] = the sum of W numbers `step` apart from in[i] on.
template <size_t W, class T>
inline T direct(const T *in, size_t step) {
  T sum = in[0];
  for (size_t k = 1; k < W; ++k) sum += in[k * step];
  return sum;
}

// n^2 times the variance of every window of W columns, number by number.
template <size_t W, class Q>
void spread_direct(const uint32_t *POCHADE_ALONE sums, const Q *POCHADE_ALONE squares, size_t step,
                   size_t n, Q area, Q *POCHADE_ALONE out) {
  for (size_t i = 0; i < n; ++i) {
    const Q sum = direct<W>(sums + i, step);
    out[i] = area * direct<W>(squares + i, step) - sum * sum;
  }
}

// The same sums for any window, by doubling: sums of 1, 2, 4, ... columns, those added up that the
// binary digits of the window name. `in` is used up.
template <class T>
void widen(T *POCHADE_ALONE in, size_t step, size_t window, size_t n, T *POCHADE_ALONE out) {
  size_t at = 0;
  for (size_t wide = 1; wide <= window; wide *= 2) {
    if (window & wide) {
      const T *from = in + at * step;
      if (at == 0)
        for (size_t i = 0; i < n; ++i) out[i] = from[i];
      else
        for (size_t i = 0; i < n; ++i) out[i] += from[i];
      at += wide;
    }
    if (2 * wide > window) break;
    const size_t length = n + (window - 2 * wide) * step;
    const T *next = in + wide * step;
    for (size_t i = 0; i < length; ++i) in[i] += next[i];
  }
}

// Adds up the channels of one pixel, and takes the root.
inline double joined(const uint32_t *of, size_t channels) {
  uint32_t sum = of[0];
  for (size_t c = 1; c < channels; ++c) sum += of[c];
  return static_cast<double>(static_cast<int32_t>(sum));
}
inline double joined(const uint64_t *of, size_t channels) {
  double sum = static_cast<double>(static_cast<int64_t>(of[0]));
  for (size_t c = 1; c < channels; ++c) sum += static_cast<double>(static_cast<int64_t>(of[c]));
  return sum;
}

template <size_t C, class Q>
void join_fixed(const Q *POCHADE_ALONE spread, size_t n, double scale, float *POCHADE_ALONE out) {
  for (size_t x = 0; x < n; ++x)
    out[x] = static_cast<float>(sqrt(joined(spread + C * x, C)) * scale);
}

template <class Q>
void join(const Q *spread, size_t channels, size_t n, double scale, float *out) {
  switch (channels) {
    case 1: return join_fixed<1>(spread, n, scale, out);
    case 3: return join_fixed<3>(spread, n, scale, out);
    case 4: return join_fixed<4>(spread, n, scale, out);
    default:
      for (size_t x = 0; x < n; ++x)
        out[x] = static_cast<float>(sqrt(joined(spread + channels * x, channels)) * scale);
  }
}

// The picture's column that stands for column x, 0 <= x < width or not: d c b a | a b c d | d c b a.
inline size_t mirrored(ptrdiff_t x, size_t width) {
  const ptrdiff_t round = 2 * static_cast<ptrdiff_t>(width);
  const ptrdiff_t at = ((x % round) + round) % round;
  return static_cast<size_t>(at < static_cast<ptrdiff_t>(width) ? at : round - 1 - at);
}

// Where the strip's columns lie: the first column of the buffer, and the part that is in the picture.
struct Place {
  ptrdiff_t start;
  size_t columns, inside_begin, inside_end;  // of the picture
};

// Columns beyond the picture have the sums of the columns that they mirror.
template <class T>
void mirror(const Place &place, size_t width, size_t channels, T *sums) {
  const ptrdiff_t start = place.start, end = start + static_cast<ptrdiff_t>(place.columns);
  auto copy = [&](ptrdiff_t x) {
    const ptrdiff_t from = static_cast<ptrdiff_t>(mirrored(x, width)) - start;
    for (size_t c = 0; c < channels; ++c)
      sums[static_cast<size_t>(x - start) * channels + c] =
          sums[static_cast<size_t>(from) * channels + c];
  };
  for (ptrdiff_t x = start; x < 0; ++x) copy(x);
  for (ptrdiff_t x = static_cast<ptrdiff_t>(width); x < end; ++x) copy(x);
}

template <class P, class Q>
void windows(const Strip &strip, unsigned long long *scratch) {
  const size_t channels = strip.channels, window = strip.window, columns = strip.end - strip.begin;
  Place place;
  place.start = static_cast<ptrdiff_t>(strip.begin) + strip.first;
  place.columns = columns + window - 1;
  place.inside_begin = place.start < 0 ? 0 : static_cast<size_t>(place.start);
  const size_t reach = static_cast<size_t>(place.start + static_cast<ptrdiff_t>(place.columns));
  place.inside_end = reach < strip.width ? reach : strip.width;
  const size_t room = place.columns * channels + 64, n = columns * channels;
  Q *squares = reinterpret_cast<Q *>(scratch), *wide_squares = squares + room;
  Q *spread = wide_squares + room, *copy_squares = spread + room;
  uint32_t *sums = reinterpret_cast<uint32_t *>(scratch + 4 * room), *wide_sums = sums + room;
  uint32_t *copy_sums = wide_sums + room;
  for (size_t i = 0; i < room; ++i) sums[i] = 0, squares[i] = 0;
  const size_t skip = static_cast<size_t>(static_cast<ptrdiff_t>(place.inside_begin) - place.start);
  const size_t length = (place.inside_end - place.inside_begin) * channels;
  const size_t offset = place.inside_begin * channels;
  uint32_t *own_sums = sums + skip * channels;
  Q *own_squares = squares + skip * channels;
  auto row = [&](size_t y) { return static_cast<const P *>(strip.rows[y]) + offset; };
  for (size_t y = 0; y + 1 < window; ++y) enter_row(row(y), length, own_sums, own_squares);
  const Q area = static_cast<Q>(window) * window;
  for (size_t y = 0; y < strip.height; ++y) {
    if (y == 0)
      enter_row(row(window - 1), length, own_sums, own_squares);
    else
      move_row(row(y + window - 1), row(y - 1), length, own_sums, own_squares);
    mirror(place, strip.width, channels, sums);
    mirror(place, strip.width, channels, squares);
    switch (window) {
      case 3: spread_direct<3>(sums, squares, channels, n, area, spread); break;
      case 5: spread_direct<5>(sums, squares, channels, n, area, spread); break;
      case 7: spread_direct<7>(sums, squares, channels, n, area, spread); break;
      default:
        for (size_t i = 0; i < place.columns * channels; ++i)
          copy_sums[i] = sums[i], copy_squares[i] = squares[i];
        widen(copy_sums, channels, window, n, wide_sums);
        widen(copy_squares, channels, window, n, wide_squares);
        for (size_t i = 0; i < n; ++i) {
          const Q sum = wide_sums[i];
          spread[i] = area * wide_squares[i] - sum * sum;
        }
    }
    join(spread, channels, columns, strip.scale, strip.out + y * strip.stride + strip.begin);
  }
}

}  // namespace

void window_bytes32(const Strip &strip, unsigned long long *scratch) {
  windows<uint8_t, uint32_t>(strip, scratch);
}

void window_bytes(const Strip &strip, unsigned long long *scratch) {
  windows<uint8_t, uint64_t>(strip, scratch);
}

void window_words(const Strip &strip, unsigned long long *scratch) {
  windows<uint16_t, uint64_t>(strip, scratch);
}

}  // namespace pochade::POCHADE_ISA
