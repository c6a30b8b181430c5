// Edges: the standard deviation of every window.
#pragma once
#include <cstddef>

namespace pochade::edges {

// Windows of a strip of columns of a band of rows. Row y of the result covers rows[y] ..
// rows[y + window - 1], column x the picture's columns x + first .. x + first + window - 1; those
// outside the picture are its mirror image, the edge pixel repeated.
struct Strip {
  const void *const *rows;  // `height + window - 1` rows of `width` pixels of `channels` integers
  std::size_t height, width, channels, window;
  std::ptrdiff_t first;
  std::size_t begin, end;  // columns of the result
  double scale;            // strength = scale * sqrt(sum of squares * n - square of sum)
  float *out;              // the first row of the result; column `begin` is out[begin]
  std::size_t stride;
};

constexpr std::size_t STRIP = 1536;        // numbers in a strip, about: what the first cache holds
constexpr std::size_t SMALL_WINDOW = 13;   // 4 channels of bytes in windows up to here: 31 bits
constexpr std::size_t SMALL_CHANNELS = 4;

// Numbers of eight bytes that one strip needs beside its input.
constexpr std::size_t scratch_size(std::size_t columns, std::size_t channels, std::size_t window) {
  return 6 * ((columns + window) * channels + 64);
}

}  // namespace pochade::edges

// window_bytes32: bytes, window and channels small; window_bytes and window_words: any.
#define POCHADE_EDGE_KERNELS(isa)                                                    \
  namespace pochade::isa {                                                           \
  void window_bytes32(const edges::Strip &strip, unsigned long long *scratch);       \
  void window_bytes(const edges::Strip &strip, unsigned long long *scratch);         \
  void window_words(const edges::Strip &strip, unsigned long long *scratch);         \
  }

POCHADE_EDGE_KERNELS(baseline)
#if defined(POCHADE_HAS_v3) || defined(POCHADE_ISA_v3)
POCHADE_EDGE_KERNELS(v3)
#endif
#if defined(POCHADE_HAS_v4) || defined(POCHADE_ISA_v4)
POCHADE_EDGE_KERNELS(v4)
#endif
