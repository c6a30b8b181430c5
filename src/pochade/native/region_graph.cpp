// Exact merging of a graph of regions under a cost with borders: the upper part of a segmentation
// tree, and trees from superpixels. Edges carry the length of the border and the contrast along it.
//
// As in region_queue.cpp the younger region owns an edge; here a heap keeps the exact order, and
// nothing is left to drift.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "region_arrays.hpp"
#include "region_cost.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

constexpr std::uint32_t kNone = 0xFFFFFFFFu;
constexpr std::size_t kPollEvery = 1 << 14;

struct Edge {
  std::uint32_t to;
  float length, contrast;
};

struct Rule {
  double border, boundary;
};

class Merging {
 public:
  Merging(const float *means, const float *sizes, std::size_t n, int dims, Rule rule)
      : n_(n), dims_(dims), rule_(rule), means_(means, means + n * dims), sizes_(sizes, sizes + n),
        lists_(n), birth_(n), root_(n), stamp_(n, 0), place_(n), near_(n), key_(n, kNone), node_(n) {
    for (std::size_t i = 0; i < n; ++i) birth_[i] = root_[i] = node_[i] = static_cast<std::uint32_t>(i);
  }

  void connect(std::uint32_t i, std::uint32_t j, float length, float contrast) {
    lists_[i].push_back({j, length, contrast});
    lists_[j].push_back({i, length, contrast});
  }

  template <class Poll>
  void run(std::int32_t *parents, float *altitudes, const Poll &poll) {
    for (std::uint32_t i = 0; i < n_; ++i) {
      tidy(i);
      look(i);
      if (key_[i] != kNone) heap_.push(entry(i));
    }
    std::uint32_t next = static_cast<std::uint32_t>(n_), young = next;
    for (std::size_t left = n_; left > 1 && !heap_.empty();) {
      const std::uint64_t top = heap_.top();
      heap_.pop();
      const std::uint32_t x = static_cast<std::uint32_t>(top), y = near_[x];
      if (key_[x] != top >> 32) continue;  // of an older state of x
      if (birth_[y] >= birth_[x]) {        // the neighbour is no more, or owns the edge now
        tidy(x);
        look(x);
        if (key_[x] != kNone) heap_.push(entry(x));
        continue;
      }
      const std::uint32_t s = lists_[y].size() > lists_[x].size() ? y : x, d = s == x ? y : x;
      parents[node_[x]] = parents[node_[y]] = static_cast<std::int32_t>(next);
      altitudes[next] = std::max({cost_of_bits(key_[x]), altitudes[node_[x]], altitudes[node_[y]]});
      node_[s] = next++;
      unite_regions(s, d);
      birth_[d] = kNone;
      birth_[s] = young++;
      key_[d] = kNone;
      tidy(s);
      look(s);
      if (key_[s] != kNone) heap_.push(entry(s));
      if (--left % kPollEvery == 0) poll(left);
    }
    if (next != 2 * n_ - 1) throw std::invalid_argument("the regions are not all connected");
  }

 private:
  std::size_t n_;
  int dims_;
  Rule rule_;
  std::vector<float> means_, sizes_;
  std::vector<std::vector<Edge>> lists_;
  std::vector<std::uint32_t> birth_, root_, stamp_, place_, near_, key_, node_;
  std::uint32_t mark_ = 0;
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap_;

  std::uint64_t entry(std::uint32_t i) const { return std::uint64_t(key_[i]) << 32 | i; }

  std::uint32_t find(std::uint32_t i) {
    while (root_[i] != i) {
      root_[i] = root_[root_[i]];
      i = root_[i];
    }
    return i;
  }

  std::uint32_t cost(std::uint32_t i, const Edge &edge) const {
    const float *a = &means_[i * std::size_t(dims_)], *b = &means_[edge.to * std::size_t(dims_)];
    const float one = sizes_[i], two = sizes_[edge.to];
    float c = squared_gap<0>(a, b, dims_) * (one * two) / (one + two);
    if (rule_.border == 1) c /= edge.length;
    if (rule_.boundary == 1) c *= 1 + edge.contrast / edge.length;
    else if (rule_.boundary != 0)
      c *= static_cast<float>(std::pow(1 + double(edge.contrast) / edge.length, rule_.boundary));
    return bits_of_cost(c <= FLT_MAX ? c : FLT_MAX);
  }

