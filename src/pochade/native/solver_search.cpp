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

constexpr int kMostSwaps = 1024;   // a round, so that judging them stays linear in k

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

// What is known about the best centres so far.
struct Best {
  Centers centers;
  double error = 0;
  std::vector<double> moments, costs;
  std::vector<std::int32_t> labels;
  std::vector<float> nearest;
};

struct Swap {
  int split, removed;
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

// Moves up to `most` cheap centres beside costly ones. `patience` holds, per centre, how much a
// swap must promise: it grows when swaps of that centre were undone.
std::vector<Swap> swap_centers(const Best &plan, int d, int m, int most,
                               const std::vector<double> &patience, Centers &centers) {
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
  std::vector<double> cost(k);
  for (int j = 0; j < k; ++j) cost[j] = plan.costs[j] * patience[j];
  std::sort(by_cost.begin(), by_cost.end(),
            [&](int a, int b) { return cost[a] != cost[b] ? cost[a] < cost[b] : a < b; });
  std::vector<char> busy(k, 0);
  std::vector<Swap> swaps;
  int g = 0, c = 0;
  while (static_cast<int>(swaps.size()) < most && g < k && c < k) {
    const int s = by_gain[g], q = by_cost[c];
    if (busy[s]) {
      ++g;
      continue;
    }
    if (busy[q] || q == s) {
      ++c;
      continue;
    }
    if (axes[s].gain <= cost[q]) break;
    // The removed centre's nearest neighbour inherits its points: it stays where it is.
    const int heir = nearest_other(centers, k, d, q);
    if (heir >= 0) busy[heir] = 1;
    busy[s] = busy[q] = 1;
    split_into(centers, d, axes[s], s, q);
    swaps.push_back({s, q});
    ++g;
    ++c;
  }
  return swaps;
}

// Number of the swap whose place (either of its two, in `at`) is nearest to each centre of `at`.
std::vector<int> nearest_swap(const Centers &at, int k, int d, const std::vector<Swap> &swaps) {
  std::vector<int> owner(k, 0);
  for (int j = 0; j < k; ++j) {
    double least = -1;
    for (std::size_t i = 0; i < swaps.size(); ++i)
      for (const int place : {swaps[i].split, swaps[i].removed}) {
        double s = 0;
        for (int e = 0; e < d; ++e) {
          const double t = at[j * d + e] - at[place * d + e];
          s += t * t;
        }
        if (least >= 0 && s >= least) continue;
        least = s;
        owner[j] = static_cast<int>(i);
      }
  }
  return owner;
}

// Judges each swap by the points around its two places, and takes back those that made them worse:
// the centres around them return to where they were. Returns how many swaps were taken back.
int undo_bad(const Cloud &cloud, const Best &best, const std::vector<float> &nearest,
             const std::vector<Swap> &swaps, std::vector<double> &patience, Centers &centers) {
  const int d = cloud.dims(), k = static_cast<int>(patience.size());
  std::vector<double> strands(static_cast<std::size_t>(k) * kStrands, 0.0), change(k);
  for (std::size_t i = 0; i < cloud.size(); ++i)
    strands[static_cast<std::size_t>(best.labels[i]) * kStrands + i % kStrands] +=
        double(cloud.weight(i)) * (double(nearest[i]) - double(best.nearest[i]));
  for (int j = 0; j < k; ++j) {
    const double *own = strands.data() + static_cast<std::size_t>(j) * kStrands;
    change[j] = (own[0] + own[1]) + (own[2] + own[3]);
  }
  const std::vector<int> owner = nearest_swap(best.centers, k, d, swaps);
  std::vector<double> verdict(swaps.size(), 0.0);
  for (int j = 0; j < k; ++j) verdict[owner[j]] += change[j];
  int undone = 0;
  for (std::size_t i = 0; i < swaps.size(); ++i)
    if (verdict[i] >= 0) {
      ++undone;
      patience[swaps[i].removed] *= 1.5;
    }
  for (int j = 0; j < k; ++j)
    if (verdict[owner[j]] >= 0)
      for (int e = 0; e < d; ++e) centers[j * d + e] = best.centers[j * d + e];
  return undone;
}

double measure(Assignment &state, const Centers &centers, int threads, std::vector<float> &nearest) {
  nearest.resize(state.cloud().view().padded);
  state.update(centers, threads, true, nearest.data());
  return error_about(state.cloud(), state.moments(), centers);
}

void remember(Best &best, const Assignment &state, const Centers &centers, double error,
              std::vector<float> &nearest) {
  best.centers = centers;
  best.error = error;
  best.moments = state.moments();
  best.costs = state.costs();
  best.labels.resize(state.cloud().size());
  state.write_labels(best.labels.data());
  best.nearest.swap(nearest);
}

bool improves(double error, const Best &best) { return error < best.error * (1 - 1e-6); }

}  // namespace

SearchResult split_merge(Assignment &state, Centers centers, const SplitMergeOptions &options,
                         int threads, const KeepGoing &keep_going) {
  const Cloud &cloud = state.cloud();
  const int k = state.k(), d = cloud.dims(), m = cloud.view().moments;
  Best best;
  std::vector<float> nearest;
  double error = measure(state, centers, threads, nearest);
  remember(best, state, centers, error, nearest);
  std::vector<double> patience(k, options.threshold);
  int most = std::clamp(static_cast<int>(k * options.share + 0.5), 1, kMostSwaps), round = 0;
  for (; round < options.rounds && k > 1 && most > 0 && keep_going(); ++round) {
    const std::vector<Swap> swaps = swap_centers(best, d, m, most, patience, centers);
    if (swaps.empty() && round > 0) break;
    for (int i = 0; i < options.inner; ++i) {
      state.update(centers, threads);
      update_means(state, centers, threads);
    }
    error = measure(state, centers, threads, nearest);
    Centers mended = centers;
    const int undone = swaps.empty() ? 0 : undo_bad(cloud, best, nearest, swaps, patience, mended);
    const bool better = improves(error, best);
    if (better) remember(best, state, centers, error, nearest);
    bool mending = false;
    if (undone > 0 && undone < static_cast<int>(swaps.size())) {
      error = measure(state, mended, threads, nearest);
      mending = improves(error, best);
      if (mending) remember(best, state, mended, error, nearest);
    }
    if (!better && !mending) most /= 2;
    centers = best.centers;
  }
  return {std::move(best.centers), best.error, round};
}

}  // namespace pochade
