// Bindings of the clustering kernels: class Solver.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "solver.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace pochade {
namespace {

using PointsIn = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using BytesIn = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using WeightsIn = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using CentersIn = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<nb::numpy, double, nb::ndim<2>>;
using Vector = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using LabelsOut = nb::ndarray<nb::numpy, std::int32_t, nb::ndim<1>>;

template <class T>
T *hand_over(std::vector<T> &&values, nb::capsule &owner) {
  auto *kept = new std::vector<T>(std::move(values));
  owner = nb::capsule(kept, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
  return kept->data();
}

Matrix matrix(std::vector<double> &&values, std::size_t columns) {
  const std::size_t rows = values.size() / columns;
  nb::capsule owner;
  double *data = hand_over(std::move(values), owner);
  return Matrix(data, {rows, columns}, owner);
}

Vector vector(std::vector<double> &&values) {
  const std::size_t n = values.size();
  nb::capsule owner;
  double *data = hand_over(std::move(values), owner);
  return Vector(data, {n}, owner);
}

LabelsOut labels_out(std::vector<std::int32_t> &&values) {
  const std::size_t n = values.size();
  nb::capsule owner;
  std::int32_t *data = hand_over(std::move(values), owner);
  return LabelsOut(data, {n}, owner);
}

// Asks Python at most every 50 ms whether to go on: a pending Ctrl-C is raised, and a progress
// callable that returns False ends the work early.
class Poll {
 public:
  explicit Poll(nb::object progress) : progress_(std::move(progress)), last_(Clock::now()) {}

  bool operator()() {
    if (std::this_thread::get_id() != owner_) return going_;
    const auto now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(50)) return going_;
    last_ = now;
    nb::gil_scoped_acquire python;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (!progress_.is_none()) going_ = !progress_().is(nb::bool_(false));
    } catch (...) {
      going_ = false;  // the other threads stop as well
      throw;
    }
    return going_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  nb::object progress_;
  Clock::time_point last_;
  std::thread::id owner_ = std::this_thread::get_id();
  std::atomic<bool> going_{true};
};

int checked_k(std::int64_t k) {
  if (k < 1 || k > (1 << 24))
    throw std::invalid_argument("The number of clusters must be from 1 to 16,777,216.");
  return static_cast<int>(k);
}

class Solver {
 public:
  Solver(const PointsIn &points, const std::optional<WeightsIn> &weights, int threads)
      : threads_(threads) {
    load(points, weights);
  }
  Solver(const BytesIn &points, const std::optional<WeightsIn> &weights, int threads)
      : threads_(threads) {
    load(points, weights);
  }
  Solver(std::unique_ptr<Cloud> cloud, int threads) : cloud_(std::move(cloud)), threads_(threads) {}

  Solver *reduced(std::int64_t group) {
    if (group < 1) throw std::invalid_argument("A group must have at least one point.");
    nb::gil_scoped_release free;
    return new Solver(std::make_unique<Cloud>(cloud_->reduced(std::size_t(group))), threads_);
  }

  std::size_t size() const { return cloud_->size(); }
  int dims() const { return cloud_->dims(); }

  Matrix wu(std::int64_t k, int bits) {
    checked_k(k);
    if (bits < 1 || bits > 8) throw std::invalid_argument("The grid's bits must be from 1 to 8.");
    return released([&] { return pochade::wu(*cloud_, int(k), bits); });
  }

  Matrix kmeans_plus_plus(std::int64_t k, int trials, std::uint64_t seed, nb::object progress) {
    checked_k(k);
    Poll poll(std::move(progress));
    return released([&] {
      return pochade::kmeans_plus_plus(*cloud_, int(k), trials, seed, std::ref(poll));
    });
  }

  Matrix random_points(std::int64_t k, std::uint64_t seed) {
    checked_k(k);
    return released([&] { return pochade::random_points(*cloud_, int(k), seed); });
  }

  std::tuple<LabelsOut, double> assign(const CentersIn &centers) {
    Centers c = taken(centers);
    std::vector<std::int32_t> labels(cloud_->size());
    double inertia = 0;
    {
      nb::gil_scoped_release free;
      std::lock_guard<std::mutex> lock(guard_);
      Assignment &state = state_for(c);
      state.update(c, threads_);
      state.write_labels(labels.data());
      inertia = error_about(*cloud_, state.moments(), c);
    }
    return {labels_out(std::move(labels)), inertia};
  }

