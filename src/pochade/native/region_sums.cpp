// Passes over the nodes of a region tree: sizes, means, highest values, and where pixels meet.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <optional>

#include "parallel.hpp"
#include "region_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

using Counts = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using LeafValues = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Levels = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using LeafImage = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

std::size_t leaves_of(const Parents &parents) {
  const std::size_t nodes = parents.shape(0);
  if (nodes % 2 == 0) throw std::invalid_argument("a tree has an odd number of nodes");
  return (nodes + 1) / 2;
}

auto region_sizes(const Parents &parents, const Counts &leaves) {
  const std::size_t n = leaves_of(parents), nodes = 2 * n - 1;
  if (leaves.shape(0) != n) throw std::invalid_argument("one size a leaf is needed");
  Buffer<std::int32_t> out(nodes);
  {
    nb::gil_scoped_release free;
    std::copy(leaves.data(), leaves.data() + n, out.data());
    std::fill(out.data() + n, out.data() + nodes, 0);
    for (std::size_t v = 0; v + 1 < nodes; ++v) out[parent_of(parents.data(), v, nodes)] += out[v];
  }
  return handed_over(std::move(out), {nodes});
}

auto region_means(const Parents &parents, const Counts &sizes, const LeafValues &leaves) {
  const std::size_t n = leaves_of(parents), nodes = 2 * n - 1, d = leaves.shape(1);
  if (leaves.shape(0) != n || sizes.shape(0) != nodes)
    throw std::invalid_argument("sizes and leaves do not fit the tree");
  Buffer<float> out(nodes * d);
  {
    nb::gil_scoped_release free;
    std::copy(leaves.data(), leaves.data() + n * d, out.data());
    std::fill(out.data() + n * d, out.data() + nodes * d, 0.f);
    const std::int32_t *size = sizes.data();
    for (std::size_t v = 0; v + 1 < nodes; ++v) {
      const std::size_t p = parent_of(parents.data(), v, nodes);
      const float share = static_cast<float>(size[v]) / static_cast<float>(size[p]);
      for (std::size_t e = 0; e < d; ++e) out[p * d + e] += out[v * d + e] * share;
    }
  }
  return handed_over(std::move(out), {nodes, d});
}

auto region_highest(const Parents &parents, const Levels &leaves) {
  const std::size_t n = leaves_of(parents), nodes = 2 * n - 1;
  if (leaves.shape(0) != n) throw std::invalid_argument("one level a leaf is needed");
  Buffer<std::uint8_t> out(nodes);
  {
    nb::gil_scoped_release free;
    std::copy(leaves.data(), leaves.data() + n, out.data());
    std::fill(out.data() + n, out.data() + nodes, std::uint8_t(0));
    for (std::size_t v = 0; v + 1 < nodes; ++v) {
      std::uint8_t &above = out[parent_of(parents.data(), v, nodes)];
      above = std::max(above, out[v]);
    }
  }
  return handed_over(std::move(out), {nodes});
}

// Where two nodes come together, in logarithmic time however deep the tree is (a sky that took its
// specks one by one is as deep as it has specks): paths down the larger part (D. D. Sleator, R. E.
// Tarjan, "A data structure for dynamic trees", Journal of Computer and System Sciences 26 (1983)
// 362-391). head[v] is the top of the path of v; parents come after their parts, so of two paths the
// one with the lower head does not hold the meeting point.
class Meetings {
 public:
  Meetings(const std::int32_t *parents, std::size_t n) : parents_(parents), head_(2 * n - 1) {
    const std::size_t nodes = 2 * n - 1;
    Buffer<std::int32_t> size(nodes), heavy(nodes);
    std::fill(size.data(), size.data() + n, 1);
    std::fill(size.data() + n, size.data() + nodes, 0);
    for (std::size_t v = 0; v + 1 < nodes; ++v) size[parent_of(parents, v, nodes)] += size[v];
    std::fill(heavy.data(), heavy.data() + nodes, -1);
    for (std::size_t v = 0; v + 1 < nodes; ++v) {
      std::int32_t &best = heavy[parents[v]];
      if (best < 0 || size[v] > size[best]) best = static_cast<std::int32_t>(v);
    }
    head_[nodes - 1] = static_cast<std::int32_t>(nodes - 1);
    for (std::size_t v = nodes - 1; v-- > 0;) {
      const std::int32_t up = parents[v];
      head_[v] = heavy[up] == static_cast<std::int32_t>(v) ? head_[up] : static_cast<std::int32_t>(v);
    }
  }
  std::size_t of(std::size_t a, std::size_t b) const {
    while (head_[a] != head_[b]) {
      if (head_[a] < head_[b]) a = static_cast<std::size_t>(parents_[head_[a]]);
      else b = static_cast<std::size_t>(parents_[head_[b]]);
    }
    return std::max(a, b);
  }

 private:
  const std::int32_t *parents_;
  Buffer<std::int32_t> head_;
};

nb::tuple region_edges(const Parents &parents, const Heights &altitudes, std::size_t h,
                       std::size_t w, const std::optional<LeafImage> &leaves, int threads) {
  const std::size_t n = leaves_of(parents), nodes = 2 * n - 1;
  const bool fits = leaves ? leaves->shape(0) == h && leaves->shape(1) == w : h * w == n;
  if (!fits || h == 0 || w == 0 || altitudes.shape(0) != nodes)
    throw std::invalid_argument("the tree and the picture do not fit together");
  Buffer<float> right(h * (w - 1) + 1), below((h - 1) * w + 1);
  const std::int32_t *image = leaves ? leaves->data() : nullptr;
  {
    nb::gil_scoped_release free;
    const float *heights = altitudes.data();
    const Meetings meetings(parents.data(), n);
    const auto leaf = [&](std::size_t pixel) {
      const std::size_t found = image ? static_cast<std::uint32_t>(image[pixel]) : pixel;
      if (found >= n) throw std::invalid_argument("a pixel has no leaf");
      return found;
    };
    parallel_for(h, threads, [&](std::size_t y) {
      for (std::size_t x = 0; x < w; ++x) {
        const std::size_t i = y * w + x, own = leaf(i);
        if (x + 1 < w) right[y * (w - 1) + x] = heights[meetings.of(own, leaf(i + 1))];
        if (y + 1 < h) below[i] = heights[meetings.of(own, leaf(i + w))];
      }
    });
  }
  return nb::make_tuple(handed_over(std::move(right), {h, w - 1}),
                        handed_over(std::move(below), {h - 1, w}));
}

}  // namespace

void bind_region_sums(nb::module_ &m) {
  m.def("region_sizes", &region_sizes, "parents"_a, "leaves"_a, "Pixels of every node.");
  m.def("region_means", &region_means, "parents"_a, "sizes"_a, "leaves"_a,
        "Means of every node (2n-1, d) from those of the leaves (n, d).");
  m.def("region_highest", &region_highest, "parents"_a, "leaves"_a,
        "The highest uint8 of any leaf in each node.");
  m.def("region_edges", &region_edges, "parents"_a, "altitudes"_a, "height"_a, "width"_a,
        "leaves"_a.none(), "threads"_a,
        "Altitudes at which pixels meet their right (h, w-1) and lower (h-1, w) neighbours.");
}
