// Greedy orthogonal splitting in the manner of Wu (1991, "Efficient statistical computations for
// optimal color quantization", Graphics Gems II), choosing at each step the box whose best cut
// lowers the squared error most. Moments are projected on the axes per box instead of kept in one
// cumulative table, so any number of dimensions works and memory grows with the cells in use.
#include <algorithm>
#include <queue>

#include "solver.hpp"

namespace pochade {

namespace {

struct Grid {
  double low[64];
  double scale;
  int top;
};

// The plain grid of 8-bit colours where the points look like them, else the bounding box, with
// the same cell size along every axis.
Grid make_grid(const Cloud &cloud, int bits) {
  Grid grid{};
  double range = 0, high = 0, low = 0;
  for (int e = 0; e < cloud.dims(); ++e) {
    range = std::max(range, double(cloud.high(e)) - double(cloud.low(e)));
    high = std::max(high, double(cloud.high(e)));
    low = std::min(low, double(cloud.low(e)));
  }
  const bool eight_bit = low >= 0 && high <= 255 && high > 127;
  for (int e = 0; e < cloud.dims() && e < 64; ++e) grid.low[e] = eight_bit ? 0 : cloud.low(e);
  grid.top = (1 << bits) - 1;
  grid.scale = eight_bit ? (1 << bits) / 256.0 : range > 0 ? (1 << bits) / range : 0.0;
  return grid;
}

inline int place_of(const Grid &grid, int e, float x) {
  const int place = static_cast<int>((x - grid.low[e]) * grid.scale);
  return place > grid.top ? grid.top : place;
}

// Collects a run of points of one coarse cell into its 2^d fine cells.
template <int D>
void collect(const Cloud &cloud, const Grid &grid, Cells &cells) {
  constexpr int slots = 1 << D, row = 1 + D;
  const CloudView &v = cloud.view();
  double sums[slots * row] = {0};
  int coarse[D];
  std::fill(coarse, coarse + D, -1);
  unsigned used = 0;
  auto flush = [&] {
    for (int s = 0; s < slots; ++s) {
      if (!(used >> s & 1)) continue;
      cells.sums.insert(cells.sums.end(), sums + s * row, sums + (s + 1) * row);
      for (int e = 0; e < D; ++e)
        cells.places.push_back(static_cast<std::uint16_t>(coarse[e] * 2 + (s >> e & 1)));
      std::fill(sums + s * row, sums + (s + 1) * row, 0.0);
    }
    used = 0;
  };
  for (std::size_t i = 0; i < v.n; ++i) {
    const double w = v.w[i];
    if (w <= 0) continue;
    int slot = 0, moved = 0, next[D];
    for (int e = 0; e < D; ++e) {
      const int place = place_of(grid, e, v.x[e * v.padded + i]);
      slot |= (place & 1) << e;
      next[e] = place >> 1;
      moved |= next[e] ^ coarse[e];
    }
    if (moved) {
      flush();
      std::copy(next, next + D, coarse);
    }
    used |= 1u << slot;
    double *own = sums + slot * row;
    own[0] += w;
    for (int e = 0; e < D; ++e) own[1 + e] += w * (v.x[e * v.padded + i] - v.origin[e]);
  }
  flush();
}

// More than four dimensions: every point is its own cell, placed on the first 64 axes.
void collect_any(const Cloud &cloud, const Grid &grid, Cells &cells) {
  const CloudView &v = cloud.view();
  for (std::size_t i = 0; i < v.n; ++i) {
    const double w = v.w[i];
    if (w <= 0) continue;
    cells.sums.push_back(w);
    for (int e = 0; e < v.d; ++e) {
      const float x = v.x[e * v.padded + i];
      cells.sums.push_back(w * (x - v.origin[e]));
      cells.places.push_back(static_cast<std::uint16_t>(e < 64 ? place_of(grid, e, x) : 0));
    }
  }
}

struct Cut {
  double gain = 0;  // 0: cannot be cut
  int axis = 0, place = 0;
};

struct Part {
  std::size_t first, last;  // range of the order
  Cut cut;
};

// Splits parts of the list of cells. M = 1 + d doubles a cell, 0 when only known at run time.
template <int M>
class Splitter {
 public:
  Splitter(const Cells &cells) : cells_(cells), m_(M ? M : 1 + cells.d), d_(m_ - 1) {
    order_.resize(cells.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::uint32_t>(i);
    spare_.resize(order_.size());
    bins_.assign((std::size_t(1) << cells.bits) * m_, 0.0);
  }

  Part make(std::size_t first, std::size_t last) {
    Part part{first, last, {}};
    std::vector<double> total(m_, 0.0);
    for (std::size_t i = first; i < last; ++i) {
      const double *own = cell(i);
      for (int e = 0; e < m_; ++e) total[e] += own[e];
    }
    if (last - first > 1)
      for (int axis = 0; axis < d_ && axis < 64; ++axis) best_on_axis(part, axis, total.data());
    return part;
  }

  // Reorders a part so that its lower side comes first; returns where the upper side begins.
  std::size_t divide(const Part &part) {
    std::size_t low = part.first, high = 0;
    for (std::size_t i = part.first; i < part.last; ++i) {
      const std::uint32_t c = order_[i];
      if (cells_.places[std::size_t(c) * d_ + part.cut.axis] < part.cut.place) order_[low++] = c;
      else spare_[high++] = c;
    }
    std::copy(spare_.begin(), spare_.begin() + high, order_.begin() + low);
    return low;
  }

  void mean(const Part &part, const double *origin, double *out) const {
    std::vector<double> total(m_, 0.0);
    for (std::size_t i = part.first; i < part.last; ++i)
      for (int e = 0; e < m_; ++e) total[e] += cell(i)[e];
    for (int e = 0; e < d_; ++e) out[e] = origin[e] + total[1 + e] / total[0];
  }

 private:
  const double *cell(std::size_t i) const { return cells_.sums.data() + std::size_t(order_[i]) * m_; }

  void best_on_axis(Part &part, int axis, const double *total) {
    int low = 1 << 16, high = -1;
    for (std::size_t i = part.first; i < part.last; ++i) {
      const int place = cells_.places[std::size_t(order_[i]) * d_ + axis];
      low = std::min(low, place);
      high = std::max(high, place);
      double *bin = bins_.data() + std::size_t(place) * m_;
      const double *own = cell(i);
      for (int e = 0; e < m_; ++e) bin[e] += own[e];
    }
    double whole = 0;
    for (int e = 1; e < m_; ++e) whole += total[e] * total[e];
    whole /= total[0];
    std::vector<double> side(m_, 0.0);
    for (int place = low; place <= high; ++place) {
      double *bin = bins_.data() + std::size_t(place) * m_;
      const bool filled = bin[0] > 0;
      for (int e = 0; e < m_; ++e) {
        side[e] += bin[e];
        bin[e] = 0;
      }
      if (!filled || place == high) continue;
      double a = 0, b = 0;
      for (int e = 1; e < m_; ++e) {
        const double rest = total[e] - side[e];
        a += side[e] * side[e];
        b += rest * rest;
      }
      const double gain = a / side[0] + b / (total[0] - side[0]) - whole;
      if (gain > part.cut.gain) part.cut = {gain, axis, place + 1};
    }
  }

  const Cells &cells_;
  const int m_, d_;
  std::vector<std::uint32_t> order_, spare_;
  std::vector<double> bins_;
};

template <int M>
Centers split(const Cloud &cloud, const Cells &cells, int k) {
  Splitter<M> splitter(cells);
  std::vector<Part> parts{splitter.make(0, cells.size())};
  using Entry = std::pair<double, int>;  // gain, then minus the part's number
  std::priority_queue<Entry> queue;
  auto offer = [&](int j) {
    if (parts[j].cut.gain > 0) queue.push({parts[j].cut.gain, -j});
  };
  offer(0);
  while (static_cast<int>(parts.size()) < k && !queue.empty()) {
    const int j = -queue.top().second;
    queue.pop();
    const Part part = parts[j];
    const std::size_t middle = splitter.divide(part);
    parts[j] = splitter.make(part.first, middle);
    parts.push_back(splitter.make(middle, part.last));
    offer(j);
    offer(static_cast<int>(parts.size()) - 1);
  }
  Centers centers(parts.size() * static_cast<std::size_t>(cloud.dims()));
  for (std::size_t j = 0; j < parts.size(); ++j)
    splitter.mean(parts[j], cloud.view().origin, centers.data() + j * cloud.dims());
  return centers;
}

}  // namespace

Cells grid_cells(const Cloud &cloud, int bits) {
  Cells cells;
  cells.d = cloud.dims();
  cells.bits = bits;
  const Grid grid = make_grid(cloud, bits);
  switch (cells.d) {
    case 1: collect<1>(cloud, grid, cells); break;
    case 2: collect<2>(cloud, grid, cells); break;
    case 3: collect<3>(cloud, grid, cells); break;
    case 4: collect<4>(cloud, grid, cells); break;
    default: collect_any(cloud, grid, cells);
  }
  return cells;
}

Centers wu(const Cloud &cloud, int k, int bits) {
  Centers centers;
  // A grid too coarse for k boxes is refined; what 8 bits cannot tell apart k-means++ can.
  for (; bits <= 8; ++bits) {
    const Cells cells = grid_cells(cloud, bits);
    switch (cells.d) {
      case 3: centers = split<4>(cloud, cells, k); break;
      case 4: centers = split<5>(cloud, cells, k); break;
      default: centers = split<0>(cloud, cells, k);
    }
    if (centers.size() == static_cast<std::size_t>(k) * cells.d) return centers;
  }
  return fill_up(cloud, std::move(centers), k);
}

}  // namespace pochade
