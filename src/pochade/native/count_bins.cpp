#include "count_bins.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "count_keys.hpp"
#include "count_order.hpp"
#include "count_tally.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct Free {
  void operator()(void *p) const { std::free(p); }
};

template <class T>
std::unique_ptr<T[], Free> zeros(std::size_t n) {
  void *p = std::calloc(n, sizeof(T));
  if (!p) throw std::bad_alloc();
  return std::unique_ptr<T[], Free>(static_cast<T *>(p));
}

struct Wide {
  u64 count, red, green, blue;
};

// One 64-bit number per cell: count, and the sums of the low bits of r, g, b, 16 bits each. One
// addition a pixel; at 8,192 pixels a cell is emptied into wide sums before a field can overflow.
class Bins {
 public:
  explicit Bins(int bits) : shift_(bits == 5 ? 9 : 6), cells_(zeros<u64>(u32{1} << (24 - shift_))) {
    for (u32 place = 0; place < (1u << shift_); ++place) {
      const u64 color = color_of(place);
      addend_[place] = (u64{1} << 48) | ((color & 0xff) << 32) | ((color & 0xff00) << 8) |
                       ((color >> 16) & 0xff);
    }
  }
  void add(const u32 *keys, std::size_t n, std::size_t step) {
    const u32 places = (1u << shift_) - 1;
    u64 *cells = cells_.get();
    for (std::size_t i = 0; i < n; i += step) {
      u64 &cell = cells[keys[i] >> shift_];
      cell += addend_[keys[i] & places];
      if (cell >> 61) empty(keys[i] >> shift_);
    }
  }
  Wide total(u32 cell) const {
    const u64 v = cells_[cell];
    Wide sum = wide_ ? wide_[cell] : Wide{0, 0, 0, 0};
    sum.count += v >> 48;
    sum.red += (v >> 32) & 0xffff;
    sum.green += (v >> 16) & 0xffff;
    sum.blue += v & 0xffff;
    return sum;
  }

 private:
  void empty(u32 cell) {
    if (!wide_) wide_ = zeros<Wide>(u32{1} << (24 - shift_));
    wide_[cell] = total(cell);
    cells_[cell] = 0;
  }

  int shift_;
  u64 addend_[kCellSize];
  std::unique_ptr<u64[], Free> cells_;
  std::unique_ptr<Wide[], Free> wide_;
};

// Where the samples of a row start. A plain alternation would make a chessboard, which a
// chessboard dither in the picture would turn into one colour; these bits have no period.
std::size_t row_offset(std::size_t row, int step) {
  const u32 hash = static_cast<u32>(row) * 2654435769u;
  return static_cast<std::size_t>((u64{hash} * static_cast<u32>(step)) >> 32);
}

void add_row(Bins &bins, const std::uint8_t *pixels, std::size_t columns, std::size_t offset,
             std::size_t step) {
  u32 keys[kBlock];
  for (std::size_t i = 0; i < columns; i += kBlock) {
    const std::size_t n = std::min(kBlock, columns - i);
    key_kernels().rgb(pixels + 3 * i, n, keys);
    if (offset < n) bins.add(keys + offset, n - offset, step);
    // Samples go on at the same phase in the next block of this row.
    offset = (offset + step - n % step) % step;
  }
}

}  // namespace

Binned bin_rgb(const Rows &image, int bits, int step, int threads) {
  threads = useful_workers(image.rows * image.columns, threads);
  std::vector<Bins> workers;
  workers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) workers.emplace_back(bits);
  // Whole pictures in one piece where every pixel counts: short rows would waste the blocks.
  const std::size_t rows = step == 1 ? 1 : image.rows;
  const std::size_t columns = step == 1 ? image.rows * image.columns : image.columns;
  constexpr std::size_t kPiece = 65536;
  const std::size_t per_piece = std::max<std::size_t>(1, kPiece / std::max<std::size_t>(1, columns));
  const std::size_t pieces = step == 1 ? (columns + kPiece - 1) / kPiece : (rows + per_piece - 1) / per_piece;
  std::atomic<std::size_t> next{0};
  parallel_for(workers.size(), threads, [&](std::size_t w) {
    for (std::size_t piece; (piece = next.fetch_add(1)) < pieces;) {
      if (step == 1) {
        const std::size_t first = piece * kPiece;
        add_row(workers[w], image.pixels + 3 * first, std::min(kPiece, columns - first), 0, 1);
        continue;
      }
      const std::size_t end = std::min(rows, (piece + 1) * per_piece);
      for (std::size_t row = piece * per_piece; row < end; ++row) {
        const std::size_t offset = std::min(row_offset(row, step), columns - 1);
        add_row(workers[w], image.pixels + 3 * row * columns, columns, offset,
                static_cast<std::size_t>(step));
      }
    }
  });

  const u32 inner = bits == 5 ? 1 : 8;  // grid cells in one cell of 5 bits, kept together
  std::vector<float> means, weights;
  for (std::uint16_t cell : cell_order().cell) {
    for (u32 index = cell * inner; index < (cell + 1u) * inner; ++index) {
      Wide sum{0, 0, 0, 0};
      for (const Bins &worker : workers) {
        const Wide part = worker.total(index);
        sum.count += part.count;
        sum.red += part.red;
        sum.green += part.green;
        sum.blue += part.blue;
      }
      if (!sum.count) continue;
      const u32 corner = color_of(index << (bits == 5 ? 9 : 6));
      const auto n = static_cast<double>(sum.count);
      means.push_back(static_cast<float>((corner & 0xff) + static_cast<double>(sum.red) / n));
      means.push_back(static_cast<float>(((corner >> 8) & 0xff) + static_cast<double>(sum.green) / n));
      means.push_back(static_cast<float>(((corner >> 16) & 0xff) + static_cast<double>(sum.blue) / n));
      weights.push_back(static_cast<float>(n));
    }
  }
  Binned out;
  out.size = weights.size();
  out.means.reset(new float[means.size()]);
  out.weights.reset(new float[weights.size()]);
  std::copy(means.begin(), means.end(), out.means.get());
  std::copy(weights.begin(), weights.end(), out.weights.get());
  return out;
}

