// Cuts of a region tree as label images.
#include "region_cut.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include "region_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

using Sizes = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Levels = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using LabelImage = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using BaseNodes = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr std::int32_t kOpen = -1;

struct Given {
  TreeView tree;
  std::size_t h, w;
  const std::int32_t *leaves;  // of each pixel, or null
};

Given checked(const Parents &parents, const Heights &altitudes,
              const std::optional<Weights> &weights, const std::optional<Levels> &levels,
              std::size_t h, std::size_t w, const std::optional<LabelImage> &leaves) {
  const std::size_t nodes = parents.shape(0), n = (nodes + 1) / 2;
  bool fits = nodes % 2 == 1 && altitudes.shape(0) == nodes && h > 0 && w > 0;
  fits = fits && (leaves ? leaves->shape(0) == h && leaves->shape(1) == w : h * w == n);
  fits = fits && weights.has_value() == levels.has_value();
  if (weights) fits = fits && weights->shape(0) == 256 && levels->shape(0) == nodes;
  if (!fits) throw std::invalid_argument("the tree and the picture do not fit together");
  return {{parents.data(), altitudes.data(), n, nodes, weights ? weights->data() : nullptr,
           levels ? levels->data() : nullptr},
          h, w, leaves ? leaves->data() : nullptr};
}

// For the unions (from node n on): the index of the region they lie in, or open_of<Index> for what is
// divided. opened(v) must hold for every ancestor of a node for which it holds. False where there are
// more regions than an Index tells apart.
template <class Index>
constexpr Index open_of = static_cast<Index>(-1);

template <class Index, class Opened>
bool divide(const TreeView &tree, const Opened &opened, Index *owner,
            std::vector<std::int32_t> &nodes) {
  const std::size_t n = tree.n;
  for (std::size_t v = tree.nodes; v-- > n;) {
    Index above = open_of<Index>;
    if (v + 1 < tree.nodes) {
      // One comparison: a parent comes after its parts and is a node.
      const std::size_t at = static_cast<std::uint32_t>(tree.parents[v]) - v - 1;
      if (at >= tree.nodes - v - 1) throw std::invalid_argument("the parents are those of no tree");
      above = owner[at + v + 1 - n];
    }
    if (above != open_of<Index>) {
      owner[v - n] = above;
    } else if (opened(v)) {
      owner[v - n] = open_of<Index>;
    } else {
      const std::size_t index = nodes.size();
      if (index >= static_cast<std::size_t>(open_of<Index>) &&
          sizeof(Index) < sizeof(std::int32_t))
        return false;
      owner[v - n] = static_cast<Index>(index);
      nodes.push_back(static_cast<std::int32_t>(v));
    }
  }
  return true;
}

// Labels in the raster order of the first pixel, in one pass; `nodes` comes into the same order.
// Leaves that are regions of their own become nodes. ranked = false: labels are indices into `nodes`.
template <class Index>
void label_pixels(const Given &in, const Index *owner, std::int32_t *labels, bool ranked,
                  std::vector<std::int32_t> &nodes) {
  const TreeView &tree = in.tree;
  const std::size_t pixels = in.h * in.w, n = tree.n;
  std::vector<std::int32_t> rank(ranked ? nodes.size() : 0, -1), order;
  Buffer<std::int32_t> alone;  // with superpixels: the label of leaves that are regions
  if (in.leaves) {
    alone.need(n);
    std::fill(alone.data(), alone.data() + n, kOpen);
  }
  const auto leaf_in = [&](std::size_t leaf) {
    if (n == 1) return open_of<Index>;
    // One comparison: a leaf's parent is a union, one of n - 1.
    const std::size_t at = static_cast<std::uint32_t>(tree.parents[leaf]) - n;
    if (at >= n - 1) throw std::invalid_argument("the parents are those of no tree");
    return owner[at];
  };
  std::size_t done = 0;
  if (!in.leaves && ranked) {  // up to the first pixel that is a region of its own
    std::int32_t *found = rank.data();
    for (; done < pixels; ++done) {
      const Index index = leaf_in(done);
      if (index == open_of<Index>) break;
      std::int32_t &mine = found[static_cast<std::size_t>(index)];
      if (mine < 0) {
        mine = static_cast<std::int32_t>(order.size());
        order.push_back(nodes[static_cast<std::size_t>(index)]);
      }
      labels[done] = mine;
    }
  }
  for (std::size_t i = done; i < pixels; ++i) {
    const std::size_t leaf = in.leaves ? static_cast<std::uint32_t>(in.leaves[i]) : i;
    if (leaf >= n) throw std::invalid_argument("a pixel has no leaf");
    const Index index = leaf_in(leaf);
    if (index == open_of<Index>) {
      std::vector<std::int32_t> &list = ranked ? order : nodes;
      if (!in.leaves || alone[leaf] == kOpen) {
        labels[i] = static_cast<std::int32_t>(list.size());
        list.push_back(static_cast<std::int32_t>(leaf));
        if (in.leaves) alone[leaf] = labels[i];
      } else {
        labels[i] = alone[leaf];
      }
    } else if (!ranked) {
      labels[i] = static_cast<std::int32_t>(index);
    } else {
      std::int32_t &mine = rank[static_cast<std::size_t>(index)];
      if (mine < 0) {
        mine = static_cast<std::int32_t>(order.size());
        order.push_back(nodes[static_cast<std::size_t>(index)]);
      }
      labels[i] = mine;
    }
  }
  if (ranked) nodes.swap(order);
}

