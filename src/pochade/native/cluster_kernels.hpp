// What the clustering kernels (isa/cluster_*.cpp, one copy per instruction set) read and write.
// Plain data only: these structs cross the border between differently compiled files.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade {

constexpr int kBlock = 64;        // points in a block; arrays are padded to whole blocks
constexpr int kQuadBlocks = 4;    // blocks in a quad
constexpr int kSuperBlocks = 16;  // blocks in a super-block
constexpr int kStrands = 4;       // separate sums of costs, so that additions need not wait
constexpr int kFastDims = 4;      // up to here: pruning, full covariance

// Moments kept per cluster (and per block), about the cloud's origin: weight, d first moments,
// then the upper triangle of second moments (d <= 4) or its diagonal only (d > 4).
inline int moment_count(int d) { return 1 + d + (d <= kFastDims ? d * (d + 1) / 2 : d); }

// Points as d rows of `padded` floats. Padding repeats the last point with weight 0.
struct CloudView {
  int d;
  int moments;
  std::size_t n, padded, blocks, supers;
  const float *x;
  const float *w;
  const float *block_box;        // blocks x 2d: middle, then half width (rounded up)
  const float *quad_box;         // quads (kSuperBlocks / kQuadBlocks a super-block) x 2d
  const float *super_box;        // supers x 2d
  const double *block_moments;   // blocks x moments
  const double *origin;          // d
};

// A set of centres as d rows of `stride` floats with their numbers in ascending order.
struct CenterList {
  float *x;
  std::int32_t *id;
  std::size_t stride;
  int count;
};

// One chunk of an assignment: super-blocks [first_super, last_super).
struct AssignTask {
  CloudView cloud;
  CenterList centers;
  std::int32_t *labels;   // padded; a pure block's labels are not written
  std::int32_t *pure;     // per block: the one label of all its points, kMixed or kUnknown
  double *deltas;         // k x moments: changes of the clusters' moments, or null
  double *costs;          // k x kStrands: sums of w (d2 - d1), or null
  float *nearest;         // padded: squared distance to the nearest centre, or null
  float *scratch;         // scratch_floats() floats
  std::size_t first_super, last_super;
  std::size_t changed;    // out: points (padding too) whose label changed
};
constexpr std::int32_t kMixed = -1;
constexpr std::int32_t kUnknown = -2;

inline std::size_t list_stride(std::size_t k) { return (k + 15) / 16 * 16 + 16; }
inline std::size_t scratch_floats(int d, std::size_t k) {
  return list_stride(k) * (3 * (static_cast<std::size_t>(d) + 1) + 1);
}

// One k-means++ trial: what adding `center` would change.
struct SeedTask {
  CloudView cloud;
  const float *center;
  float *distance;        // padded: squared distance to the nearest chosen centre
  float *farthest;        // per block: largest of them
  double *potential;      // per block: sum of w times them
  bool commit;            // false: only measure
  std::size_t first_block, last_block;
  double gain;            // out: how much the potential falls
};

// Copies n x d points to rows and finds the range of each row; exactly one source is not null.
struct LoadTask {
  const float *floats;
  const std::uint8_t *bytes;
  std::size_t n, padded;
  int d;
  float *x;             // d rows of `padded`; what lies beyond n is not written
  float *low, *high;    // d each
  bool finite;          // out
};

struct ClusterKernels {
  void (*load_points)(LoadTask &);
  void (*prepare)(const CloudView &, float *block_box, float *quad_box, float *super_box,
                  double *block_moments, std::size_t first_super, std::size_t last_super);
  void (*assign)(AssignTask &);
  void (*seed)(SeedTask &);
};

// The kernels of the chosen instruction set.
const ClusterKernels &cluster_kernels();

}  // namespace pochade