  std::tuple<Matrix, Vector, double> step(const CentersIn &centers) {
    Centers c = taken(centers);
    const std::size_t d = static_cast<std::size_t>(dims()), k = c.size() / d;
    std::vector<double> sums(k * d), counts(k);
    double inertia = 0;
    {
      nb::gil_scoped_release free;
      std::lock_guard<std::mutex> lock(guard_);
      Assignment &state = state_for(c);
      state.update(c, threads_);
      inertia = error_about(*cloud_, state.moments(), c);
      const CloudView &v = cloud_->view();
      for (std::size_t j = 0; j < k; ++j) {
        const double *own = state.moments().data() + j * v.moments;
        counts[j] = own[0];
        for (std::size_t e = 0; e < d; ++e) sums[j * d + e] = own[1 + e] + own[0] * v.origin[e];
      }
    }
    return {matrix(std::move(sums), d), vector(std::move(counts)), inertia};
  }

  std::tuple<Matrix, int, double, bool> lloyd(const CentersIn &centers, int max_iter, double tol,
                                              nb::object progress) {
    Centers c = taken(centers);
    Poll poll(std::move(progress));
    LloydOptions options;
    options.max_iter = max_iter;
    options.tol = tol;
    LloydResult r;
    {
      nb::gil_scoped_release free;
      std::lock_guard<std::mutex> lock(guard_);
      r = pochade::lloyd(state_for(c), c, options, threads_, std::ref(poll));
    }
    return {matrix(std::move(r.centers), dims()), r.iterations, r.inertia, r.converged};
  }

  std::tuple<Matrix, double> lloyd_rounded(const CentersIn &centers, int max_iter, double low,
                                           double high) {
    Centers c = taken(centers);
    Poll poll{nb::object(nb::none())};
    LloydResult r;
    {
      nb::gil_scoped_release free;
      std::lock_guard<std::mutex> lock(guard_);
      r = pochade::lloyd_rounded(state_for(c), c, max_iter, low, high, threads_, std::ref(poll));
    }
    return {matrix(std::move(r.centers), dims()), r.inertia};
  }

  std::tuple<Matrix, double, int> split_merge(const CentersIn &centers, int rounds, double share,
                                              int inner, double threshold, nb::object progress) {
    Centers c = taken(centers);
    Poll poll(std::move(progress));
    SearchResult r;
    {
      nb::gil_scoped_release free;
      std::lock_guard<std::mutex> lock(guard_);
      r = pochade::split_merge(state_for(c), c, {rounds, share, inner, threshold}, threads_,
                               std::ref(poll));
    }
    return {matrix(std::move(r.centers), dims()), r.inertia, r.rounds};
  }

  std::tuple<Matrix, double> search(std::int64_t k, const RecipeOptions &options,
                                    nb::object progress) {
    checked_k(k);
    Poll poll(std::move(progress));
    SearchResult r;
    {
      nb::gil_scoped_release free;
      r = pochade::search(*cloud_, int(k), options, threads_, std::ref(poll));
    }
    return {matrix(std::move(r.centers), dims()), r.inertia};
  }

 private:
  template <class Points>
  void load(const Points &points, const std::optional<WeightsIn> &weights) {
    if (weights && weights->shape(0) != points.shape(0))
      throw std::invalid_argument("There must be one weight for each point.");
    const float *w = weights ? weights->data() : nullptr;
    nb::gil_scoped_release free;
    cloud_ = std::make_unique<Cloud>(points.data(), points.shape(0),
                                     static_cast<int>(points.shape(1)), w, threads_);
  }

  Centers taken(const CentersIn &centers) const {
    if (centers.shape(0) < 1 || centers.shape(1) != std::size_t(dims()))
      throw std::invalid_argument("Centres must be a k x d array of the points' d, with k at least 1.");
    checked_k(static_cast<std::int64_t>(centers.shape(0)));
    Centers c(centers.data(), centers.data() + centers.size());
    for (const double v : c)
      if (!(v > -1e15 && v < 1e15))
        throw std::invalid_argument("Centres must be finite numbers of a sensible size (below 1e15).");
    return c;
  }

  // A fresh state each time: results depend on the arguments alone, never on earlier calls.
  Assignment &state_for(const Centers &c) {
    state_ = std::make_unique<Assignment>(*cloud_, int(c.size() / std::size_t(dims())));
    return *state_;
  }