// The workspace that is kept, or none.
class Lent {
 public:
  explicit Lent(std::size_t bytes) : space_(Workspace::borrow(bytes)) {}
  ~Lent() { Workspace::give_back(space_); }
  Lent(const Lent &) = delete;
  Lent &operator=(const Lent &) = delete;
  Workspace *get() { return space_; }

 private:
  Workspace *space_;
};

Limit limit_of(const TreeView &tree, std::int64_t regions, double threshold,
               const std::uint8_t *able, float *level) {
  if (std::isnan(threshold))
    return limit_for(tree, static_cast<std::size_t>(regions - 1), able, level);
  *level = static_cast<float>(threshold);
  // Nothing is split at exactly the threshold; rounding it down keeps what lies above it above.
  if (*level > threshold) *level = std::nextafterf(*level, -INFINITY);
  return {*level, tree.nodes};
}

nb::tuple result(Buffer<std::int32_t> &&labels, const std::vector<std::int32_t> &nodes,
                 const Given &in, float level) {
  Buffer<std::int32_t> kept(nodes.size());
  std::copy(nodes.begin(), nodes.end(), kept.data());
  return nb::make_tuple(handed_over(std::move(labels), {in.h, in.w}),
                        handed_over(std::move(kept), {nodes.size()}), static_cast<double>(level));
}

// The new cut from a cut of the same tree: regions of it that are whole or united now have a new
// label each, and pixels of those that are divided climb. False where those are too many.
bool from_base(const Given &in, const Limit &limit, const std::int32_t *base, std::size_t count,
               const std::int32_t *base_nodes, std::int32_t *labels,
               std::vector<std::int32_t> &nodes) {
  const TreeView &tree = in.tree;
  const std::size_t pixels = in.h * in.w, most = pixels / 64;
  const auto split = [&](std::size_t v) {
    return v >= tree.n && limit.splits(tree.height(v), v);
  };
  std::size_t steps = 0;  // a tree may be as deep as it has pixels: then the whole way is shorter
  const auto region_of = [&](std::size_t v) {  // the node of the new cut that v is in
    while (v + 1 < tree.nodes && ++steps < pixels) {
      const std::size_t up = parent_of(tree.parents, v, tree.nodes);
      if (split(up)) break;
      v = up;
    }
    return v;
  };
  std::vector<std::int64_t> to(count);  // the node of the new cut, or -1: divided
  for (std::size_t j = 0; j < count; ++j) {
    const std::size_t v = static_cast<std::uint32_t>(base_nodes[j]);
    if (v >= tree.nodes) throw std::invalid_argument("the base is a cut of another tree");
    to[j] = split(v) ? -1 : static_cast<std::int64_t>(region_of(v));
  }
  std::vector<std::size_t> climbing;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::size_t j = static_cast<std::uint32_t>(base[i]);
    if (j >= count) throw std::invalid_argument("the base has a label without a node");
    if (to[j] >= 0) continue;
    climbing.push_back(i);
    if (climbing.size() > most) return false;
  }
  if (steps >= pixels) return false;
  // The regions of the new cut, those of whole base regions first.
  for (const std::int64_t node : to)
    if (node >= 0) nodes.push_back(static_cast<std::int32_t>(node));
  std::vector<std::int32_t> found(climbing.size());
  for (std::size_t e = 0; e < climbing.size(); ++e)
    nodes.push_back(found[e] = static_cast<std::int32_t>(region_of(climbing[e])));
  if (steps >= pixels) return false;
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  const auto index_of = [&](std::int64_t node) {
    return static_cast<std::int32_t>(std::lower_bound(nodes.begin(), nodes.end(), node) -
                                     nodes.begin());
  };
  std::vector<std::int32_t> at(count);
  for (std::size_t j = 0; j < count; ++j) at[j] = to[j] >= 0 ? index_of(to[j]) : kOpen;
  for (std::int32_t &node : found) node = index_of(node);
  std::size_t next = 0;
  std::vector<std::int32_t> rank(nodes.size(), -1), order;
  order.reserve(nodes.size());
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::int32_t whole = at[static_cast<std::size_t>(base[i])];
    const std::int32_t index = whole == kOpen ? found[next++] : whole;
    std::int32_t &mine = rank[static_cast<std::size_t>(index)];
    if (mine < 0) {
      mine = static_cast<std::int32_t>(order.size());
      order.push_back(nodes[static_cast<std::size_t>(index)]);
    }
    labels[i] = mine;
  }
  nodes.swap(order);
  return true;
}

