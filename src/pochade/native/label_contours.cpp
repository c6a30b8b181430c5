// Borders of a label image as lines that both sides share: chains between the points where three
// areas meet, and the rings of each area as sequences of chains. Sides of pixels, not pixels.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "region_arrays.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

using Labels = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Places = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Offsets = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

constexpr std::int32_t outside = -1;
// Directions on the screen, y downwards, clockwise: east, south, west, north.
constexpr int step_x[] = {1, 0, -1, 0}, step_y[] = {0, 1, 0, -1};
// The pixel on the left hand of one who leaves corner (x, y), as an offset from pixel (x, y).
constexpr int left_x[] = {0, 0, -1, -1}, left_y[] = {-1, 0, 0, -1};

struct Tracer {
  const std::int32_t *labels;
  std::int64_t h, w;
  std::vector<std::uint8_t> seen;  // a bit for each of the four ways out of a corner
  std::vector<std::int32_t> points;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> left, right;
  std::vector<std::uint8_t> last;  // the direction in which each chain ends
  std::unordered_map<std::int64_t, std::int32_t> starts;

  Tracer(const std::int32_t *labels_, std::int64_t h_, std::int64_t w_)
      : labels(labels_), h(h_), w(w_), seen(static_cast<std::size_t>((h_ + 1) * (w_ + 1))) {}

  std::int32_t at(std::int64_t x, std::int64_t y) const {
    return x < 0 || y < 0 || x >= w || y >= h ? outside : labels[y * w + x];
  }
  std::int32_t left_of(std::int64_t x, std::int64_t y, int d) const {
    return at(x + left_x[d], y + left_y[d]);
  }
  std::int32_t right_of(std::int64_t x, std::int64_t y, int d) const {
    // What is on the right going out is on the left one quarter turn further.
    return at(x + left_x[(d + 1) & 3], y + left_y[(d + 1) & 3]);
  }
  bool border(std::int64_t x, std::int64_t y, int d) const {
    return left_of(x, y, d) != right_of(x, y, d);
  }
  bool knot(std::int64_t x, std::int64_t y) const {
    int ways = 0;
    for (int d = 0; d < 4; ++d) ways += border(x, y, d);
    return ways > 2 || (ways && (x == 0 || x == w) && (y == 0 || y == h));
  }
  std::int64_t corner(std::int64_t x, std::int64_t y) const { return y * (w + 1) + x; }

  void walk(std::int64_t x, std::int64_t y, int d) {
    const std::int64_t from_x = x, from_y = y;
    const int begin = d;
    left.push_back(left_of(x, y, d));
    right.push_back(right_of(x, y, d));
    auto push = [this](std::int64_t a, std::int64_t b) {
      points.push_back(static_cast<std::int32_t>(a));
      points.push_back(static_cast<std::int32_t>(b));
    };
    push(x, y);
    while (true) {
      seen[static_cast<std::size_t>(corner(x, y))] |= static_cast<std::uint8_t>(1 << d);
      x += step_x[d];
      y += step_y[d];
      seen[static_cast<std::size_t>(corner(x, y))] |= static_cast<std::uint8_t>(1 << ((d + 2) & 3));
      push(x, y);
      if ((x == from_x && y == from_y) || knot(x, y)) break;
      for (const int turn : {3, 0, 1})
        if (border(x, y, (d + turn) & 3)) {
          d = (d + turn) & 3;
          break;
        }
    }
    const auto chain = static_cast<std::int32_t>(left.size()) - 1;
    last.push_back(static_cast<std::uint8_t>(d));
    offsets.push_back(static_cast<std::int64_t>(points.size() / 2));
    if (knot(from_x, from_y)) {
      starts[corner(from_x, from_y) * 4 + begin] = 2 * chain;
      starts[corner(x, y) * 4 + ((d + 2) & 3)] = 2 * chain + 1;
    }
  }

  void trace() {
    for (const bool knots : {true, false})  // then what is left: rings without a knot
      for (std::int64_t y = 0; y <= h; ++y)
        for (std::int64_t x = 0; x <= w; ++x)
          for (int d = 0; d < 4; ++d) {
            const std::uint8_t done = seen[static_cast<std::size_t>(corner(x, y))];
            if (done >> d & 1 || !border(x, y, d)) continue;
            if (knots && !knot(x, y)) break;
            walk(x, y, d);
          }
  }

  // The directed chain (2 c forwards, 2 c + 1 backwards) that follows along the same area.
  std::int32_t next(std::int32_t code) const {
    const std::size_t chain = static_cast<std::size_t>(code / 2);
    const bool back = code & 1;
    const std::int64_t first = offsets[chain], end = offsets[chain + 1] - 1;
    const std::int64_t to = back ? first : end;
    const std::int64_t x = points[static_cast<std::size_t>(2 * to)];
    const std::int64_t y = points[static_cast<std::size_t>(2 * to + 1)];
    if (!knot(x, y)) return code;
    int d = last[chain];
    if (back) {  // against the first side of the chain
      const auto p = static_cast<std::size_t>(2 * first);
      for (d = 0; d < 4; ++d)
        if (points[p] + step_x[d] == points[p + 2] && points[p + 1] + step_y[d] == points[p + 3])
          break;
      d = (d + 2) & 3;
    }
    const std::int32_t mine = back ? right[chain] : left[chain];
    // Left before straight before right: areas that touch at a corner alone stay apart.
    for (const int turn : {3, 0, 1}) {
      const int way = (d + turn) & 3;
      if (border(x, y, way) && left_of(x, y, way) == mine) return starts.at(corner(x, y) * 4 + way);
    }
    throw std::logic_error("a border that ends nowhere");
  }
};

