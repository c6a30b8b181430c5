// Solving: normal equations of the colours of anchors, and conjugate gradients.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "parallel.hpp"

namespace nb = nanobind;

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T, int dims>
using Out = nb::ndarray<T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;

using Color = std::array<double, 3>;
using Colors = std::vector<Color>;

constexpr std::size_t ANCHORS = 32;  // of a chunk
constexpr float FAINT = 1e-5f;       // weights up to here are left out

// The weights of m pixels, `each` for every one of them.
struct Mixture {
  const std::int32_t *who;
  const float *weights;
  std::size_t m, each;
};

// What counts of them, pixel by pixel: from pixels[p] on the anchors of pixel p and their weights;
// and by anchor: from anchors[i] on where those of anchor i lie, and in which pixel.
struct Uses {
  std::vector<std::uint32_t> pixels, who, anchors, entries, places;
  std::vector<float> weights;
};

Uses uses_of(const Mixture &mix, std::size_t n) {
  Uses uses;
  uses.pixels.resize(mix.m + 1);
  uses.who.resize(mix.m * mix.each);
  uses.weights.resize(mix.m * mix.each);
  uses.anchors.assign(n + 1, 0);
  std::uint32_t count = 0;
  for (std::size_t pixel = 0, i = 0; pixel < mix.m; ++pixel) {
    uses.pixels[pixel] = count;
    for (std::size_t j = 0; j < mix.each; ++j, ++i) {
      const auto who = static_cast<std::uint32_t>(mix.who[i]);
      if (who >= n) throw std::invalid_argument("a weight of an anchor that there is not");
      if (!(mix.weights[i] > FAINT)) continue;
      uses.who[count] = who;
      uses.weights[count++] = mix.weights[i];
      ++uses.anchors[who + 1];
    }
  }
  uses.pixels[mix.m] = count;
  for (std::size_t i = 0; i < n; ++i) uses.anchors[i + 1] += uses.anchors[i];
  uses.entries.resize(count);
  uses.places.resize(count);
  std::vector<std::uint32_t> next(uses.anchors.begin(), uses.anchors.end() - 1);
  for (std::uint32_t pixel = 0; pixel < mix.m; ++pixel)
    for (std::uint32_t entry = uses.pixels[pixel]; entry < uses.pixels[pixel + 1]; ++entry) {
      const std::uint32_t at = next[uses.who[entry]]++;
      uses.entries[at] = entry;
      uses.places[at] = pixel;
    }
  return uses;
}

// W'W + pull, and W' wanted. The product of two anchors' weights in a pixel stands in the row of
// the one that comes later there, so that the matrix is the rows, their mirror image, and the
// diagonal.
struct Equations {
  std::vector<std::vector<std::pair<std::uint32_t, double>>> rows;
  Colors right;
  std::vector<double> diagonal;
};

void make_row(const Uses &uses, const float *wanted, std::size_t i, std::vector<double> &sums,
              std::vector<std::uint32_t> &met, Equations &out) {
  Color right{};
  double own = 0;
  met.clear();
  for (std::uint32_t u = uses.anchors[i]; u < uses.anchors[i + 1]; ++u) {
    const std::size_t pixel = uses.places[u];
    const double weight = static_cast<double>(uses.weights[uses.entries[u]]);
    for (std::size_t c = 0; c < 3; ++c)
      right[c] += weight * static_cast<double>(wanted[3 * pixel + c]);
    for (std::uint32_t j = uses.pixels[pixel]; j < uses.entries[u]; ++j) {
      const std::uint32_t who = uses.who[j];
      if (sums[who] == 0) met.push_back(who);
      sums[who] += weight * static_cast<double>(uses.weights[j]);
    }
    own += weight * weight;
  }
  out.rows[i].reserve(met.size());
  for (const std::uint32_t who : met) {
    out.rows[i].emplace_back(who, sums[who]);
    sums[who] = 0;
  }
  out.diagonal[i] += own;
  out.right[i] = right;
}

