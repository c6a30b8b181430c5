// The part of a picture that some anchors may have a share in, by quartering tiles: see
// pochade/painting/dirty.py, whose `Search` is the same in NumPy.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace nb = nanobind;

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
using Part = std::array<long, 4>;  // top, left, bottom, right
using Pair = std::array<long, 2>;
using Numbers = std::vector<std::uint32_t>;

struct Boxes {
  const float *low = nullptr, *high = nullptr;
  long rows = 0, cols = 0, block = 1;
  Pair guide{}, reach{};
  float over = 0, edges = 1;
};

struct Range {
  float low[3], high[3];
};

struct Search {
  const float *places, *forms, *tones;
  const std::uint8_t *changed;
  Pair size, frame;
  std::size_t neighbours;
  long least;
  float rounding, slack;
  Boxes boxes;
  Part found;
  bool any;
  std::vector<float> order;

  bool within(const Part &part) const {
    return any && part[0] >= found[0] && part[1] >= found[1] && part[2] <= found[2] &&
           part[3] <= found[3];
  }

  void join(const Part &part) {
    if (!any) found = part;
    found = {std::min(found[0], part[0]), std::min(found[1], part[1]),
             std::max(found[2], part[2]), std::max(found[3], part[3])};
    any = true;
  }

  // The squares of the guide that the pixels of a part are made from, along one axis.
  Pair span(const Part &part, int axis) const {
    const long want = size[static_cast<std::size_t>(axis)];
    const long have = boxes.guide[static_cast<std::size_t>(axis)];
    const long reach = boxes.reach[static_cast<std::size_t>(axis)];
    const long begin = part[static_cast<std::size_t>(axis)];
    const long end = part[static_cast<std::size_t>(axis) + 2];
    const long first = std::max(0L, begin * have / want - reach);
    const long last = std::min(have, (end * have + want - 1) / want + reach);
    return {first / boxes.block, (last + boxes.block - 1) / boxes.block};
  }

  Range colors(const Part &part) const {
    Range out;
    for (int c = 0; c < 3; ++c)
      out.low[c] = std::numeric_limits<float>::infinity(), out.high[c] = -out.low[c];
    const Pair rows = span(part, 0), cols = span(part, 1);
    for (long y = rows[0]; y < rows[1]; ++y)
      for (long x = cols[0]; x < cols[1]; ++x)
        for (int c = 0; c < 3; ++c) {
          const long at = 3 * (y * boxes.cols + x) + c;
          out.low[c] = std::min(out.low[c], boxes.low[at]);
          out.high[c] = std::max(out.high[c], boxes.high[at]);
        }
    for (int c = 0; c < 3; ++c) {
      const float more = boxes.over * (out.high[c] - out.low[c]);
      out.low[c] = (out.low[c] - more) / boxes.edges;
      out.high[c] = (out.high[c] + more) / boxes.edges;
    }
    return out;
  }

