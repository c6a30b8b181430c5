// Noise in pictures: pixels that stand out, patches with a step all around, a picture's smooth
// surface, and filling holes. The NumPy versions in pochade/noise/reference.py define the results.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade::noise {

// A picture: rows x columns of `channels` (3, or 4 with premultiplied alpha) bytes.
struct Picture {
  const std::uint8_t *pixels;
  std::int64_t height, width;
  int channels;
};

// The largest difference of two pixels in any channel.
inline int apart(const std::uint8_t *a, const std::uint8_t *b, int channels) {
  int most = 0;
  for (int c = 0; c < channels; ++c) {
    const int gap = a[c] > b[c] ? a[c] - b[c] : b[c] - a[c];
    most = gap > most ? gap : most;
  }
  return most;
}

void standout(const Picture &picture, int threads, std::uint8_t *out);
void patches(const Picture &picture, int step, int threads, std::uint16_t *out);
void surface(const Picture &picture, const std::uint8_t *guide, int radius, int tolerance,
             int threads, std::uint8_t *out);

enum class Fill { nearest = 0, median = 1, harmonic = 2 };
void fill_holes(const Picture &picture, const std::uint8_t *mask, Fill how, int threads,
                std::uint8_t *out);

}  // namespace pochade::noise