template <class Index>
bool cut_into(const Given &in, const Limit &limit, std::int32_t *labels,
              std::vector<std::int32_t> &nodes) {
  nodes.clear();
  Lent lent(in.tree.n * sizeof(Index) + 4096);
  Buffer<Index> owner;
  owner.need(in.tree.n, lent.get());
  const auto opened = [&](std::size_t v) { return limit.splits(in.tree.height(v), v); };
  if (!divide(in.tree, opened, owner.data(), nodes)) return false;
  label_pixels(in, owner.data(), labels, true, nodes);
  return true;
}

nb::tuple region_cut(const Parents &parents, const Heights &altitudes,
                     const std::optional<Weights> &weights, const std::optional<Levels> &levels,
                     std::int64_t regions, double threshold, std::size_t h, std::size_t w,
                     const std::optional<LabelImage> &leaves,
                     const std::optional<LabelImage> &base,
                     const std::optional<BaseNodes> &base_nodes) {
  const Given in = checked(parents, altitudes, weights, levels, h, w, leaves);
  const bool based = base && base_nodes && !in.leaves && base->shape(0) == h && base->shape(1) == w;
  Buffer<std::int32_t> labels(h * w);
  std::vector<std::int32_t> nodes;
  float level = 0;
  {
    nb::gil_scoped_release free;
    const Limit limit = limit_of(in.tree, regions, threshold, nullptr, &level);
    if (!based || !from_base(in, limit, base->data(), base_nodes->shape(0), base_nodes->data(),
                             labels.data(), nodes)) {
      // Two bytes a union where they do: half as much to read in random order.
      if (!cut_into<std::uint16_t>(in, limit, labels.data(), nodes))
        cut_into<std::int32_t>(in, limit, labels.data(), nodes);
    }
  }
  return result(std::move(labels), nodes, in, level);
}

nb::tuple region_cut_by_area(const Parents &parents, const Heights &altitudes, const Sizes &sizes,
                             const std::optional<Weights> &weights,
                             const std::optional<Levels> &levels, std::int64_t regions,
                             double threshold, std::int64_t min_area, std::size_t h, std::size_t w,
                             const std::optional<LabelImage> &leaves) {
  const Given in = checked(parents, altitudes, weights, levels, h, w, leaves);
  const TreeView &tree = in.tree;
  if (sizes.shape(0) != tree.nodes) throw std::invalid_argument("one size a node is needed");
  Buffer<std::int32_t> labels(h * w);
  std::vector<std::int32_t> nodes;
  float level = 0;
  {
    nb::gil_scoped_release free;
    // able: both parts are large enough; then: the union, or something in it, is split.
    std::vector<std::uint8_t> able(tree.nodes, 1);
    std::fill(able.begin(), able.begin() + static_cast<std::ptrdiff_t>(tree.n), std::uint8_t(0));
    for (std::size_t v = 0; v + 1 < tree.nodes; ++v)
      if (sizes.data()[v] < min_area) able[parent_of(tree.parents, v, tree.nodes)] = 0;
    const Limit limit = limit_of(tree, regions, threshold, able.data(), &level);
    for (std::size_t v = tree.n; v < tree.nodes; ++v)
      able[v] = able[v] && limit.splits(tree.height(v), v);
    for (std::size_t v = tree.n; v + 1 < tree.nodes; ++v)
      if (able[v]) able[tree.parents[v]] = 1;
    Buffer<std::int32_t> owner(tree.n);
    divide(tree, [&](std::size_t v) { return able[v] != 0; }, owner.data(), nodes);
    label_pixels(in, owner.data(), labels.data(), false, nodes);
    std::vector<std::uint8_t> too_small(nodes.size());
    for (std::size_t j = 0; j < nodes.size(); ++j)
      too_small[j] = nodes.size() > 1 && sizes.data()[nodes[j]] < min_area;
    absorb_parts(labels.data(), h, w, too_small);
    number_by_first_pixel(labels.data(), h * w, nodes);
  }
  return result(std::move(labels), nodes, in, level);
}

}  // namespace

void bind_region_cut(nb::module_ &m) {
  m.def("region_cut", &region_cut, "parents"_a, "altitudes"_a, "weights"_a.none(),
        "levels"_a.none(), "regions"_a, "threshold"_a, "height"_a, "width"_a, "leaves"_a.none(), "base_labels"_a.none(), "base_nodes"_a.none(),
        "(labels, nodes, level) of the cut at `regions`, or at `threshold` where that is a number.");
  m.def("region_cut_by_area", &region_cut_by_area, "parents"_a, "altitudes"_a, "sizes"_a,
        "weights"_a.none(), "levels"_a.none(), "regions"_a, "threshold"_a, "min_area"_a,
        "height"_a, "width"_a, "leaves"_a.none(),
        "The same with no region of fewer than `min_area` pixels.");
}
