#include "count_exact.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "count_order.hpp"
#include "count_translucent.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

constexpr std::uint32_t kOpaque = 0xff000000u;

struct Worker {
  Tally opaque;
  KeyTable translucent;
  std::size_t transparent = 0;

  void add_rgba(std::uint32_t *keys, std::size_t n) {
    std::size_t kept = 0;  // opaque keys move to the front; a branch that photos never miss
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t key = keys[i];
      if (key >= kOpaque)
        keys[kept++] = key & ~kOpaque;
      else if (key >> 24)
        ++translucent[key];
      else
        ++transparent;
    }
    opaque.add(keys, kept);
  }
};

std::vector<Worker> tally_all(const std::vector<Span> &chunks, int channels, int threads) {
  std::vector<Worker> workers(static_cast<std::size_t>(threads));
  std::atomic<std::size_t> next{0};
  const KeyKernels &kernels = key_kernels();
  // Which worker takes which chunk does not matter: integer counts add up the same in any order.
  parallel_for(workers.size(), threads, [&](std::size_t w) {
    std::uint32_t keys[kBlock];
    for (std::size_t c; (c = next.fetch_add(1)) < chunks.size();) {
      for (std::size_t i = 0; i < chunks[c].count; i += kBlock) {
        const std::size_t n = std::min(kBlock, chunks[c].count - i);
        const std::uint8_t *pixels = chunks[c].pixels + i * channels;
        if (channels == 3) {
          kernels.rgb(pixels, n, keys);
          workers[w].opaque.add(keys, n);
        } else {
          kernels.rgba(pixels, n, keys);
          workers[w].add_rgba(keys, n);
        }
      }
    }
  });
  return workers;
}

void prefetch(const void *at) {
#if defined(_MSC_VER)
  (void)at;
#else
  __builtin_prefetch(at);
#endif
}

// The colours and counts of some cells, growing.
class Output {
 public:
  explicit Output(int channels) : channels_(static_cast<std::size_t>(channels)) {}
  // Room for n more, at the end.
  void need(std::size_t n) {
    if (found.size + n <= capacity_) return;
    capacity_ = std::max(found.size + n, 2 * capacity_);
    grow(found.colors, capacity_ * channels_);
    grow(found.counts, capacity_);
  }
  void add(std::uint32_t color, std::uint32_t count) {
    for (std::size_t i = 0; i < channels_; ++i)
      found.colors[found.size * channels_ + i] = static_cast<std::uint8_t>(color >> (8 * i));
    found.counts[found.size++] = count;
  }
  void append(const Counted &more) {
    need(more.size);
    std::memcpy(found.colors.get() + found.size * channels_, more.colors.get(),
                more.size * channels_);
    std::memcpy(found.counts.get() + found.size, more.counts.get(), more.size * 4);
    found.size += more.size;
  }
  Counted found;

 private:
  template <class T>
  static void grow(std::unique_ptr<T[], FreeMemory> &data, std::size_t n) {
    void *grown = std::realloc(data.get(), n * sizeof(T));
    if (!grown) throw std::bad_alloc();
    (void)data.release();
    data.reset(static_cast<T *>(grown));
  }
  std::size_t channels_, capacity_ = 0;
};

// r | g << 8 | b << 16 of the 512 places of a cell, relative to its corner.
struct PlaceColors {
  std::uint32_t of[kCellSize];
  PlaceColors() {
    for (std::uint32_t place = 0; place < kCellSize; ++place) of[place] = color_of(place);
  }
};

// The colours and counts of one cell.
template <int Channels>
void write_cell(const std::vector<Worker> &workers, std::uint32_t cell, Output &out) {
  static const PlaceColors colors;
  const std::uint8_t *own = nullptr;
  bool several = false;
  std::uint8_t any[kCellSize];
  for (const Worker &worker : workers) {
    if (!worker.opaque.has(cell)) continue;
    const std::uint8_t *counters = worker.opaque.counters(cell);
    if (!own) {
      own = counters;
      continue;
    }
    if (!several) std::memcpy(any, own, kCellSize);
    several = true;
    for (std::uint32_t i = 0; i < kCellSize; ++i) any[i] |= counters[i];
  }
  std::uint16_t places[kCellSize + 8];
  const std::size_t n = key_kernels().places(several ? any : own, places);
  out.need(n);
  std::uint8_t *to = out.found.colors.get() + out.found.size * Channels;
  std::uint32_t *count = out.found.counts.get() + out.found.size;
  const std::uint32_t corner = color_of(kOpaque | (cell << 9));
  for (std::size_t i = 0; i < n; ++i, to += Channels) {
    const std::uint32_t color = corner | colors.of[places[i]];
    for (int c = 0; c < Channels; ++c) to[c] = static_cast<std::uint8_t>(color >> (8 * c));
    count[i] = own[places[i]];
  }
  bool first = true;
  for (const Worker &worker : workers) {
    if (!worker.opaque.has(cell)) continue;
    if (!first)
      for (std::size_t i = 0; i < n; ++i) count[i] += worker.opaque.counters(cell)[places[i]];
    first = false;
    if (const std::uint32_t *carried = worker.opaque.carried(cell))
      for (std::size_t i = 0; i < n; ++i) count[i] += carried[places[i]];
  }
  out.found.size += n;
}