  void look(long top, long left, long step, const Numbers &which) {
    const Part part{top, left, std::min(top + step, size[0]), std::min(left + step, size[1])};
    if (within(part)) return;
    float middle[2], half[2];
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const double scale = static_cast<double>(frame[axis]) / static_cast<double>(size[axis]);
      const double low = (static_cast<double>(part[axis]) + 0.5) * scale;
      const double high = (static_cast<double>(part[axis + 2]) - 0.5) * scale;
      middle[axis] = static_cast<float>((low + high) / 2);
      half[axis] = static_cast<float>((high - low) / 2);
    }
    const bool guided = boxes.low != nullptr;
    const Range range = guided ? colors(part) : Range{};
    std::vector<float> nearest(which.size());
    order.resize(which.size());
    for (std::size_t i = 0; i < which.size(); ++i) {
      const float *place = places + 2 * which[i], *form = forms + 3 * which[i];
      const float down = middle[0] - place[0], right = middle[1] - place[1];
      const float a = form[0], b = form[1], c = form[2];
      const float square = a * down * down + 2 * b * down * right + c * right * right;
      const float space = std::sqrt(std::max(square, 0.0f));
      const float corner = std::sqrt(a * half[0] * half[0] +
                                     2 * std::abs(b) * half[0] * half[1] + c * half[1] * half[1]);
      const float inner = std::max(space - corner, 0.0f);
      float near = inner * inner, far = (space + corner) * (space + corner);
      for (int k = 0; guided && k < 3; ++k) {
        const float tone = tones[3 * which[i] + static_cast<std::uint32_t>(k)];
        const float above = tone - range.high[k], below = range.low[k] - tone;
        const float outside = std::max(std::max(above, below), 0.0f);
        const float inside = std::max(std::abs(above), std::abs(below));
        near += outside * outside, far += inside * inside;
      }
      nearest[i] = near, order[i] = far;
    }
    float limit = std::numeric_limits<float>::infinity();
    if (which.size() > neighbours) {
      const auto nth = order.begin() + static_cast<std::ptrdiff_t>(neighbours);
      std::nth_element(order.begin(), nth, order.end());
      limit = *nth * rounding + slack;
    }
    Numbers kept;
    bool met = false;
    for (std::size_t i = 0; i < which.size(); ++i)
      if (nearest[i] <= limit) {
        kept.push_back(which[i]);
        met = met || changed[which[i]] != 0;
      }
    if (!met) return;
    if (step <= least) return join(part);
    const long quarter = step / 2;
    for (long y = top; y < part[2]; y += quarter)
      for (long x = left; x < part[3]; x += quarter) look(y, x, quarter, kept);
  }
};

Part dirty(const In<float, 2> &places, const In<float, 2> &forms, const In<float, 2> &tones,
           const In<std::uint8_t, 1> &changed, const In<float, 3> &low, const In<float, 3> &high,
           Pair size, Pair frame, Pair guide, Pair reach, const nb::dict &how, Part found) {
  const std::size_t n = places.shape(0);
  if (forms.shape(0) != n || tones.shape(0) != n || changed.shape(0) != n ||
      places.shape(1) != 2 || forms.shape(1) != 3 || tones.shape(1) != 3 ||
      low.shape(0) != high.shape(0) || low.shape(1) != high.shape(1) || low.shape(2) != 3 ||
      high.shape(2) != 3 || size[0] < 1 || size[1] < 1)
    throw std::invalid_argument("anchors, guide and size do not fit together");
  Boxes boxes;
  boxes.block = nb::cast<long>(how["block"]);
  boxes.rows = static_cast<long>(low.shape(0)), boxes.cols = static_cast<long>(low.shape(1));
  boxes.guide = guide, boxes.reach = reach;
  boxes.over = nb::cast<float>(how["over"]), boxes.edges = nb::cast<float>(how["edges"]);
  if (low.size() > 0) {
    if (boxes.block < 1 || boxes.rows * boxes.block < guide[0] ||
        boxes.cols * boxes.block < guide[1] || guide[0] < 1 || guide[1] < 1)
      throw std::invalid_argument("the squares do not cover the guide");
    boxes.low = low.data(), boxes.high = high.data();
  }
  Search search{places.data(), forms.data(), tones.data(), changed.data(), size, frame,
                nb::cast<std::size_t>(how["neighbours"]), nb::cast<long>(how["least"]),
                nb::cast<float>(how["rounding"]), nb::cast<float>(how["slack"]), boxes, found,
                found[2] > found[0], {}};
  const long first = nb::cast<long>(how["first"]);
  if (search.least < 1 || first < search.least)
    throw std::invalid_argument("tiles have at least one pixel");
  nb::gil_scoped_release free;
  Numbers all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = static_cast<std::uint32_t>(i);
  for (long y = 0; y < size[0]; y += first)
    for (long x = 0; x < size[1]; x += first) search.look(y, x, first, all);
  return search.found;
}

}  // namespace

void bind_paint_dirty(nb::module_ &m) {
  m.def("paint_dirty", &dirty, "What of a picture some anchors may have a share in.",
        nb::arg("places"), nb::arg("forms"), nb::arg("tones"), nb::arg("changed"), nb::arg("low"),
        nb::arg("high"), nb::arg("size"), nb::arg("frame"), nb::arg("guide"), nb::arg("reach"),
        nb::arg("how"), nb::arg("found"));
}
