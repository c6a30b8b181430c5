#include "count_exact.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>

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

// The colours of one cell: which of the 512 occurred, over all workers.
bool cell_bits(const std::vector<Worker> &workers, std::uint32_t cell, std::uint64_t *bits) {
  bool any = false;
  std::uint64_t more[8];
  for (const Worker &worker : workers) {
    if (!worker.opaque.has(cell)) continue;
    key_kernels().occupied(worker.opaque.counters(cell), any ? more : bits);
    if (any)
      for (int i = 0; i < 8; ++i) bits[i] |= more[i];
    any = true;
  }
  return any;
}

int bit_count(std::uint64_t bits) {
  bits -= (bits >> 1) & 0x5555555555555555u;
  bits = (bits & 0x3333333333333333u) + ((bits >> 2) & 0x3333333333333333u);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return static_cast<int>((bits * 0x0101010101010101u) >> 56);
}

int lowest_bit(std::uint64_t bits) { return bit_count((bits & (0 - bits)) - 1); }

std::uint32_t total(const std::vector<Worker> &workers, std::uint32_t cell, std::uint32_t place) {
  std::uint32_t sum = 0;
  for (const Worker &worker : workers) {
    if (!worker.opaque.has(cell)) continue;
    sum += worker.opaque.counters(cell)[place];
    if (const std::uint32_t *carried = worker.opaque.carried(cell)) sum += carried[place];
  }
  return sum;
}

constexpr std::uint32_t kPart = 512;  // cells whose colours are written out as one piece of work

void write_part(const std::vector<Worker> &workers, std::uint32_t part, int channels,
                std::size_t at, Counted &out) {
  const CellOrder &order = cell_order();
  std::uint64_t bits[8];
  for (std::uint32_t rank = part * kPart; rank < (part + 1) * kPart; ++rank) {
    const std::uint32_t cell = order.cell[rank];
    if (!cell_bits(workers, cell, bits)) continue;
    for (int line = 0; line < 8; ++line) {
      for (std::uint64_t left = bits[line]; left; left &= left - 1) {
        const auto place = static_cast<std::uint32_t>(64 * line + lowest_bit(left));
        const std::uint32_t color = color_of(kOpaque | (cell << 9) | place);
        std::uint8_t *to = out.colors.get() + at * channels;
        to[0] = static_cast<std::uint8_t>(color);
        to[1] = static_cast<std::uint8_t>(color >> 8);
        to[2] = static_cast<std::uint8_t>(color >> 16);
        if (channels == 4) to[3] = 255;
        out.counts[at++] = total(workers, cell, place);
      }
    }
  }
}

std::size_t count_part(const std::vector<Worker> &workers, std::uint32_t part) {
  const CellOrder &order = cell_order();
  std::uint64_t bits[8];
  std::size_t sum = 0;
  for (std::uint32_t rank = part * kPart; rank < (part + 1) * kPart; ++rank) {
    if (!cell_bits(workers, order.cell[rank], bits)) continue;
    for (int line = 0; line < 8; ++line) sum += static_cast<std::size_t>(bit_count(bits[line]));
  }
  return sum;
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

  std::vector<std::size_t> start(kCells / kPart + 1);
  parallel_for(kCells / kPart, threads, [&](std::size_t part) {
    start[part + 1] = count_part(workers, static_cast<std::uint32_t>(part));
  });
  std::size_t transparent = 0;
  for (const Worker &worker : workers) transparent += worker.transparent;
  start[0] = transparent ? 1 : 0;
  for (std::size_t part = 0; part + 1 < start.size(); ++part) start[part + 1] += start[part];
  const std::vector<Translucent> translucent = sorted_translucent(workers);

  Counted out;
  out.size = start.back() + translucent.size();
  out.colors.reset(new std::uint8_t[out.size * channels]);
  out.counts.reset(new std::uint32_t[out.size]);
  if (transparent) {
    std::memset(out.colors.get(), 0, 4);
    out.counts[0] = static_cast<std::uint32_t>(transparent);
  }
  parallel_for(kCells / kPart, threads, [&](std::size_t part) {
    write_part(workers, static_cast<std::uint32_t>(part), channels, start[part], out);
  });
  std::size_t at = start.back();
  for (const Translucent &entry : translucent) {
    const std::uint32_t color = color_of(entry.key);
    for (int i = 0; i < 4; ++i)
      out.colors[4 * at + i] = static_cast<std::uint8_t>(color >> (8 * i));
    out.counts[at++] = entry.count;
  }
  return out;
}

}  // namespace pochade