  void unite_regions(std::uint32_t s, std::uint32_t d) {
    const float size = sizes_[s] + sizes_[d], share = sizes_[d] / size;
    float *a = &means_[s * std::size_t(dims_)];
    const float *b = &means_[d * std::size_t(dims_)];
    for (int e = 0; e < dims_; ++e) a[e] += (b[e] - a[e]) * share;
    sizes_[s] = size;
    root_[d] = s;
    lists_[s].insert(lists_[s].end(), lists_[d].begin(), lists_[d].end());
    std::vector<Edge>().swap(lists_[d]);
  }

  // One edge for each neighbour that is alive.
  void tidy(std::uint32_t x) {
    std::vector<Edge> &list = lists_[x];
    std::size_t kept = 0;
    stamp_[x] = ++mark_;
    place_[x] = kNone;
    for (Edge edge : list) {
      edge.to = find(edge.to);
      if (edge.to == x) continue;
      if (stamp_[edge.to] == mark_) {
        Edge &had = list[place_[edge.to]];
        had.length += edge.length;
        had.contrast += edge.contrast;
        continue;
      }
      stamp_[edge.to] = mark_;
      place_[edge.to] = static_cast<std::uint32_t>(kept);
      list[kept++] = edge;
    }
    list.resize(kept);
  }

  void look(std::uint32_t x) {
    std::uint32_t best = kNone, near = 0;
    for (const Edge &edge : lists_[x]) {
      if (birth_[edge.to] >= birth_[x]) continue;
      const std::uint32_t c = cost(x, edge);
      if (c < best) best = c, near = edge.to;
    }
    key_[x] = best;
    near_[x] = near;
  }
};

using Means = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Pairs = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

nb::tuple merge_regions(const Means &means, const Heights &sizes, const Pairs &pairs,
                        const Heights &lengths, const Heights &contrasts, double border,
                        double boundary, const nb::object &poll) {
  const std::size_t n = means.shape(0), m = pairs.shape(0);
  const bool fits = n > 0 && n <= kLargestPicture && sizes.shape(0) == n &&
                    (m == 0 || pairs.shape(1) == 2) && lengths.shape(0) == m &&
                    contrasts.shape(0) == m && (border == 0 || border == 1);
  if (!fits) throw std::invalid_argument("the parts of the graph do not fit together");
  Buffer<std::int32_t> parents(2 * n - 1);
  Buffer<float> altitudes(2 * n - 1);
  const auto ask = [&](std::size_t left) {
    nb::gil_scoped_acquire held;
    poll(1.0 - static_cast<double>(left) / static_cast<double>(n));
  };
  {
    nb::gil_scoped_release free;
    std::fill(altitudes.data(), altitudes.data() + 2 * n - 1, 0.f);
    Merging merging(means.data(), sizes.data(), n, static_cast<int>(means.shape(1)),
                    {border, boundary});
    const std::int32_t *pair = pairs.data();
    for (std::size_t e = 0; e < m; ++e) {
      const std::uint32_t i = static_cast<std::uint32_t>(pair[2 * e]);
      const std::uint32_t j = static_cast<std::uint32_t>(pair[2 * e + 1]);
      if (i >= n || j >= n) throw std::invalid_argument("an edge leads to no region");
      merging.connect(i, j, lengths.data()[e], contrasts.data()[e]);
    }
    merging.run(parents.data(), altitudes.data(), ask);
    parents[2 * n - 2] = static_cast<std::int32_t>(2 * n - 2);
  }
  return nb::make_tuple(handed_over(std::move(parents), {2 * n - 1}),
                        handed_over(std::move(altitudes), {2 * n - 1}));
}

}  // namespace

void bind_region_graph(nb::module_ &m) {
  m.def("merge_regions", &merge_regions, "means"_a, "sizes"_a, "pairs"_a, "lengths"_a,
        "contrasts"_a, "border"_a, "boundary"_a, "poll"_a,
        "Merge the cheapest pair until one is left: (parents (2n-1,), altitudes (2n-1,)).");
}