  template <class Work>
  Matrix released(Work &&work) {
    Centers centers;
    {
      nb::gil_scoped_release free;
      centers = work();
    }
    return matrix(std::move(centers), dims());
  }

  std::unique_ptr<Cloud> cloud_;
  std::unique_ptr<Assignment> state_;
  std::mutex guard_;
  int threads_;
};

}  // namespace
}  // namespace pochade

static void bind_search(nb::class_<pochade::Solver> &solver) {
  using pochade::Solver;
  solver.def(
      "search",
      [](Solver &self, std::int64_t k, int starts, std::size_t group, int rounds, int keep,
         int fine_rounds, int first_steps, int last_steps, int inner, double share,
         double threshold, int bits, int trials, std::uint64_t seed, bool rounded,
         nb::object progress) {
        const pochade::RecipeOptions options{starts, group, rounds, keep, fine_rounds,
                                             first_steps, last_steps, inner, share,
                                             threshold, bits, trials, seed, rounded};
        return self.search(k, options, std::move(progress));
      },
      "k"_a, nb::kw_only(), "starts"_a = 1, "group"_a = 0, "rounds"_a = 10, "keep"_a = 1,
      "fine_rounds"_a = 0, "first_steps"_a = 2, "last_steps"_a = 4, "inner"_a = 3,
      "share"_a = 0.2, "threshold"_a = 0.5, "bits"_a = 5, "trials"_a = 2, "seed"_a = 0,
      "rounded"_a = false, "progress"_a = nb::none(),
      "Centres by several starts on a reduced cloud, the best refined on all points.\n\n"
      "Returns (centers, inertia). starts: the first from wu(), the others from k-means++;\n"
      "group: points averaged into one for the starts, 0 chooses, 1 uses all points; rounds:\n"
      "split-merge rounds of each start; keep: best starts refined on all points; fine_rounds:\n"
      "their split-merge rounds there; rounded: end on whole numbers from 0 to 255. The same\n"
      "arguments give the same bytes at any number of threads.");
}

void bind_cluster(nb::module_ &m) {
  using pochade::Solver;
  nb::class_<Solver> solver(m, "Solver", "Weighted k-means on a fixed set of points.");
  solver
      .def(nb::init<const pochade::PointsIn &, const std::optional<pochade::WeightsIn> &, int>(),
           "points"_a, "weights"_a = nb::none(), "threads"_a = 1)
      .def(nb::init<const pochade::BytesIn &, const std::optional<pochade::WeightsIn> &, int>(),
           "points"_a, "weights"_a = nb::none(), "threads"_a = 1)
      .def("reduced", &Solver::reduced, "group"_a,
           "A Solver on the weighted means of every group consecutive points.")
      .def_prop_ro("n", &Solver::size)
      .def_prop_ro("d", &Solver::dims)
      .def("wu", &Solver::wu, "k"_a, "bits"_a = 5,
           "Greedy orthogonal splits: at most k centres, fewer when there are fewer distinct points.")
      .def("kmeans_plus_plus", &Solver::kmeans_plus_plus, "k"_a, "trials"_a = 2, "seed"_a = 0,
           "progress"_a = nb::none())
      .def("random_points", &Solver::random_points, "k"_a, "seed"_a = 0,
           "Distinct points drawn by weight without replacement.")
      .def("assign", &Solver::assign, "centers"_a,
           "(labels int32, inertia): nearest centre in float32, ties to the lowest index.")
      .def("step", &Solver::step, "centers"_a,
           "(sums k x d, counts k, inertia) of the weighted clusters about these centres.")
      .def("lloyd", &Solver::lloyd, "centers"_a, "max_iter"_a = 300, "tol"_a = 1e-4,
           "progress"_a = nb::none())
      .def("lloyd_rounded", &Solver::lloyd_rounded, "centers"_a, "max_iter"_a = 6, "low"_a = 0.0,
           "high"_a = 255.0, "Lloyd over whole numbers: (centers, inertia); never worse than rounding.")
      .def("split_merge", &Solver::split_merge, "centers"_a, "rounds"_a = 10, "share"_a = 0.2,
           "inner"_a = 3, "threshold"_a = 0.5, "progress"_a = nb::none());
  bind_search(solver);
}