// Writes the colours of cells [begin, end). The counters of a photo do not quite fit the
// second-level cache and cells come in another order than they were met in, so the counters of
// a few cells ahead are fetched early: this halves the time.
void write_cells(const std::vector<Worker> &workers, const std::uint16_t *begin,
                 const std::uint16_t *end, int channels, Output &out) {
  constexpr std::ptrdiff_t kAhead = 4;
  for (const std::uint16_t *cell = begin; cell < end; ++cell) {
    if (end - cell > kAhead)
      for (const Worker &worker : workers)
        if (worker.opaque.has(cell[kAhead]))
          for (int line = 0; line < 8; ++line)
            prefetch(worker.opaque.counters(cell[kAhead]) + 64 * line);
    if (channels == 3)
      write_cell<3>(workers, *cell, out);
    else
      write_cell<4>(workers, *cell, out);
  }
}

std::vector<std::uint16_t> used_cells(const std::vector<Worker> &workers) {
  std::vector<std::uint16_t> used;
  for (std::uint16_t cell : cell_order().cell) {
    bool any = false;
    for (const Worker &worker : workers) any |= worker.opaque.has(cell);
    if (any) used.push_back(cell);
  }
  return used;
}

// Each worker writes a part; the parts follow each other, so their number does not show.
void write_opaque(const std::vector<Worker> &workers, int channels, Output &out) {
  const std::vector<std::uint16_t> cells = used_cells(workers);
  const std::uint16_t *all = cells.data();
  if (workers.size() == 1) return write_cells(workers, all, all + cells.size(), channels, out);
  const std::size_t parts = workers.size();
  std::vector<Output> written;
  for (std::size_t i = 0; i < parts; ++i) written.emplace_back(channels);
  parallel_for(parts, static_cast<int>(parts), [&](std::size_t i) {
    write_cells(workers, all + cells.size() * i / parts, all + cells.size() * (i + 1) / parts,
                channels, written[i]);
  });
  for (const Output &part : written) out.append(part.found);
}

struct Translucent {
  std::uint32_t order, key, count;  // order: alpha / 32, rank of the cell, place
};

std::vector<Translucent> sorted_translucent(std::vector<Worker> &workers) {
  KeyTable &all = workers[0].translucent;
  for (std::size_t w = 1; w < workers.size(); ++w) {
    workers[w].translucent.each([&](std::uint32_t key, std::uint32_t n) { all[key] += n; });
    workers[w].translucent = KeyTable();
  }
  std::vector<Translucent> sorted;
  sorted.reserve(all.size());
  const CellOrder &order = cell_order();
  all.each([&](std::uint32_t key, std::uint32_t n) {
    const std::uint32_t rank = order.rank[(key >> 9) & (kCells - 1)];
    sorted.push_back({((key >> 29) << 24) | (rank << 9) | (key & (kCellSize - 1)), key, n});
  });
  all = KeyTable();
  std::sort(sorted.begin(), sorted.end(), [](const Translucent &a, const Translucent &b) {
    return a.order != b.order ? a.order < b.order : a.key < b.key;
  });
  return sorted;
}

}  // namespace

Counted count_exact(const std::vector<Span> &images, int channels, int threads) {
  std::size_t pixels = 0;
  for (const Span &image : images) pixels += image.count;
  if (pixels > 0xffffffffu) throw std::length_error("more than 4,294,967,295 pixels to count");
  threads = useful_workers(pixels, threads);
  std::vector<Worker> workers = tally_all(cut_into_chunks(images, channels), channels, threads);

  Output out(channels);
  out.need(1);
  std::size_t transparent = 0;
  for (const Worker &worker : workers) transparent += worker.transparent;
  if (transparent) out.add(0, static_cast<std::uint32_t>(transparent));
  write_opaque(workers, channels, out);
  if (channels == 4) {
    const std::vector<Translucent> translucent = sorted_translucent(workers);
    out.need(translucent.size());
    for (const Translucent &entry : translucent) out.add(color_of(entry.key), entry.count);
  }
  return std::move(out.found);
}

}  // namespace pochade
