// The cloud of points and the state of an assignment; see solver.hpp.
#include "solver.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "parallel.hpp"

namespace pochade {

namespace {

constexpr float kLargest = 1e15f;  // squares and their sums stay finite in float32
constexpr std::size_t kThreadPoints = 60000;  // fewer: a thread costs more than it saves

std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

}  // namespace

Cloud::Cloud(const float *floats, const std::uint8_t *bytes, std::size_t n, int d,
             const float *weights, int threads) {
  if (n == 0 || d < 1)
    throw std::invalid_argument("k-means needs at least one point and one dimension.");
  view_.d = d;
  view_.moments = moment_count(d);
  view_.n = n;
  view_.padded = round_up(n, kBlock);
  view_.blocks = view_.padded / kBlock;
  view_.supers = (view_.blocks + kSuperBlocks - 1) / kSuperBlocks;
  load(floats, bytes);
  weigh(weights);
  const std::size_t dims = static_cast<std::size_t>(d);
  const std::size_t moments = static_cast<std::size_t>(view_.moments);
  block_box_.resize(view_.blocks * 2 * dims);
  quad_box_.resize(view_.supers * (kSuperBlocks / kQuadBlocks) * 2 * dims);
  super_box_.resize(view_.supers * 2 * dims);
  block_moments_.resize(view_.blocks * moments);
  view_.block_box = block_box_.data();
  view_.quad_box = quad_box_.data();
  view_.super_box = super_box_.data();
  view_.block_moments = block_moments_.data();
  const std::size_t step = 64;  // super-blocks a task
  parallel_for((view_.supers + step - 1) / step, n < kThreadPoints ? 1 : threads, [&](std::size_t c) {
    cluster_kernels().prepare(view_, block_box_.data(), quad_box_.data(), super_box_.data(),
                              block_moments_.data(), c * step,
                              std::min(view_.supers, (c + 1) * step));
  });
  total_.assign(moments, 0.0);
  for (std::size_t b = 0; b < view_.blocks; ++b)
    for (std::size_t m = 0; m < moments; ++m) total_[m] += block_moments_[b * moments + m];
  const double *second = total_.data() + 1 + d;
  for (int e = 0; e < d; ++e) spread_ += d <= kFastDims ? second[e * (e + 3) / 2] : second[e];
}

void Cloud::load(const float *floats, const std::uint8_t *bytes) {
  const std::size_t dims = static_cast<std::size_t>(view_.d), n = view_.n, padded = view_.padded;
  x_.reset(new float[padded * dims]);
  low_.resize(dims);
  high_.resize(dims);
  origin_.resize(dims);
  LoadTask task{floats, bytes, n, padded, view_.d, x_.get(), low_.data(), high_.data(), true};
  cluster_kernels().load_points(task);
  for (std::size_t e = 0; e < dims; ++e) {
    if (!task.finite || low_[e] < -kLargest || high_[e] > kLargest)
      throw std::invalid_argument("Points must be finite numbers of a sensible size (below 1e15).");
    float *row = x_.get() + e * padded;
    std::fill(row + n, row + padded, row[n - 1]);
    origin_[e] = 0.5 * (double(low_[e]) + double(high_[e]));
  }
  view_.x = x_.get();
  view_.origin = origin_.data();
}

void Cloud::weigh(const float *weights) {
  const std::size_t n = view_.n;
  w_.reset(new float[view_.padded]);
  float least = 3.4e38f;
  bool bad = false;
  for (std::size_t i = 0; i < n; ++i) {
    const float w = weights ? weights[i] : 1.0f;
    w_[i] = w;
    bad |= !(w >= 0 && w < kLargest);
    const float positive = w > 0 ? w : 3.4e38f;
    least = positive < least ? positive : least;
  }
  std::fill(w_.get() + n, w_.get() + view_.padded, 0.0f);
  if (bad)
    throw std::invalid_argument("Weights must be finite, not negative and of a sensible size.");
  if (least > kLargest) throw std::invalid_argument("At least one weight must be above zero.");
  least_weight_ = least;
  view_.w = w_.get();
}

Cloud Cloud::reduced(std::size_t group) const {
  const std::size_t d = static_cast<std::size_t>(view_.d), m = (view_.n + group - 1) / group;
  std::vector<float> points(m * d), weights(m);
  for (std::size_t g = 0; g < m; ++g) {
    const std::size_t first = g * group, last = std::min(view_.n, first + group);
    double weight = 0;
    for (std::size_t i = first; i < last; ++i) weight += w_[i];
    weights[g] = static_cast<float>(weight);
    for (std::size_t e = 0; e < d; ++e) {
      const float *row = x_.get() + e * view_.padded;
      double sum = 0;
      for (std::size_t i = first; i < last; ++i) sum += double(w_[i]) * row[i];
      points[g * d + e] = weight > 0 ? static_cast<float>(sum / weight) : row[first];
    }
  }
  return Cloud(points.data(), m, view_.d, weights.data(), 1);
}

double Cloud::variance() const {
  double sum = spread_;
  for (int e = 0; e < view_.d; ++e) sum -= total_[1 + e] * total_[1 + e] / total_[0];
  return std::max(0.0, sum) / total_[0] / view_.d;
}

Assignment::Assignment(const Cloud &cloud, int k) : cloud_(cloud), k_(k) {
  const CloudView &v = cloud.view();
  // Chunks large enough that their float64 tables are small beside the points themselves.
  const std::size_t wanted = std::max<std::size_t>(8192, 2 * static_cast<std::size_t>(k));
  chunk_supers_ = std::max((wanted + kBlock * kSuperBlocks - 1) / (kBlock * kSuperBlocks),
                           (v.supers + 63) / 64);
  chunks_ = (v.supers + chunk_supers_ - 1) / chunk_supers_;
  labels_.resize(v.padded);
  pure_.assign(v.blocks, kUnknown);
  moments_.assign(static_cast<std::size_t>(k) * v.moments, 0.0);
}

std::size_t Assignment::run_chunks(AssignTask shared, int threads) {
  const CloudView &v = cloud_.view();
  const std::size_t k = static_cast<std::size_t>(k_), cells = k * v.moments;
  const bool with_costs = shared.costs != nullptr;
  const std::size_t each = cells + (with_costs ? k * kStrands : 0);
  deltas_.assign(chunks_ * each, 0.0);
  std::vector<std::size_t> changed(chunks_);
  parallel_for(chunks_, v.n < kThreadPoints ? 1 : threads, [&](std::size_t c) {
    std::unique_ptr<float[]> scratch(new float[scratch_floats(v.d, k)]);
    AssignTask task = shared;
    task.deltas = deltas_.data() + c * each;
    task.costs = with_costs ? task.deltas + cells : nullptr;
    task.scratch = scratch.get();
    task.first_super = c * chunk_supers_;
    task.last_super = std::min(v.supers, task.first_super + chunk_supers_);
    cluster_kernels().assign(task);
    changed[c] = task.changed;
  });
  std::size_t total = 0;
  for (std::size_t c = 0; c < chunks_; ++c) {
    const double *delta = deltas_.data() + c * each;
    if (changed[c])
      for (std::size_t i = 0; i < cells; ++i) moments_[i] += delta[i];
    if (with_costs)
      for (std::size_t i = 0; i < k; ++i) {
        const double *own = delta + cells + i * kStrands;
        costs_[i] += (own[0] + own[1]) + (own[2] + own[3]);
      }
    total += changed[c];
  }
  return total;
}

std::size_t Assignment::update(const Centers &centers, int threads, bool with_costs,
                               float *nearest) {
  const CloudView &v = cloud_.view();
  const std::size_t d = static_cast<std::size_t>(v.d), stride = list_stride(k_);
  soa_.resize(stride * (d + 1));
  CenterList list{soa_.data(), reinterpret_cast<std::int32_t *>(soa_.data() + d * stride), stride, k_};
  for (std::size_t e = 0; e < d; ++e) {
    for (int j = 0; j < k_; ++j) list.x[e * stride + j] = static_cast<float>(centers[j * d + e]);
    std::fill(list.x + e * stride + k_, list.x + (e + 1) * stride, 1e18f);
  }
  for (int j = 0; j < k_; ++j) list.id[j] = j;
  if (with_costs) costs_.assign(static_cast<std::size_t>(k_), 0.0);
  AssignTask task{};
  task.cloud = v;
  task.centers = list;
  task.labels = labels_.data();
  task.pure = pure_.data();
  task.costs = with_costs ? costs_.data() : nullptr;
  task.nearest = nearest;
  return run_chunks(task, threads);
}

void Assignment::write_labels(std::int32_t *out) const {
  const std::size_t n = cloud_.size();
  for (std::size_t b = 0; b < pure_.size(); ++b) {
    const std::size_t first = b * kBlock, last = std::min(n, first + kBlock);
    if (pure_[b] >= 0) std::fill(out + first, out + last, pure_[b]);
    else std::copy(labels_.begin() + first, labels_.begin() + last, out + first);
  }
}

double error_about(const Cloud &cloud, const std::vector<double> &moments, const Centers &centers) {
  const int d = cloud.dims(), m = cloud.view().moments;
  const double *origin = cloud.view().origin;
  double sum = cloud.spread();
  for (std::size_t j = 0; j * m < moments.size(); ++j) {
    const double *own = moments.data() + j * m;
    for (int e = 0; e < d; ++e) {
      const double c = static_cast<float>(centers[j * d + e]) - origin[e];
      sum += c * (c * own[0] - 2 * own[1 + e]);
    }
  }
  return std::max(0.0, sum);
}

}  // namespace pochade
