// Counted colours first, then each distinct colour once, then labels back to the pixels: the
// search runs over some 60,000 colours in spatial order instead of 400,000 pixels, with one
// short candidate list at hand for a run of colours. (Searching at the first sight of a colour
// during one pass over the pixels took twice the time: its branches are unpredictable.)
#include "count_nearest.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "count_candidates.hpp"
#include "count_exact.hpp"
#include "count_labels.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

using u32 = std::uint32_t;

Entries entries_of(const std::uint8_t *palette, std::size_t k, int channels) {
  Entries all;
  for (std::size_t i = 0; i < k; ++i) {
    const std::uint8_t *color = palette + i * channels;
    const bool hidden = channels == 4 && color[3] == 0;
    for (int c = 0; c < 4; ++c)
      all.channel[c].push_back(hidden ? 0.0f : c < channels ? color[c] : 255.0f);
    all.index.push_back(static_cast<u32>(i));
  }
  return all;
}

// The colours of one cell (up to 512 at a time), one array per channel.
struct Run {
  float r[kCellSize], g[kCellSize], b[kCellSize], a[kCellSize], least[kCellSize];
  u32 label[kCellSize];
  std::size_t size = 0;

  void add(u32 key, bool rgb) {
    const u32 color = color_of(key);
    r[size] = static_cast<float>(color & 0xff);
    g[size] = static_cast<float>((color >> 8) & 0xff);
    b[size] = static_cast<float>((color >> 16) & 0xff);
    a[size++] = rgb ? 255.0f : static_cast<float>(color >> 24);
  }

  // Entry by entry over all colours: a loop that vectorises and has no branch to mispredict.
  void search(const Candidates::List &list) {
    std::fill(least, least + size, 1e30f);
    for (const Candidates::Entry *entry = list.begin; entry < list.end; ++entry) {
      const float er = entry->color[0], eg = entry->color[1], eb = entry->color[2],
                  ea = entry->color[3];
      const u32 index = entry->index;
      for (std::size_t i = 0; i < size; ++i) {
        const float x = r[i] - er, y = g[i] - eg, z = b[i] - eb, w = a[i] - ea;
        const float d = x * x + y * y + z * z + w * w;
        label[i] = d < least[i] ? index : label[i];
        least[i] = d < least[i] ? d : least[i];
      }
    }
  }
};

// Labels of the colours with these keys, in the order that counting gives them.
void label_colors(const u32 *keys, std::size_t n, bool rgb, const Entries &palette, u32 *labels) {
  // One set of lists for opaque colours, one for each eighth of alpha: short lists for all.
  std::unique_ptr<Candidates> opaque, band[8];
  Run run;
  for (std::size_t i = 0; i < n;) {
    const u32 cell = (keys[i] >> 9) & (kCells - 1), alpha = rgb ? 255 : keys[i] >> 24;
    auto &candidates = alpha == 255 ? opaque : band[alpha >> 5];
    if (!candidates) {
      const auto low = static_cast<float>(alpha == 255 ? 255 : alpha & ~31u);
      candidates = std::make_unique<Candidates>(palette, low, alpha == 255 ? low : low + 31);
    }
    run.size = 0;
    std::size_t end = i;
    for (; end < n && run.size < kCellSize && ((keys[end] >> 9) & (kCells - 1)) == cell; ++end) {
      const u32 other = rgb ? 255 : keys[end] >> 24;
      if ((other == 255) != (alpha == 255) || other >> 5 != alpha >> 5) break;
      run.add(keys[end], rgb);
    }
    run.search(candidates->of_cell(cell));
    std::copy(run.label, run.label + run.size, labels + i);
    i = end;
  }
}

}  // namespace

template <class Out>
void map_nearest(const Span &image, int channels, const std::uint8_t *palette, std::size_t k,
                 int threads, Out *out) {
  const Entries entries = entries_of(palette, k, channels);
  const Counted counted = count_exact({image}, channels, threads);
  const std::size_t m = counted.size;
  std::vector<u32> keys(m), labels(m);
  const KeyKernels &kernels = key_kernels();
  (channels == 3 ? kernels.rgb : kernels.rgba)(counted.colors.get(), m, keys.data());
  const auto parts = static_cast<std::size_t>(useful_workers(image.count, threads));
  parallel_for(parts, static_cast<int>(parts), [&](std::size_t part) {
    const std::size_t begin = m * part / parts, end = m * (part + 1) / parts;
    label_colors(keys.data() + begin, end - begin, channels == 3, entries, labels.data() + begin);
  });
  labels_for_colors(image, channels, counted.colors.get(), m, labels.data(), threads, out);
}

template void map_nearest(const Span &, int, const std::uint8_t *, std::size_t, int,
                          std::uint8_t *);
template void map_nearest(const Span &, int, const std::uint8_t *, std::size_t, int,
                          std::uint16_t *);

}  // namespace pochade
