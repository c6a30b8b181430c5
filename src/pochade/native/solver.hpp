// Weighted k-means on a fixed set of points: the engine room behind `_native.Solver`.
//
// A Cloud holds the points as rows of floats in blocks of 64 with bounding boxes; it never changes.
// An Assignment holds labels and cluster moments for some centres and is moved from one set of
// centres to the next, touching only points whose label changes. Everything else is a pure
// function of the two. Chunks are fixed by n and k, float64 sums are joined in chunk order, so
// results do not depend on the number of threads.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cluster_kernels.hpp"

namespace pochade {

// Called often between pieces of work; returns false to stop early. May throw.
using KeepGoing = std::function<bool()>;

class Cloud {
 public:
  // points: n x d row-major, floats or bytes; weights: n or null (all 1). Throws
  // std::invalid_argument for values that are not finite, too large, or for negative weights.
  Cloud(const float *points, std::size_t n, int d, const float *weights, int threads)
      : Cloud(points, nullptr, n, d, weights, threads) {}
  Cloud(const std::uint8_t *points, std::size_t n, int d, const float *weights, int threads)
      : Cloud(nullptr, points, n, d, weights, threads) {}

  // Weighted means of every `group` consecutive points: a smaller cloud of much the same shape.
  Cloud reduced(std::size_t group) const;

  const CloudView &view() const { return view_; }
  std::size_t size() const { return view_.n; }
  int dims() const { return view_.d; }
  double total_weight() const { return total_[0]; }
  double least_weight() const { return least_weight_; }  // smallest positive weight
  double spread() const { return spread_; }              // sum of w |x - origin|^2
  double variance() const;                               // mean over dimensions, weighted
  float low(int e) const { return low_[e]; }
  float high(int e) const { return high_[e]; }
  float at(std::size_t i, int e) const { return x_[e * view_.padded + i]; }
  float weight(std::size_t i) const { return w_[i]; }

 private:
  Cloud(const float *floats, const std::uint8_t *bytes, std::size_t n, int d,
        const float *weights, int threads);
  void load(const float *floats, const std::uint8_t *bytes);
  void weigh(const float *weights);

  CloudView view_{};
  std::unique_ptr<float[]> x_, w_;
  std::vector<float> block_box_, quad_box_, super_box_;
  std::vector<double> block_moments_, origin_, total_;
  std::vector<float> low_, high_;
  double least_weight_ = 0, spread_ = 0;
};

using Centers = std::vector<double>;  // k x d, row-major

class Assignment {
 public:
  Assignment(const Cloud &cloud, int k);

  // Brings labels and moments to these centres (rounded to float32). Returns how many labels
  // changed. with_costs also fills costs(); nearest, where given, gets the squared distance of
  // every point (padded).
  std::size_t update(const Centers &centers, int threads, bool with_costs = false,
                     float *nearest = nullptr);

  const std::vector<double> &moments() const { return moments_; }
  const std::vector<double> &costs() const { return costs_; }
  void write_labels(std::int32_t *out) const;  // n labels of the last update

  int k() const { return k_; }
  const Cloud &cloud() const { return cloud_; }

 private:
  std::size_t run_chunks(AssignTask shared, int threads);

  const Cloud &cloud_;
  int k_;
  std::size_t chunk_supers_, chunks_;
  std::vector<std::int32_t> labels_, pure_;
  std::vector<double> moments_, costs_, deltas_;
  std::vector<float> soa_;
};

// Weighted squared error of clusters with these moments about these centres (as float32).
double error_about(const Cloud &cloud, const std::vector<double> &moments, const Centers &centers);

struct LloydResult {
  Centers centers;
  int iterations;
  double inertia;
  bool converged;
};
struct LloydOptions {
  int max_iter = 300;
  double tol = 1e-4;   // times the points' mean variance: limit of the summed squared movement
  bool measure = true; // false: inertia is that of the last but one centres
};
LloydResult lloyd(Assignment &state, Centers centers, const LloydOptions &options, int threads,
                  const KeepGoing &keep_going);

// One centre update: means of the clusters, empty ones re-seeded. Returns the summed squared move.
double update_means(Assignment &state, Centers &centers, int threads);

// Lloyd's iteration over whole numbers in [low, high]: means are rounded before they are tried, and
// the best palette met is kept. Lowers the error that rounding to 8 bits would add.
LloydResult lloyd_rounded(Assignment &state, Centers centers, int max_iter, double low, double high,
                          int threads, const KeepGoing &keep_going);

struct SplitMergeOptions {
  int rounds = 10;
  double share = 0.2;      // of the centres that may move in the first round
  int inner = 3;           // Lloyd steps a round
  double threshold = 0.5;  // a swap is tried while gain > threshold x cost
};
struct SearchResult {
  Centers centers;
  double inertia;
  int rounds;
};
SearchResult split_merge(Assignment &state, Centers centers, const SplitMergeOptions &options,
                         int threads, const KeepGoing &keep_going);

struct RecipeOptions {
  int starts = 1;           // the first from wu(), the others from k-means++
  std::size_t group = 0;    // points averaged for the search of starts; 0: chosen from n and k
  int rounds = 10;          // split-merge rounds of every start
  int keep = 1;             // best starts that are refined on all points
  int fine_rounds = 0;      // split-merge rounds on all points
  int first_steps = 2;      // Lloyd steps before split-merge
  int last_steps = 4;       // Lloyd steps at the end
  int inner = 3;
  double share = 0.2, threshold = 0.5;
  int bits = 5, trials = 2;
  std::uint64_t seed = 0;
  bool rounded = false;     // end on whole numbers from 0 to 255, chosen for the least error

  SplitMergeOptions swaps(int count) const { return {count, share, inner, threshold}; }
};
SearchResult search(const Cloud &cloud, int k, const RecipeOptions &options, int threads,
                    const KeepGoing &keep_going);

Centers wu(const Cloud &cloud, int k, int bits);
Centers kmeans_plus_plus(const Cloud &cloud, int k, int trials, std::uint64_t seed,
                         const KeepGoing &keep_going);
// Adds points, each drawn as k-means++ would, until there are k centres or no point is left over.
Centers fill_up(const Cloud &cloud, Centers centers, int k);
Centers random_points(const Cloud &cloud, int k, std::uint64_t seed);

// Cells of a regular grid over the bounding box: means and weights of runs of points in one cell.
struct Cells {
  int d = 0, bits = 0;
  std::vector<double> sums;            // per cell: weight, then d sums about the cloud's origin
  std::vector<std::uint16_t> places;   // per cell: d grid places
  std::size_t size() const { return places.size() / static_cast<std::size_t>(d); }
};
Cells grid_cells(const Cloud &cloud, int bits);

}  // namespace pochade
