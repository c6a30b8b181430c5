#include "count_bins.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include "count_keys.hpp"
#include "count_order.hpp"
#include "count_tally.hpp"
#include "parallel.hpp"

namespace pochade {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct Sums {
  u64 count = 0, red = 0, green = 0, blue = 0;
};

// One 64-bit number per grid cell: count, and the sums of the low bits of r, g, b, 16 bits each.
// One addition a pixel; at 8,192 pixels a cell is emptied into wide sums before a field can
// overflow. Grid cells exist only within the 5-bit cells in use, so that they stay in the cache.
class Bins {
 public:
  explicit Bins(int bits)
      : shift_(bits == 5 ? 9 : 6),
        inner_(bits == 5 ? 1 : 8),
        slot_(kCells, 0),
        cells_(new u64[(kCells + 1) * inner_]) {
    for (u32 place = 0; place < (1u << shift_); ++place) {
      const u64 color = color_of(place);
      addend_[place] = (u64{1} << 48) | ((color & 0xff) << 32) | ((color & 0xff00) << 8) |
                       ((color >> 16) & 0xff);
    }
  }

  void add(const u32 *keys, std::size_t n, std::size_t step) {
    return inner_ == 1 ? add_to<9>(keys, n, step) : add_to<6>(keys, n, step);
  }

  bool has(u32 cell) const { return slot_[cell] != 0; }

  // Adds the sums of one grid cell of a 5-bit cell in use.
  void add_sums(u32 cell, u32 inner, Sums &sums) const {
    const std::size_t index = slot_[cell] * inner_ + inner;
    const Sums packed = unpack(cells_[index]);
    const Sums more = index < wide_.size() ? wide_[index] : Sums{};
    sums.count += packed.count + more.count;
    sums.red += packed.red + more.red;
    sums.green += packed.green + more.green;
    sums.blue += packed.blue + more.blue;
  }

 private:
  static Sums unpack(u64 v) {
    return {v >> 48, (v >> 32) & 0xffff, (v >> 16) & 0xffff, v & 0xffff};
  }

  template <int Shift>
  void add_to(const u32 *keys, std::size_t n, std::size_t step) {
    constexpr u32 places = (1u << Shift) - 1, inner = 1u << (9 - Shift);
    const std::uint16_t *slot = slot_.data();
    u64 *cells = cells_.get();
    for (std::size_t i = 0; i < n; i += step) {
      const u32 key = keys[i];
      u32 at = slot[key >> 9];
      if (!at) at = open_slot(key >> 9);
      const std::size_t index = std::size_t{at} * inner + ((key >> Shift) & (inner - 1));
      cells[index] += addend_[key & places];
      if (cells[index] >> 61) empty(index);
    }
  }

  u32 open_slot(u32 cell) {
    slot_[cell] = static_cast<std::uint16_t>(used_);
    std::fill_n(cells_.get() + used_ * inner_, inner_, u64{0});
    return used_++;
  }

  void empty(std::size_t index) {
    if (wide_.size() <= index) wide_.resize(std::max(index + 1, 2 * wide_.size()));
    const Sums packed = unpack(cells_[index]);
    wide_[index].count += packed.count;
    wide_[index].red += packed.red;
    wide_[index].green += packed.green;
    wide_[index].blue += packed.blue;
    cells_[index] = 0;
  }

  int shift_;
  std::size_t inner_;
  u32 used_ = 1;
  u64 addend_[kCellSize];
  std::vector<std::uint16_t> slot_;  // of each 5-bit cell; 0: not in use
  std::unique_ptr<u64[]> cells_;
  std::vector<Sums> wide_;
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

Binned means_of(const std::vector<Bins> &workers, int bits) {
  const u32 inner = bits == 5 ? 1 : 8;  // grid cells in one cell of 5 bits, kept together
  std::vector<float> means, weights;
  for (const std::uint16_t cell : cell_order().cell) {
    if (std::none_of(workers.begin(), workers.end(), [&](const Bins &b) { return b.has(cell); }))
      continue;
    for (u32 i = 0; i < inner; ++i) {
      Sums sums;
      for (const Bins &worker : workers)
        if (worker.has(cell)) worker.add_sums(cell, i, sums);
      if (!sums.count) continue;
      const u32 corner = color_of((u32{cell} << 9) | (inner == 1 ? 0 : i << 6));
      const auto n = static_cast<double>(sums.count);
      const auto mean = [&](u32 channel, u64 sum) {
        means.push_back(static_cast<float>(((corner >> (8 * channel)) & 0xff) +
                                           static_cast<double>(sum) / n));
      };
      mean(0, sums.red);
      mean(1, sums.green);
      mean(2, sums.blue);
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
  const std::size_t per_piece = std::max<std::size_t>(1, kPiece / columns);  // rows
  const std::size_t pieces =
      step == 1 ? (columns + kPiece - 1) / kPiece : (rows + per_piece - 1) / per_piece;
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

  return means_of(workers, bits);
}

}  // namespace pochade