// out = A x.
void apply(const Equations &of, const Colors &x, Colors &out) {
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) out[i][c] = of.diagonal[i] * x[i][c];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Color mine = x[i];
    Color sum = out[i];
    for (const auto &[j, value] : of.rows[i])
      for (std::size_t c = 0; c < 3; ++c) {
        sum[c] += value * x[j][c];
        out[j][c] += value * mine[c];
      }
    out[i] = sum;
  }
}

Color dot(const Colors &a, const Colors &b) {
  Color sum{};
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) sum[c] += a[i][c] * b[i][c];
  return sum;
}

// Each channel is a system of its own; they go side by side.
void descend(const Equations &of, double pull, int rounds, const Colors &start, Colors &change) {
  const std::size_t n = start.size();
  Colors rest(n), scaled(n), way(n), image(n);
  apply(of, start, rest);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      rest[i][c] = of.right[i][c] + pull * start[i][c] - rest[i][c];
      way[i][c] = scaled[i][c] = rest[i][c] / of.diagonal[i];
    }
  Color energy = dot(rest, scaled);
  for (int round = 0; round < rounds; ++round) {
    apply(of, way, image);
    const Color under = dot(way, image);
    Color length{};
    for (std::size_t c = 0; c < 3; ++c) length[c] = under[c] > 0 ? energy[c] / under[c] : 0.0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < 3; ++c) {
        change[i][c] += length[c] * way[i][c];
        rest[i][c] -= length[c] * image[i][c];
        scaled[i][c] = rest[i][c] / of.diagonal[i];
      }
    const Color now = dot(rest, scaled);
    for (std::size_t c = 0; c < 3; ++c) {
      const double turn = energy[c] > 0 ? now[c] / energy[c] : 0.0;
      for (std::size_t i = 0; i < n; ++i) way[i][c] = scaled[i][c] + turn * way[i][c];
    }
    energy = now;
  }
}

void solve(const In<std::int32_t, 2> &who, const In<float, 2> &weights, const In<float, 2> &wanted,
           const In<float, 2> &start, double pull, int rounds, const Out<float, 2> &out,
           int threads) {
  const std::size_t n = start.shape(0), m = who.shape(0);
  if (weights.shape(0) != m || weights.shape(1) != who.shape(1) || wanted.shape(0) != m ||
      wanted.shape(1) != 3 || start.shape(1) != 3 || out.shape(0) != n || out.shape(1) != 3 ||
      m * who.shape(1) > UINT32_MAX)
    throw std::invalid_argument("weights, pixels and colours differ in number");
  if (!(pull > 0)) throw std::invalid_argument("the pull must be above 0");
  const Mixture mix{who.data(), weights.data(), m, who.shape(1)};
  const float *target = wanted.data(), *from = start.data();
  float *result = out.data();
  nb::gil_scoped_release free;
  const Uses uses = uses_of(mix, n);
  Equations equations;
  equations.rows.resize(n);
  equations.right.resize(n);
  equations.diagonal.assign(n, pull);
  pochade::parallel_for((n + ANCHORS - 1) / ANCHORS, threads, [&](std::size_t chunk) {
    std::vector<double> sums(n, 0.0);
    std::vector<std::uint32_t> met;
    for (std::size_t i = chunk * ANCHORS; i < std::min(n, (chunk + 1) * ANCHORS); ++i)
      make_row(uses, target, i, sums, met, equations);
  });
  Colors colors(n), change(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < 3; ++c) colors[i][c] = static_cast<double>(from[3 * i + c]);
  descend(equations, pull, rounds, colors, change);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      result[3 * i + c] = static_cast<float>(colors[i][c] + change[i][c]);
}

}  // namespace

void bind_paint_solve(nb::module_ &m) {
  m.def("paint_solve", &solve, "Colours of anchors by least squares.", nb::arg("who"),
        nb::arg("weights"), nb::arg("wanted"), nb::arg("start"), nb::arg("pull"),
        nb::arg("rounds"), nb::arg("out"), nb::arg("threads"));
}
