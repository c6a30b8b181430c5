// The whole search for k centres: several starts on a reduced cloud, the best of them refined on
// the points themselves. Starts run side by side on several threads; each is single-threaded and
// the best is chosen by error, then by number, so the result does not depend on the threads.
#include <algorithm>

#include "parallel.hpp"
#include "solver.hpp"
#include "solver_random.hpp"

namespace pochade {

namespace {

constexpr int kRoundedSteps = 6;
constexpr double kPointsPerCenter = 64;  // of the reduced cloud, when the group is chosen here

std::size_t auto_group(std::size_t n, int k) {
  const double group = double(n) / (kPointsPerCenter * k);
  return static_cast<std::size_t>(std::clamp(group, 1.0, 64.0));
}

struct Trial {
  Centers centers;
  double inertia = 0;
};

void sort_trials(std::vector<Trial> &trials) {
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial &a, const Trial &b) { return a.inertia < b.inertia; });
}

Trial run_start(const Cloud &cloud, int k, int start, const RecipeOptions &o, int threads,
                const KeepGoing &keep_going) {
  Random random(o.seed + static_cast<std::uint64_t>(start));
  Centers centers = start == 0
                        ? wu(cloud, k, o.bits)
                        : kmeans_plus_plus(cloud, k, o.trials, random.next(), keep_going);
  Assignment state(cloud, static_cast<int>(centers.size() / cloud.dims()));
  LloydOptions few;
  few.max_iter = o.first_steps;
  few.tol = 0;
  few.measure = o.rounds == 0;
  LloydResult r = lloyd(state, std::move(centers), few, threads, keep_going);
  if (o.rounds == 0) return {std::move(r.centers), r.inertia};
  SearchResult s = split_merge(state, std::move(r.centers), o.swaps(o.rounds), threads, keep_going);
  return {std::move(s.centers), s.inertia};
}

Trial refine(const Cloud &cloud, Centers centers, const RecipeOptions &o, int threads,
             const KeepGoing &keep_going) {
  Assignment state(cloud, static_cast<int>(centers.size() / cloud.dims()));
  LloydOptions last;
  last.max_iter = o.last_steps;
  last.tol = 0;
  if (o.fine_rounds > 0) {
    LloydOptions settle = last;
    settle.max_iter = o.first_steps;
    settle.measure = false;
    centers = lloyd(state, std::move(centers), settle, threads, keep_going).centers;
    centers = split_merge(state, std::move(centers), o.swaps(o.fine_rounds), threads, keep_going)
                  .centers;
  }
  last.measure = !o.rounded;
  LloydResult r = lloyd(state, std::move(centers), last, threads, keep_going);
  if (o.rounded)
    r = lloyd_rounded(state, std::move(r.centers), kRoundedSteps, 0, 255, threads, keep_going);
  return {std::move(r.centers), r.inertia};
}

}  // namespace

SearchResult search(const Cloud &cloud, int k, const RecipeOptions &o, int threads,
                    const KeepGoing &keep_going) {
  const std::size_t group = o.group ? o.group : auto_group(cloud.size(), k);
  std::unique_ptr<Cloud> small;
  if (group > 1) small = std::make_unique<Cloud>(cloud.reduced(group));
  const Cloud &coarse = small ? *small : cloud;
  const int starts = std::max(1, o.starts);
  std::vector<Trial> trials(static_cast<std::size_t>(starts));
  const int inside = starts == 1 ? threads : 1;
  parallel_for(trials.size(), threads, [&](std::size_t i) {
    trials[i] = run_start(coarse, k, static_cast<int>(i), o, inside, keep_going);
  });
  sort_trials(trials);
  trials.resize(std::min<std::size_t>(trials.size(), std::max(1, o.keep)));
  if (trials.size() == 1) {
    trials[0] = refine(cloud, std::move(trials[0].centers), o, threads, keep_going);
  } else {
    parallel_for(trials.size(), threads, [&](std::size_t i) {
      trials[i] = refine(cloud, std::move(trials[i].centers), o, 1, keep_going);
    });
    sort_trials(trials);
  }
  return {std::move(trials[0].centers), trials[0].inertia, starts};
}

}  // namespace pochade