template <class T>
auto array_of(const std::vector<T> &from, std::initializer_list<std::size_t> shape) {
  Buffer<T> out(from.size());
  std::copy(from.begin(), from.end(), out.data());
  return handed_over(std::move(out), shape);
}

// points (p, 2) x y; offsets (c + 1) of the chains; left and right labels (c), -1 outside;
// codes of directed chains, offsets and labels of rings, each with its area on its left hand.
auto label_contours(const Labels &labels) {
  Tracer tracer(labels.data(), static_cast<std::int64_t>(labels.shape(0)),
                static_cast<std::int64_t>(labels.shape(1)));
  std::vector<std::int32_t> codes, of;
  std::vector<std::int64_t> rings{0};
  {
    nb::gil_scoped_release free;
    if (labels.size() > kLargestPicture) throw std::invalid_argument("the picture is too large");
    tracer.trace();
    std::vector<std::uint8_t> used(2 * tracer.left.size());
    for (std::int32_t code = 0; static_cast<std::size_t>(code) < used.size(); ++code) {
      const auto chain = static_cast<std::size_t>(code / 2);
      const std::int32_t mine = code & 1 ? tracer.right[chain] : tracer.left[chain];
      if (used[static_cast<std::size_t>(code)] || mine == outside) continue;
      for (std::int32_t c = code; !used[static_cast<std::size_t>(c)]; c = tracer.next(c)) {
        used[static_cast<std::size_t>(c)] = 1;
        codes.push_back(c);
      }
      rings.push_back(static_cast<std::int64_t>(codes.size()));
      of.push_back(mine);
    }
  }
  return nb::make_tuple(array_of(tracer.points, {tracer.points.size() / 2, 2}),
                        array_of(tracer.offsets, {tracer.offsets.size()}),
                        array_of(tracer.left, {tracer.left.size()}),
                        array_of(tracer.right, {tracer.right.size()}),
                        array_of(codes, {codes.size()}), array_of(rings, {rings.size()}),
                        array_of(of, {of.size()}));
}

// Which points of each line to keep so that none dropped is further than `tolerance` from what
// stays: Ramer-Douglas-Peucker. Ends stay; of a closed line also the point furthest from them.
auto simplify_lines(const Places &points, const Offsets &offsets, double tolerance) {
  const std::size_t n = points.shape(0), lines = offsets.shape(0) - 1;
  Buffer<std::uint8_t> out(n);
  {
    nb::gil_scoped_release free;
    std::fill(out.data(), out.data() + n, std::uint8_t(0));
    const double *p = points.data();
    std::vector<std::pair<std::int64_t, std::int64_t>> parts;
    for (std::size_t line = 0; line < lines; ++line) {
      const std::int64_t first = offsets.data()[line], end = offsets.data()[line + 1] - 1;
      if (first > end) continue;
      if (first < 0 || static_cast<std::size_t>(end) >= n)
        throw std::invalid_argument("the offsets leave the points");
      out[static_cast<std::size_t>(first)] = out[static_cast<std::size_t>(end)] = 1;
      parts.assign(1, {first, end});
      while (!parts.empty()) {
        const auto [a, b] = parts.back();
        parts.pop_back();
        const double ax = p[2 * a], ay = p[2 * a + 1];
        const double dx = p[2 * b] - ax, dy = p[2 * b + 1] - ay, long2 = dx * dx + dy * dy;
        double worst = -1;
        std::int64_t where = a;
        for (std::int64_t i = a + 1; i < b; ++i) {
          const double x = p[2 * i] - ax, y = p[2 * i + 1] - ay;
          double t = long2 > 0 ? (x * dx + y * dy) / long2 : 0;
          t = t < 0 ? 0 : t > 1 ? 1 : t;
          const double ex = x - t * dx, ey = y - t * dy, off = ex * ex + ey * ey;
          if (off > worst) worst = off, where = i;
        }
        if (where == a || (worst <= tolerance * tolerance && long2 > 0)) continue;
        if (worst <= 0) continue;
        out[static_cast<std::size_t>(where)] = 1;
        parts.push_back({a, where});
        parts.push_back({where, b});
      }
    }
  }
  return handed_over(std::move(out), {n});
}

}  // namespace

void bind_label_contours(nb::module_ &m) {
  m.def("label_contours", &label_contours, "labels"_a.noconvert());
  m.def("simplify_lines", &simplify_lines, "points"_a.noconvert(), "offsets"_a.noconvert(),
        "tolerance"_a);
}
