#include "count_labels.hpp"

#include <atomic>

#include "count_map.hpp"
#include "count_translucent.hpp"

namespace pochade {
namespace {

template <class T>
struct KnownColors {
  ColorMap<T> opaque;
  KeyTable translucent;  // key -> 1 + label
  T transparent = ColorMap<T>::kUnknown;

  // Colours come cell by cell, so a cell is one run; where its labels are all the same it needs
  // no table of its own (colours of the run that did not occur get the label too: never asked).
  template <class Label>
  KnownColors(const std::uint8_t *colors, std::size_t m, int channels, Label &&label) {
    const auto key = [&](std::size_t i) {
      const std::uint8_t *c = colors + i * channels;
      return key_of(c[0], c[1], c[2], channels == 4 ? c[3] : 255u);
    };
    for (std::size_t i = 0; i < m;) {
      const std::uint32_t first = key(i);
      if (first < 0xff000000u) {
        if (first >> 24)
          translucent[first] = static_cast<std::uint32_t>(label(i)) + 1;
        else
          transparent = static_cast<T>(label(i));
        ++i;
        continue;
      }
      const std::uint32_t cell = (first >> 9) & (kCells - 1);
      const T one = static_cast<T>(label(i));
      std::size_t end = i + 1;
      bool same = true;
      for (; end < m && key(end) >> 9 == first >> 9; ++end) same &= static_cast<T>(label(end)) == one;
      if (same && !opaque.known(cell)) {
        opaque.set_cell(cell, one);
      } else {
        if (!opaque.mixed(cell)) opaque.split_cell(cell);
        for (std::size_t j = i; j < end; ++j) opaque.set_color(key(j), static_cast<T>(label(j)));
      }
      i = end;
    }
  }

  T other(std::uint32_t key, bool rgb) const {
    if (rgb || key >= 0xff000000u) return ColorMap<T>::kUnknown;
    if (!(key >> 24)) return transparent;
    return static_cast<T>(translucent.find(key, 0) - 1);
  }
};

}  // namespace

template <class Out>
bool labels_for_colors(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                       const std::uint32_t *labels, int threads, Out *out) {
  using T = std::uint32_t;
  const KnownColors<T> known(colors, m, channels, [labels](std::size_t i) { return labels[i]; });
  const std::vector<Span> chunks = cut_into_chunks({image}, channels);
  std::atomic<bool> complete{true};
  parallel_for(chunks.size(), useful_workers(image.count, threads), [&](std::size_t c) {
    bool found = true;
    label_chunk(known.opaque, chunks[c], channels, out + (chunks[c].pixels - image.pixels) / channels,
                [&](std::uint32_t key) {
                  const T label = known.other(key, channels == 3);
                  found &= label != ColorMap<T>::kUnknown;
                  return label;
                });
    if (!found) complete = false;
  });
  return complete;
}

template bool labels_for_colors(const Span &, int, const std::uint8_t *, std::size_t,
                                const std::uint32_t *, int, std::uint8_t *);
template bool labels_for_colors(const Span &, int, const std::uint8_t *, std::size_t,
                                const std::uint32_t *, int, std::uint16_t *);

bool add_weights(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                 const float *weights, double *sums) {
  using T = std::uint32_t;
  const KnownColors<T> known(colors, m, channels, [](std::size_t i) { return i; });
  bool found = true;
  std::vector<T> index(65536);
  for (const Span &chunk : cut_into_chunks({image}, channels)) {
    label_chunk(known.opaque, chunk, channels, index.data(), [&](std::uint32_t key) {
      const T label = known.other(key, channels == 3);
      found &= label != ColorMap<T>::kUnknown;
      return label;
    });
    if (!found) return false;
    for (std::size_t i = 0; i < chunk.count; ++i) sums[index[i]] += weights[i];
    weights += chunk.count;
  }
  return true;
}

}  // namespace pochade
