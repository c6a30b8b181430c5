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

// Splits parts of the list of cells. M = 1 + d doubles a cell, 0 when only known at run time. The
// cells of a part lie side by side in memory, and one pass over them fills the bins of all axes.
template <int M>
class Splitter {
 public:
  Splitter(const Cells &cells)
      : m_(M ? M : 1 + cells.d),
        d_(m_ - 1),
        axes_(std::min(d_, 64)),
        places_a_side_(std::size_t(1) << cells.bits),
        sums_(cells.sums),
        places_(cells.places),
        spare_sums_(cells.sums.size()),
        spare_places_(cells.places.size()),
        bins_(axes_ * places_a_side_ * m_, 0.0),
        total_(m_),
        side_(m_),
        low_(axes_),
        high_(axes_) {}

  Part make(std::size_t first, std::size_t last) {
    Part part{first, last, {}};
    if (last - first < 2) return part;
    fill_bins(first, last);
    for (int axis = 0; axis < axes_; ++axis) sweep(part, axis);
    return part;
  }

  // Reorders a part so that its lower side comes first; returns where the upper side begins.
  std::size_t divide(const Part &part) {
    std::size_t low = part.first, high = 0;
    for (std::size_t i = part.first; i < part.last; ++i) {
      if (places_[i * d_ + part.cut.axis] < part.cut.place) {
        copy(sums_.data(), places_.data(), i, sums_.data(), places_.data(), low++);
      } else {
        copy(sums_.data(), places_.data(), i, spare_sums_.data(), spare_places_.data(), high++);
      }
    }
    std::copy_n(spare_sums_.data(), high * m_, sums_.data() + low * m_);
    std::copy_n(spare_places_.data(), high * d_, places_.data() + low * d_);
    return low;
  }

  void mean(const Part &part, const double *origin, double *out) {
    std::fill(total_.begin(), total_.end(), 0.0);
    for (std::size_t i = part.first; i < part.last; ++i)
      for (int e = 0; e < size(); ++e) total_[e] += sums_[i * m_ + e];
    for (int e = 0; e < d_; ++e) out[e] = origin[e] + total_[1 + e] / total_[0];
  }

 private:
  int size() const { return M ? M : m_; }

  void copy(const double *sums, const std::uint16_t *places, std::size_t from, double *to_sums,
            std::uint16_t *to_places, std::size_t to) const {
    if (sums == to_sums && from == to) return;
    for (int e = 0; e < size(); ++e) to_sums[to * m_ + e] = sums[from * m_ + e];
    for (int e = 0; e + 1 < size(); ++e) to_places[to * d_ + e] = places[from * d_ + e];
  }

  void fill_bins(std::size_t first, std::size_t last) {
    std::fill(total_.begin(), total_.end(), 0.0);
    std::fill(low_.begin(), low_.end(), 1 << 16);
    std::fill(high_.begin(), high_.end(), -1);
    for (std::size_t i = first; i < last; ++i) {
      const double *own = sums_.data() + i * m_;
      for (int e = 0; e < size(); ++e) total_[e] += own[e];
      for (int axis = 0; axis < axes_; ++axis) {
        const int place = places_[i * d_ + axis];
        low_[axis] = std::min(low_[axis], place);
        high_[axis] = std::max(high_[axis], place);
        double *bin = bins_.data() + (axis * places_a_side_ + place) * m_;
        for (int e = 0; e < size(); ++e) bin[e] += own[e];
      }
    }
  }

  // Finds the best cut along one axis, and leaves its bins empty.
  void sweep(Part &part, int axis) {
    double whole = 0;
    for (int e = 1; e < size(); ++e) whole += total_[e] * total_[e];
    whole /= total_[0];
    std::fill(side_.begin(), side_.end(), 0.0);
    double *bin = bins_.data() + (axis * places_a_side_ + low_[axis]) * m_;
    for (int place = low_[axis]; place <= high_[axis]; ++place, bin += m_) {
      if (bin[0] <= 0) continue;  // no cell here
      for (int e = 0; e < size(); ++e) {
        side_[e] += bin[e];
        bin[e] = 0;
      }
      if (place == high_[axis]) continue;
      double a = 0, b = 0;
      for (int e = 1; e < size(); ++e) {
        const double rest = total_[e] - side_[e];
        a += side_[e] * side_[e];
        b += rest * rest;
      }
      const double gain = a / side_[0] + b / (total_[0] - side_[0]) - whole;
      if (gain > part.cut.gain) part.cut = {gain, axis, place + 1};
    }
  }

  const int m_, d_, axes_;
  const std::size_t places_a_side_;
  std::vector<double> sums_;
  std::vector<std::uint16_t> places_;
  std::vector<double> spare_sums_;
  std::vector<std::uint16_t> spare_places_;
  std::vector<double> bins_, total_, side_;
  std::vector<int> low_, high_;
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
