// Labels through the grid of binned colours.
#include <algorithm>
#include <atomic>
#include <vector>

#include "count_bins.hpp"
#include "count_candidates.hpp"
#include "count_keys.hpp"
#include "count_tally.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

using u32 = std::uint32_t;

Entries entries_of(const float *points, std::size_t n) {
  Entries entries;
  for (std::size_t i = 0; i < n; ++i) {
    for (int c = 0; c < 3; ++c) entries.channel[c].push_back(points[3 * i + c]);
    entries.channel[3].push_back(0.0f);
    entries.index.push_back(static_cast<u32>(i));
  }
  return entries;
}

// Finds the label of cells that no sampled pixel hit.
class MissingCells {
 public:
  MissingCells(const Entries &points, const u32 *labels, int shift)
      // A relative error of 2^-22 in squared distances up to 2^18 stays below this slack.
      : nearby_(points, 0, 0, 1.0f), labels_(labels), shift_(shift) {}

  std::uint16_t label(u32 cell) {
    const u32 key = cell << shift_, corner = color_of(key);
    const float half = shift_ == 9 ? 3.5f : 1.5f;
    const u32 index = Candidates::nearest(nearby_.of_box(key >> 9),
                                          static_cast<float>(corner & 0xff) + half,
                                          static_cast<float>((corner >> 8) & 0xff) + half,
                                          static_cast<float>((corner >> 16) & 0xff) + half, 0);
    return static_cast<std::uint16_t>(labels_ ? labels_[index] : index);
  }

 private:
  Candidates nearby_;
  const u32 *labels_;  // of the points; nullptr: the points are the palette
  int shift_;
};

// The pixels of one piece through a table of labels. A label of all ones is not known yet.
template <class Label, class Out>
void map_piece(const std::uint8_t *pixels, std::size_t n, int shift, Label *known,
               MissingCells &missing, Out *to) {
  constexpr Label kMissing = static_cast<Label>(-1);
  const auto look_up = [&](u32 cell) {
    Label &label = known[cell];
    if (label == kMissing) label = static_cast<Label>(missing.label(cell));
    return static_cast<Out>(label);
  };
  if (shift == 9) {
    std::uint16_t cells[kBlock];
    for (std::size_t i = 0; i < n; i += kBlock) {
      const std::size_t size = std::min(kBlock, n - i);
      key_kernels().cells(pixels + 3 * i, size, cells);
      for (std::size_t j = 0; j < size; ++j) to[i + j] = look_up(cells[j]);
    }
    return;
  }
  u32 keys[kBlock];
  for (std::size_t i = 0; i < n; i += kBlock) {
    const std::size_t size = std::min(kBlock, n - i);
    key_kernels().rgb(pixels + 3 * i, size, keys);
    for (std::size_t j = 0; j < size; ++j) to[i + j] = look_up(keys[j] >> shift);
  }
}

template <class Label, class Out>
void map_image(const Rows &image, int bits, const float *means, std::size_t m, const u32 *labels,
               const float *palette, std::size_t k, int threads, Out *out) {
  const int shift = bits == 5 ? 9 : 6;
  std::vector<Label> table(u32{1} << (24 - shift), static_cast<Label>(-1));
  for (std::size_t i = 0; i < m; ++i) {
    const float *mean = means + 3 * i;
    const u32 key = key_of(static_cast<u32>(mean[0]), static_cast<u32>(mean[1]),
                           static_cast<u32>(mean[2]), 0);
    table[key >> shift] = static_cast<Label>(labels[i]);
  }
  const Entries points = k ? entries_of(palette, k) : entries_of(means, m);
  const std::size_t n = image.rows * image.columns;
  const std::vector<Span> chunks = cut_into_chunks({{image.pixels, n}}, 3);
  const int workers = useful_workers(n, threads);
  std::atomic<std::size_t> next{0};
  parallel_for(static_cast<std::size_t>(workers), workers, [&](std::size_t) {
    // Each worker learns missing cells in its own copy: a cell's label depends on the cell alone.
    MissingCells missing(points, k ? nullptr : labels, shift);
    std::vector<Label> copy;
    if (workers > 1) copy = table;
    Label *known = workers > 1 ? copy.data() : table.data();
    for (std::size_t c; (c = next.fetch_add(1)) < chunks.size();)
      map_piece(chunks[c].pixels, chunks[c].count, shift, known, missing,
                out + (chunks[c].pixels - image.pixels) / 3);
  });
}

}  // namespace

template <class Out>
void labels_for_bins(const Rows &image, int bits, const float *means, std::size_t m,
                     const u32 *labels, const float *palette, std::size_t k, int threads,
                     Out *out) {
  // A table of bytes fits the innermost cache; it needs one value for what is not known yet.
  const u32 most = *std::max_element(labels, labels + m);
  if (most < 255 && k <= 255)
    map_image<std::uint8_t>(image, bits, means, m, labels, palette, k, threads, out);
  else
    map_image<std::uint16_t>(image, bits, means, m, labels, palette, k, threads, out);
}

template void labels_for_bins(const Rows &, int, const float *, std::size_t, const u32 *,
                              const float *, std::size_t, int, std::uint8_t *);
template void labels_for_bins(const Rows &, int, const float *, std::size_t, const u32 *,
                              const float *, std::size_t, int, std::uint16_t *);

}  // namespace pochade
