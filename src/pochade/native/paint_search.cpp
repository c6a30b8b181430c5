// Finding the anchors that may count in a part of a picture.
#include "paint_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace pochade::paint {

namespace {

// Room for rounding where anchors are ruled out by bounds.
constexpr float kRounding = 1.001f;

// The farthest that an anchor's distance of 1 is away, in pixels of the frame.
float widest(const Slots &anchors, std::size_t i) {
  const double a = anchors.field(form_a)[i], b = anchors.field(form_b)[i],
               c = anchors.field(form_c)[i];
  const double half = (a - c) / 2, least = (a + c) / 2 - std::sqrt(half * half + b * b);
  return static_cast<float>(1.0 / std::sqrt(std::max(least, 1e-12)));
}

// No anchor beyond the `neighbours`-th lowest upper bound counts.
float limit_of(std::vector<float> &high, std::vector<float> &ranked, int neighbours) {
  const auto k = static_cast<std::size_t>(neighbours);
  if (high.size() < k) return std::numeric_limits<float>::infinity();
  ranked.assign(high.begin(), high.end());
  std::nth_element(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(k - 1),
                   ranked.end());
  return ranked[k - 1] * kRounding + 1e-5f;
}

void copy(const Slots &from, std::size_t at, Found &out, std::size_t to) {
  for (int f = 0; f < fields; ++f) out.field(f)[to] = from.field(f)[at];
}

}  // namespace

Search::Search(const Slots &anchors, float frame_rows, float frame_cols) : anchors_(anchors) {
  std::vector<std::pair<int, std::uint32_t>> classes(anchors.n);
  for (std::size_t i = 0; i < anchors.n; ++i)
    classes[i] = {std::ilogb(widest(anchors, i)), static_cast<std::uint32_t>(i)};
  std::sort(classes.begin(), classes.end());
  const double area = static_cast<double>(frame_rows) * frame_cols;
  const float least = static_cast<float>(std::sqrt(area / static_cast<double>(anchors.n)) / 2);
  for (std::size_t begin = 0, end; begin < classes.size(); begin = end) {
    end = begin;
    while (end < classes.size() && classes[end].first == classes[begin].first) ++end;
    Grid grid;
    grid.reach = std::ldexp(1.0f, classes[begin].first + 1);
    grid.cell = std::max(grid.reach, least);
    grid.rows = static_cast<std::size_t>(frame_rows / grid.cell) + 1;
    grid.cols = static_cast<std::size_t>(frame_cols / grid.cell) + 1;
    grid.starts.assign(grid.rows * grid.cols + 1, 0);
    std::vector<std::uint32_t> cells(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      const auto place = [&](int f, std::size_t most) {
        const float at = anchors.field(f)[classes[i].second] / grid.cell;
        return std::min(most - 1, static_cast<std::size_t>(std::max(0.0f, at)));
      };
      const std::size_t cell = place(row, grid.rows) * grid.cols + place(col, grid.cols);
      cells[i - begin] = static_cast<std::uint32_t>(cell);
      ++grid.starts[cell + 1];
    }
    for (std::size_t c = 0; c + 1 < grid.starts.size(); ++c) grid.starts[c + 1] += grid.starts[c];
    grid.members.resize(end - begin);
    std::vector<std::uint32_t> next(grid.starts.begin(), grid.starts.end() - 1);
    for (std::size_t i = begin; i < end; ++i)
      grid.members[next[cells[i - begin]]++] = classes[i].second;
    grids_.push_back(std::move(grid));
  }
}

// Anchors within `factor` of their reach from the box, and some beyond; whether that is all of them.
bool Search::gather(const Box &box, float factor, std::vector<std::int32_t> &ids) const {
  bool all = true;
  ids.clear();
  for (const Grid &grid : grids_) {
    const float away = factor * grid.reach;
    // A cell more to each side, against rounding.
    const auto first = [&](float low) {
      return static_cast<std::size_t>(std::max(0.0f, std::floor((low - away) / grid.cell) - 1.0f));
    };
    const auto last = [&](float high, std::size_t most) {
      const float at = std::min(static_cast<float>(most), std::floor((high + away) / grid.cell) + 2.0f);
      return static_cast<std::size_t>(std::max(0.0f, at));
    };
    const std::size_t top = first(box.row - box.half_rows), left = first(box.col - box.half_cols);
    const std::size_t bottom = last(box.row + box.half_rows, grid.rows);
    const std::size_t right = last(box.col + box.half_cols, grid.cols);
    all = all && !top && !left && bottom == grid.rows && right == grid.cols;
    for (std::size_t y = top; y < bottom; ++y) {
      if (left >= right) continue;
      const std::uint32_t *line = grid.starts.data() + y * grid.cols;
      for (std::uint32_t i = line[left]; i < line[right]; ++i)
        ids.push_back(static_cast<std::int32_t>(grid.members[i]));
    }
  }
  return all;
}

void Search::find(const Box &box, int neighbours, Found &out) const {
  thread_local std::vector<std::int32_t> ids;
  float factor = 1.5f, limit;
  for (;;) {
    const bool all = gather(box, factor, ids);
    out.resize(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      copy(anchors_, static_cast<std::size_t>(ids[i]), out, i);
      out.ids[i] = ids[i];
    }
    kernels().bounds(out.slots(), box, out.low.data(), out.high.data());
    limit = limit_of(out.high, out.ranked, neighbours);
    const float needed = std::sqrt(limit);
    if (all || needed <= factor) break;
    factor = std::isfinite(needed) ? needed * kRounding : factor * 2;
  }
  // What is left, moved together; in each field in turn, since the stride changes.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (out.low[i] <= limit) ids[kept++] = ids[i];
  out.resize(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    copy(anchors_, static_cast<std::size_t>(ids[i]), out, i);
    out.ids[i] = ids[i];
  }
}

void Search::narrow(const Found &from, const Box &box, int neighbours, Found &out) {
  thread_local std::vector<float> low, high;
  thread_local std::vector<std::pair<float, std::uint32_t>> order;
  const Slots slots = from.slots();
  low.resize(slots.n);
  high.resize(slots.n);
  kernels().bounds(slots, box, low.data(), high.data());
  const float limit = limit_of(high, out.ranked, neighbours);
  order.clear();
  for (std::size_t i = 0; i < slots.n; ++i)
    if (low[i] <= limit) order.emplace_back(low[i], static_cast<std::uint32_t>(i));
  std::sort(order.begin(), order.end());
  out.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    copy(slots, order[i].second, out, i);
    out.ids[i] = from.ids[order[i].second];
    // A little lower, so that rounding never makes the bound pass the distance.
    out.low[i] = order[i].first * 0.999f;
  }
}

}  // namespace pochade::paint
