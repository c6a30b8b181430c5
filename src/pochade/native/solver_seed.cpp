// Starts from the data: weighted greedy k-means++ (Arthur and Vassilvitskii 2007, with the best
// of several trials at each step) and weighted random points.
#include <algorithm>

#include "solver.hpp"
#include "solver_random.hpp"

namespace pochade {

namespace {

// Chooses points with probability proportional to weight x squared distance.
class Seeder {
 public:
  Seeder(const Cloud &cloud, std::uint64_t seed) : cloud_(cloud), random_(seed) {
    const CloudView &v = cloud.view();
    distance_.assign(v.padded, 1.0f);
    farthest_.assign(v.blocks, 3.4e38f);
    potential_.resize(v.blocks);
    for (std::size_t b = 0; b < v.blocks; ++b)
      potential_[b] = v.block_moments[b * static_cast<std::size_t>(v.moments)];
  }

  double total() const {
    double sum = 0;
    for (const double p : potential_) sum += p;
    return sum;
  }

  // The point at which the running sum of potentials passes a random share of `total`.
  std::size_t draw(double total) {
    const CloudView &v = cloud_.view();
    double left = random_.uniform() * total;
    std::size_t block = 0;
    for (std::size_t b = 0; b < v.blocks; ++b) {
      if (potential_[b] <= 0) continue;
      block = b;
      if (left < potential_[b]) break;
      left -= potential_[b];
    }
    std::size_t found = block * kBlock;
    for (std::size_t i = block * kBlock; i < std::min(v.n, (block + 1) * kBlock); ++i) {
      const double p = double(v.w[i]) * distance_[i];
      if (p <= 0) continue;
      found = i;
      if (left < p) break;
      left -= p;
    }
    return found;
  }

  // How much adding point i lowers the potential; with commit it is added.
  double add(std::size_t i, bool commit) {
    std::vector<float> center(static_cast<std::size_t>(cloud_.dims()));
    for (int e = 0; e < cloud_.dims(); ++e) center[e] = cloud_.at(i, e);
    return add(center.data(), commit);
  }

  double add(const float *center, bool commit) {
    const CloudView &v = cloud_.view();
    SeedTask task{v, center, distance_.data(), farthest_.data(), potential_.data(), commit, 0,
                  v.blocks, 0};
    cluster_kernels().seed(task);
    return task.gain;
  }

  void forget_start() { std::fill(distance_.begin(), distance_.end(), 3.4e38f); }

 private:
  const Cloud &cloud_;
  Random random_;
  std::vector<float> distance_, farthest_;
  std::vector<double> potential_;
};

void append_point(const Cloud &cloud, std::size_t i, Centers &centers) {
  for (int e = 0; e < cloud.dims(); ++e) centers.push_back(cloud.at(i, e));
}

}  // namespace

Centers kmeans_plus_plus(const Cloud &cloud, int k, int trials, std::uint64_t seed,
                         const KeepGoing &keep_going) {
  Seeder seeder(cloud, seed);
  Centers centers;
  const std::size_t first = seeder.draw(seeder.total());  // by weight alone
  seeder.forget_start();
  seeder.add(first, true);
  append_point(cloud, first, centers);
  for (int j = 1; j < k && keep_going(); ++j) {
    const double total = seeder.total();
    if (!(total > 0)) break;  // every distinct point is a centre
    std::size_t best = seeder.draw(total);
    if (trials > 1) {
      double best_gain = seeder.add(best, false);
      for (int t = 1; t < trials; ++t) {
        const std::size_t i = seeder.draw(total);
        const double gain = seeder.add(i, false);
        if (gain > best_gain) {
          best_gain = gain;
          best = i;
        }
      }
    }
    seeder.add(best, true);
    append_point(cloud, best, centers);
  }
  return centers;
}

Centers fill_up(const Cloud &cloud, Centers centers, int k) {
  Seeder seeder(cloud, 0);
  seeder.forget_start();
  const std::size_t d = static_cast<std::size_t>(cloud.dims());
  for (std::size_t j = 0; j < centers.size(); j += d) {
    const std::vector<float> center(centers.begin() + j, centers.begin() + j + d);
    seeder.add(center.data(), true);
  }
  while (centers.size() < d * static_cast<std::size_t>(k)) {
    const double total = seeder.total();
    if (!(total > 0)) break;
    const std::size_t i = seeder.draw(total);
    seeder.add(i, true);
    append_point(cloud, i, centers);
  }
  return centers;
}

Centers random_points(const Cloud &cloud, int k, std::uint64_t seed) {
  // A Fenwick tree of weights: draw by weight, then take the drawn point out.
  const std::size_t n = cloud.size();
  std::vector<double> tree(n + 1, 0.0);
  for (std::size_t i = 1; i <= n; ++i) {
    tree[i] += cloud.weight(i - 1);
    const std::size_t up = i + (i & (~i + 1));
    if (up <= n) tree[up] += tree[i];
  }
  std::size_t top = 1;
  while (top * 2 <= n) top *= 2;
  Random random(seed);
  double left = cloud.total_weight();
  std::vector<char> taken(n, 0);
  Centers centers;
  for (int j = 0; j < k && left > 0.5 * cloud.least_weight(); ++j) {
    double target = random.uniform() * left;
    std::size_t at = 0;
    for (std::size_t step = top; step; step /= 2)
      if (at + step <= n && tree[at + step] <= target) target -= tree[at += step];
    // Rounding may end on a point already taken or of no weight: go to the next that counts.
    std::size_t i = std::min(at, n - 1);
    for (std::size_t seen = 0; seen < n && (taken[i] || cloud.weight(i) <= 0); ++seen)
      i = i + 1 < n ? i + 1 : 0;
    taken[i] = 1;
    append_point(cloud, i, centers);
    left -= cloud.weight(i);
    for (std::size_t t = i + 1; t <= n; t += t & (~t + 1)) tree[t] -= cloud.weight(i);
  }
  return centers;
}

}  // namespace pochade