namespace {

constexpr std::uint16_t kMissing = 0xffff;

// The index of the point (of n, interleaved r g b) nearest to a place; the lowest of equals.
std::size_t nearest_point(const float *points, std::size_t n, float r, float g, float b) {
  std::size_t best = 0;
  float least = 1e30f;
  for (std::size_t i = 0; i < n; ++i) {
    const float x = points[3 * i] - r, y = points[3 * i + 1] - g, z = points[3 * i + 2] - b;
    const float d = x * x + y * y + z * z;
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return best;
}

}  // namespace

template <class Out>
void labels_for_bins(const Rows &image, int bits, const float *means, std::size_t m,
                     const u32 *labels, const float *palette, std::size_t k, int threads,
                     Out *out) {
  const int shift = bits == 5 ? 9 : 6;
  // Label 65,535 is never stored as known: such cells are looked up each time, still correctly.
  std::vector<std::uint16_t> table(u32{1} << (24 - shift), kMissing);
  std::vector<u32> of_cell;
  for (std::size_t i = 0; i < m; ++i) {
    const float *mean = means + 3 * i;
    const u32 key = key_of(static_cast<u32>(mean[0]), static_cast<u32>(mean[1]),
                           static_cast<u32>(mean[2]), 0);
    table[key >> shift] = static_cast<std::uint16_t>(labels[i]);
  }
  const auto look_up = [&](u32 cell) {
    const u32 corner = color_of(cell << shift);
    const float half = bits == 5 ? 3.5f : 1.5f;
    const float r = static_cast<float>(corner & 0xff) + half;
    const float g = static_cast<float>((corner >> 8) & 0xff) + half;
    const float b = static_cast<float>((corner >> 16) & 0xff) + half;
    if (k) return static_cast<std::uint16_t>(nearest_point(palette, k, r, g, b));
    return static_cast<std::uint16_t>(labels[nearest_point(means, m, r, g, b)]);
  };
  const std::size_t n = image.rows * image.columns;
  const std::vector<Span> chunks = cut_into_chunks({{image.pixels, n}}, 3);
  const int workers = useful_workers(n, threads);
  std::atomic<std::size_t> next{0};
  parallel_for(static_cast<std::size_t>(workers), workers, [&](std::size_t) {
    // Each worker learns missing cells in its own copy: a cell's label depends on the cell alone.
    std::vector<std::uint16_t> copy;
    if (workers > 1) copy = table;
    std::uint16_t *known = workers > 1 ? copy.data() : table.data();
    u32 keys[kBlock];
    for (std::size_t c; (c = next.fetch_add(1)) < chunks.size();) {
      Out *to = out + (chunks[c].pixels - image.pixels) / 3;
      for (std::size_t i = 0; i < chunks[c].count; i += kBlock) {
        const std::size_t size = std::min(kBlock, chunks[c].count - i);
        key_kernels().rgb(chunks[c].pixels + 3 * i, size, keys);
        for (std::size_t j = 0; j < size; ++j) {
          std::uint16_t &label = known[keys[j] >> shift];
          if (label == kMissing) label = look_up(keys[j] >> shift);
          to[i + j] = static_cast<Out>(label);
        }
      }
    }
  });
}

template void labels_for_bins(const Rows &, int, const float *, std::size_t, const u32 *,
                              const float *, std::size_t, int, std::uint8_t *);
template void labels_for_bins(const Rows &, int, const float *, std::size_t, const u32 *,
                              const float *, std::size_t, int, std::uint16_t *);

}  // namespace pochade
