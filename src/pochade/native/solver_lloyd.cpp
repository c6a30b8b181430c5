// Lloyd's iteration and the re-seeding of empty clusters; see solver.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "solver.hpp"

namespace pochade {

namespace {

// Moves empty centres to the worst-served points (largest weight x squared distance, ties to the
// lowest index), one each, never twice to the same place.
void reseed(Assignment &state, const std::vector<int> &empty, const Centers &old, Centers &centers,
            int threads) {
  const Cloud &cloud = state.cloud();
  const int d = cloud.dims();
  std::vector<float> nearest(cloud.view().padded);
  state.update(old, threads, false, nearest.data());
  std::vector<std::size_t> order(cloud.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  auto service = [&](std::size_t i) { return double(cloud.weight(i)) * nearest[i]; };
  const std::size_t pool = std::min(order.size(), 64 + 4 * empty.size());
  std::partial_sort(order.begin(), order.begin() + pool, order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double x = service(a), y = service(b);
                      return x != y ? x > y : a < b;
                    });
  std::vector<std::size_t> chosen;
  for (std::size_t p = 0; p < pool && chosen.size() < empty.size(); ++p) {
    const std::size_t i = order[p];
    if (service(i) <= 0) break;
    const bool taken = std::any_of(chosen.begin(), chosen.end(), [&](std::size_t other) {
      for (int e = 0; e < d; ++e)
        if (cloud.at(i, e) != cloud.at(other, e)) return false;
      return true;
    });
    if (taken) continue;
    for (int e = 0; e < d; ++e) centers[empty[chosen.size()] * d + e] = cloud.at(i, e);
    chosen.push_back(i);
  }
}

}  // namespace

double update_means(Assignment &state, Centers &centers, int threads) {
  const Cloud &cloud = state.cloud();
  const int d = cloud.dims(), m = cloud.view().moments;
  const double *origin = cloud.view().origin;
  // Added and removed weights may leave a rounding residue: less than half a point is no point.
  const double none = 0.5 * cloud.least_weight();
  std::vector<int> empty;
  Centers next = centers;
  for (int j = 0; j < state.k(); ++j) {
    const double *own = state.moments().data() + std::size_t(j) * m;
    if (own[0] < none) {
      empty.push_back(j);
      continue;
    }
    for (int e = 0; e < d; ++e) next[j * d + e] = origin[e] + own[1 + e] / own[0];
  }
  if (!empty.empty()) reseed(state, empty, centers, next, threads);
  double moved = 0;
  for (std::size_t i = 0; i < centers.size(); ++i) {
    const double t = next[i] - centers[i];
    moved += t * t;
  }
  centers.swap(next);
  return moved;
}

LloydResult lloyd(Assignment &state, Centers centers, const LloydOptions &options, int threads,
                  const KeepGoing &keep_going) {
  LloydResult result{std::move(centers), 0, 0, false};
  const double limit = options.tol * state.cloud().variance();
  while (result.iterations < options.max_iter && keep_going()) {
    const std::size_t changed = state.update(result.centers, threads);
    if (!changed && result.iterations) {
      result.converged = true;
      break;
    }
    const double moved = update_means(state, result.centers, threads);
    ++result.iterations;
    if (moved <= limit) {
      result.converged = true;
      break;
    }
  }
  if (options.measure) state.update(result.centers, threads);
  result.inertia = error_about(state.cloud(), state.moments(), result.centers);
  return result;
}

LloydResult lloyd_rounded(Assignment &state, Centers centers, int max_iter, double low, double high,
                          int threads, const KeepGoing &keep_going) {
  const Cloud &cloud = state.cloud();
  const int d = cloud.dims(), m = cloud.view().moments;
  auto whole = [&](double v) { return std::clamp(std::nearbyint(v), low, high); };
  for (double &v : centers) v = whole(v);
  LloydResult best{centers, 0, 0, false};
  for (;; ++best.iterations) {
    state.update(centers, threads);
    const double error = error_about(cloud, state.moments(), centers);
    if (best.iterations > 0 && error >= best.inertia) {
      best.converged = true;
      break;
    }
    best.centers = centers;
    best.inertia = error;
    if (best.iterations >= max_iter || !keep_going()) break;
    for (int j = 0; j < state.k(); ++j) {
      const double *own = state.moments().data() + std::size_t(j) * m;
      if (own[0] < 0.5 * cloud.least_weight()) continue;
      for (int e = 0; e < d; ++e)
        centers[j * d + e] = whole(cloud.view().origin[e] + own[1 + e] / own[0]);
    }
  }
  return best;
}

}  // namespace pochade
