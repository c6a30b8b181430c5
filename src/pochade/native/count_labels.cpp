#include "count_labels.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>

#include "count_translucent.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

constexpr std::uint32_t kOpaque = 0xff000000u;

void keys_of(const Span &span, int channels, std::uint32_t *keys) {
  (channels == 3 ? key_kernels().rgb : key_kernels().rgba)(span.pixels, span.count, keys);
}

// From a colour to its label: a table of 512 labels for each cell, one shared by all cells in
// which that label is the only one. No index per pixel is kept between counting and mapping;
// finding the label again costs two loads from tables that, for a photo, stay in the first- and
// second-level caches. (Smaller tables for cells of one label cost more in extra instructions or
// mispredicted branches than they save.)
template <class T>
class LabelTable {
 public:
  // labels(i) is the label of colour i. Colours come cell by cell, so a cell is one run.
  template <class Labels>
  LabelTable(const std::uint8_t *colors, std::size_t m, int channels, Labels &&labels)
      : table_of_(kCells, 0) {
    std::unique_ptr<std::uint32_t[]> keys(new std::uint32_t[m]);
    keys_of({colors, m}, channels, keys.get());
    std::size_t first = 0, end = m;
    if (channels == 4) {
      while (first < m && !(keys[first] >> 24)) transparent_ = labels(first++) + std::uint64_t{1};
      while (end > first && keys[end - 1] < kOpaque) --end;
      for (std::size_t i = end; i < m; ++i) translucent_[keys[i]] = labels(i) + 1;
    }
    // No more tables than cells; the system provides only what is written to.
    tables_.reset(new T[(kCells + std::size_t{1}) * kCellSize]);
    fill(keys.get(), first, end, labels);
  }

  // The labels of n opaque keys; false when one lies in a cell without any.
  bool look_up(const std::uint32_t *keys, std::size_t n, T *out) const {
    const std::uint32_t *table_of = table_of_.data();
    const T *tables = tables_.get();
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t table = table_of[(keys[i] >> 9) & (kCells - 1)];
      if (!table) return false;
      out[i] = tables[table + (keys[i] & (kCellSize - 1))];
    }
    return true;
  }

  // The same for keys with alpha.
  bool look_up_rgba(const std::uint32_t *keys, std::size_t n, T *out) const {
    bool found = true;
    for (std::size_t i = 0; i < n;) {
      std::size_t end = i;
      while (end < n && keys[end] >= kOpaque) ++end;
      found &= look_up(keys + i, end - i, out + i);
      for (i = end; i < n && keys[i] < kOpaque; ++i) {
        const std::uint64_t label =
            keys[i] >> 24 ? translucent_.find(keys[i], 0) : transparent_;
        found &= label != 0;
        out[i] = static_cast<T>(label ? label - 1 : 0);
      }
    }
    return found;
  }

 private:
  template <class Labels>
  void fill(const std::uint32_t *keys, std::size_t i, std::size_t end, Labels &&labels) {
    KeyTable shared;  // 1 + label -> where its shared table begins
    std::uint32_t used = 0;
    while (i < end) {
      const std::uint32_t cell = keys[i] >> 9, one = labels(i);
      std::size_t last = i;
      bool same = true;
      for (; last < end && keys[last] >> 9 == cell; ++last) same &= labels(last) == one;
      std::uint32_t &of = table_of_[cell & (kCells - 1)];
      if (of) throw std::invalid_argument("colors are not in the order of counting");
      std::uint32_t table = same ? shared.find(one + 1, 0) : 0;
      if (!table) {
        table = ++used * kCellSize;
        std::fill_n(tables_.get() + table, kCellSize, static_cast<T>(one));
        if (same) shared[one + 1] = table;
      }
      of = table;
      for (; i < last; ++i)
        tables_[table + (keys[i] & (kCellSize - 1))] = static_cast<T>(labels(i));
    }
  }

  std::vector<std::uint32_t> table_of_;  // where the table of each cell begins; 0: none
  std::unique_ptr<T[]> tables_;
  KeyTable translucent_;           // key -> 1 + label
  std::uint64_t transparent_ = 0;  // 1 + label
};

// The labels of a chunk, a block of keys at a time.
template <class T>
bool look_up_chunk(const LabelTable<T> &table, const Span &chunk, int channels, T *out) {
  std::uint32_t keys[kBlock];
  bool found = true;
  for (std::size_t i = 0; i < chunk.count; i += kBlock) {
    const std::size_t n = std::min(kBlock, chunk.count - i);
    keys_of({chunk.pixels + i * channels, n}, channels, keys);
    const bool all = channels == 3 ? table.look_up(keys, n, out + i)
                                   : table.look_up_rgba(keys, n, out + i);
    found &= all;
  }
  return found;
}

}  // namespace

template <class Out>
bool labels_for_colors(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                       const std::uint32_t *labels, int threads, Out *out) {
  const LabelTable<Out> table(colors, m, channels, [labels](std::size_t i) { return labels[i]; });
  const std::vector<Span> chunks = cut_into_chunks({image}, channels);
  std::atomic<bool> found{true};
  parallel_for(chunks.size(), useful_workers(image.count, threads), [&](std::size_t c) {
    Out *to = out + (chunks[c].pixels - image.pixels) / channels;
    if (!look_up_chunk(table, chunks[c], channels, to)) found = false;
  });
  return found;
}

template bool labels_for_colors(const Span &, int, const std::uint8_t *, std::size_t,
                                const std::uint32_t *, int, std::uint8_t *);
template bool labels_for_colors(const Span &, int, const std::uint8_t *, std::size_t,
                                const std::uint32_t *, int, std::uint16_t *);

bool add_weights(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                 const float *weights, double *sums) {
  const auto own = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  const LabelTable<std::uint32_t> table(colors, m, channels, own);
  std::vector<std::uint32_t> index(65536);
  for (const Span &chunk : cut_into_chunks({image}, channels)) {
    if (!look_up_chunk(table, chunk, channels, index.data())) return false;
    for (std::size_t i = 0; i < chunk.count; ++i) sums[index[i]] += weights[i];
    weights += chunk.count;
  }
  return true;
}

}  // namespace pochade
