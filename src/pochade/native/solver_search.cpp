// Split-merge search: centres whose removal costs least move to where a split gains most, with a
// few Lloyd steps a round; kept while it lowers the error. The same family as Fritzke's breathing
// k-means (arXiv 2006.15666). The cost of removing a centre is the sum of w (d2 - d1) of its
// points; the gain of a split across the principal axis about 2/3 of the largest eigenvalue of
// its scatter (2/pi for a Gaussian, 3/4 for a uniform density). Costs are pessimistic, since the
// neighbours re-adapt: `threshold` below 1 allows for that.
#include <algorithm>
#include <cmath>

#include "solver.hpp"

namespace pochade {

namespace {

constexpr double kSplitGain = 0.66;
constexpr double kSplitStep = 0.8;  // of the standard deviation: where the halves' means lie

struct Axis {
  double gain = 0;
  double step[kFastDims] = {0};  // from the mean to the upper half's mean (d <= 4)
  int along = 0;                 // d > 4: the axis of largest variance
  double length = 0;
};

// Largest principal axis of a cluster from its moments, by power iteration.
Axis principal_axis(const double *m, int d) {
  Axis axis;
  double scatter[kFastDims][kFastDims], v[kFastDims];
  const double *second = m + 1 + d;
  for (int e = 0; e < d; ++e)
    for (int f = 0; f <= e; ++f)
      scatter[e][f] = scatter[f][e] = *second++ - m[1 + e] * m[1 + f] / m[0];
  int widest = 0;
  for (int e = 1; e < d; ++e)
    if (scatter[e][e] > scatter[widest][widest]) widest = e;
  for (int e = 0; e < d; ++e) v[e] = scatter[e][widest];
  double value = 0;
  for (int t = 0; t < 8; ++t) {
    double u[kFastDims], length = 0;
    for (int e = 0; e < d; ++e) {
      u[e] = 0;
      for (int f = 0; f < d; ++f) u[e] += scatter[e][f] * v[f];
      length += u[e] * u[e];
    }
    const double before = std::sqrt([&] {
      double s = 0;
      for (int e = 0; e < d; ++e) s += v[e] * v[e];
      return s;
    }());
    length = std::sqrt(length);
    if (!(length > 0) || !(before > 0)) return axis;
    value = length / before;
    for (int e = 0; e < d; ++e) v[e] = u[e] / length;
  }
  axis.gain = kSplitGain * value;
  axis.length = kSplitStep * std::sqrt(value / m[0]);
  for (int e = 0; e < d; ++e) axis.step[e] = axis.length * v[e];
  return axis;
}

Axis widest_axis(const double *m, int d) {
  Axis axis;
  double value = 0;
  for (int e = 0; e < d; ++e) {
    const double s = m[1 + d + e] - m[1 + e] * m[1 + e] / m[0];
    if (s > value) {
      value = s;
      axis.along = e;
    }
  }
  axis.gain = kSplitGain * value;
  axis.length = kSplitStep * std::sqrt(value / m[0]);
  return axis;
}

struct Plan {
  std::vector<double> moments, costs;  // of the best centres so far
};

int nearest_other(const Centers &centers, int k, int d, int q) {
  int best = -1;
  double least = 0;
  for (int j = 0; j < k; ++j) {
    if (j == q) continue;
    double s = 0;
    for (int e = 0; e < d; ++e) {
      const double t = centers[j * d + e] - centers[q * d + e];
      s += t * t;
    }
    if (best < 0 || s < least) {
      best = j;
      least = s;
    }
  }
  return best;
}

void split_into(Centers &centers, int d, const Axis &axis, int s, int q) {
  for (int e = 0; e < d; ++e) {
    const double step = d <= kFastDims ? axis.step[e] : e == axis.along ? axis.length : 0.0;
    const double c = centers[s * d + e];
    centers[q * d + e] = c + step;
    centers[s * d + e] = c - step;
  }
}

// Moves up to `most` cheap centres beside costly ones. Returns how many moved.
int swap_centers(const Plan &plan, int d, int m, int most, double threshold, Centers &centers) {
  const int k = static_cast<int>(plan.costs.size());
  std::vector<Axis> axes(k);
  std::vector<int> by_gain(k), by_cost(k);
  for (int j = 0; j < k; ++j) {
    by_gain[j] = by_cost[j] = j;
    const double *own = plan.moments.data() + std::size_t(j) * m;
    if (own[0] > 0) axes[j] = d <= kFastDims ? principal_axis(own, d) : widest_axis(own, d);
  }
  std::sort(by_gain.begin(), by_gain.end(), [&](int a, int b) {
    return axes[a].gain != axes[b].gain ? axes[a].gain > axes[b].gain : a < b;
  });
  std::sort(by_cost.begin(), by_cost.end(), [&](int a, int b) {
    return plan.costs[a] != plan.costs[b] ? plan.costs[a] < plan.costs[b] : a < b;
  });
  std::vector<char> busy(k, 0);
  int moved = 0, g = 0, c = 0;
  while (moved < most && g < k && c < k) {
    const int s = by_gain[g], q = by_cost[c];
    if (busy[s]) {
      ++g;
      continue;
    }
    if (busy[q] || q == s) {
      ++c;
      continue;
    }
    if (axes[s].gain <= plan.costs[q] * threshold) break;
    // The removed centre's nearest neighbour inherits its points: it stays where it is.
    const int heir = nearest_other(centers, k, d, q);
    if (heir >= 0) busy[heir] = 1;
    busy[s] = busy[q] = 1;
    split_into(centers, d, axes[s], s, q);
    ++moved;
    ++g;
    ++c;
  }
  return moved;
}

}  // namespace

SearchResult split_merge(Assignment &state, Centers centers, const SplitMergeOptions &options,
                         int threads, const KeepGoing &keep_going) {
  const Cloud &cloud = state.cloud();
  const int k = state.k(), d = cloud.dims(), m = cloud.view().moments;
  SearchResult best{centers, 0, 0};
  if (k < 2) {
    state.update(centers, threads);
    best.inertia = error_about(cloud, state.moments(), centers);
    return best;
  }
  int most = std::max(1, static_cast<int>(k * options.share + 0.5));
  Plan plan;
  for (int round = 0;; ++round) {
    state.update(centers, threads, true);
    const double error = error_about(cloud, state.moments(), centers);
    if (round == 0 || error < best.inertia * (1 - 1e-6)) {
      best = {centers, error, round};
      plan = {state.moments(), state.costs()};
    } else {
      most /= 2;
      centers = best.centers;
      if (most < 1) break;
    }
    if (round >= options.rounds || !keep_going()) break;
    if (!swap_centers(plan, d, m, most, options.threshold, centers) && round) break;
    for (int i = 0; i < options.inner; ++i) {
      state.update(centers, threads);
      update_means(state, centers, threads);
    }
  }
  return best;
}

}  // namespace pochade
