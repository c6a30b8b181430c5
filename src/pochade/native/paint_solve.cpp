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

// The same by anchor: from starts[i] on the pixels where anchor i has a weight, and the weights.
struct Uses {
  std::vector<std::uint32_t> starts, pixels;
  std::vector<float> weights;
};

Uses uses_of(const Mixture &mix, std::size_t n) {
  Uses uses;
  uses.starts.assign(n + 1, 0);
  for (std::size_t i = 0; i < mix.m * mix.each; ++i)
    if (mix.weights[i] > FAINT) ++uses.starts[static_cast<std::size_t>(mix.who[i]) + 1];
  for (std::size_t i = 0; i < n; ++i) uses.starts[i + 1] += uses.starts[i];
  uses.pixels.resize(uses.starts[n]);
  uses.weights.resize(uses.starts[n]);
  std::vector<std::uint32_t> next(uses.starts.begin(), uses.starts.end() - 1);
  for (std::size_t pixel = 0, i = 0; pixel < mix.m; ++pixel)
    for (std::size_t j = 0; j < mix.each; ++j, ++i) {
      if (!(mix.weights[i] > FAINT)) continue;
      const std::uint32_t at = next[static_cast<std::size_t>(mix.who[i])]++;
      uses.pixels[at] = static_cast<std::uint32_t>(pixel);
      uses.weights[at] = mix.weights[i];
    }
  return uses;
}

// W'W + pull in rows of anchors, and W' wanted.
struct Equations {
  std::vector<std::vector<std::pair<std::uint32_t, double>>> rows;
  Colors right;
  std::vector<double> diagonal;
};

void make_row(const Mixture &mix, const Uses &uses, const float *wanted, std::size_t i,
              std::vector<double> &sums, Equations &out) {
  std::vector<std::uint32_t> met;
  Color right{};
  for (std::uint32_t u = uses.starts[i]; u < uses.starts[i + 1]; ++u) {
    const std::size_t pixel = uses.pixels[u], first = pixel * mix.each;
    const double weight = static_cast<double>(uses.weights[u]);
    for (std::size_t c = 0; c < 3; ++c)
      right[c] += weight * static_cast<double>(wanted[3 * pixel + c]);
    for (std::size_t j = first; j < first + mix.each; ++j) {
      if (!(mix.weights[j] > FAINT)) continue;
      const double other = static_cast<double>(mix.weights[j]);
      const auto who = static_cast<std::uint32_t>(mix.who[j]);
      if (sums[who] == 0) met.push_back(who);
      sums[who] += weight * other;
    }
  }
  out.rows[i].reserve(met.size());
  for (const std::uint32_t who : met) {
    out.rows[i].emplace_back(who, sums[who]);
    if (who == i) out.diagonal[i] += sums[who];
    sums[who] = 0;
  }
  out.right[i] = right;
}

// out = A x.
void apply(const Equations &of, double pull, const Colors &x, Colors &out) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    Color sum{pull * x[i][0], pull * x[i][1], pull * x[i][2]};
    for (const auto &[j, value] : of.rows[i])
      for (std::size_t c = 0; c < 3; ++c) sum[c] += value * x[j][c];
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
  apply(of, pull, start, rest);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      rest[i][c] = of.right[i][c] + pull * start[i][c] - rest[i][c];
      way[i][c] = scaled[i][c] = rest[i][c] / of.diagonal[i];
    }
  Color energy = dot(rest, scaled);
  for (int round = 0; round < rounds; ++round) {
    apply(of, pull, way, image);
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
  for (std::size_t i = 0; i < m * mix.each; ++i)
    if (mix.who[i] < 0 || static_cast<std::size_t>(mix.who[i]) >= n)
      throw std::invalid_argument("a weight of an anchor that there is not");
  const Uses uses = uses_of(mix, n);
  Equations equations;
  equations.rows.resize(n);
  equations.right.resize(n);
  equations.diagonal.assign(n, pull);
  pochade::parallel_for((n + ANCHORS - 1) / ANCHORS, threads, [&](std::size_t chunk) {
    std::vector<double> sums(n, 0.0);
    for (std::size_t i = chunk * ANCHORS; i < std::min(n, (chunk + 1) * ANCHORS); ++i)
      make_row(mix, uses, target, i, sums, equations);
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
