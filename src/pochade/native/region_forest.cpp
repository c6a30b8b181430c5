// Building a region tree from the pixels: rounds of bulk merging, then the queue.
//
// Chunks are ranges of rows or of regions; what a round numbers is the sum over the chunks before,
// so the tree does not depend on how many chunks or threads there are.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "cpu.hpp"
#include "parallel.hpp"
#include "region_arrays.hpp"
#include "region_queue.hpp"
#include "region_stars.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace pochade;

#define POCHADE_REGION_SET(isa)                                                               \
  {pochade::isa::grid_ways,   pochade::isa::grid_roles,    pochade::isa::grid_regions,        \
   pochade::isa::grid_lists,  pochade::isa::round_mates,   pochade::isa::round_regions,       \
   pochade::isa::round_lists}

struct Kernels {
  decltype(&baseline::grid_ways) grid_ways;
  decltype(&baseline::grid_roles) grid_roles;
  decltype(&baseline::grid_regions) grid_regions;
  decltype(&baseline::grid_lists) grid_lists;
  decltype(&baseline::round_mates) round_mates;
  decltype(&baseline::round_regions) round_regions;
  decltype(&baseline::round_lists) round_lists;
};

const Kernels &kernels() {
  static const Kernels baseline = POCHADE_REGION_SET(baseline);
#ifdef POCHADE_HAS_v4
  static const Kernels v4 = POCHADE_REGION_SET(v4);
  if (chosen_isa() == Isa::v4) return v4;
#endif
#ifdef POCHADE_HAS_v3
  static const Kernels v3 = POCHADE_REGION_SET(v3);
  if (chosen_isa() == Isa::v3) return v3;
#endif
  return baseline;
}

constexpr std::size_t kChunksEach = 4;       // chunks a thread, so that a slow one is helped out
constexpr std::size_t kBytesAPixel = 88;     // of workspace, without the bands
constexpr std::size_t kLeastRegions = 4096;  // in a chunk
constexpr std::size_t kBulkShare = 32;       // the queue takes over at one region in so many pixels,
constexpr std::size_t kQueueShare = 16;      // or at one in so few as long as these are not more
constexpr std::size_t kQueueMost = 32768;    // than this: the queue is exact, and has one thread
constexpr std::size_t kStalled = 12;         // after a round that unites fewer, stars
constexpr std::size_t kStalledEarly = 8;     // the same while a quarter of the pixels is left
constexpr std::size_t kStuck = 64;           // after a round of stars that does, the queue

using Values = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

class RegionForest {
 public:
  RegionForest(const Values &values, int threads)
      : h_(static_cast<std::uint32_t>(values.shape(0))),
        w_(static_cast<std::uint32_t>(values.shape(1))),
        n_(values.shape(0) * values.shape(1)),
        dims_(static_cast<int>(values.shape(2))),
        padded_(dims_ <= 1 ? 1 : dims_ <= 3 ? 3 : dims_ <= 7 ? 7 : dims_),
        threads_(threads) {
    if (n_ == 0 || dims_ == 0 || n_ > kLargestPicture)
      throw std::invalid_argument("the picture is empty or too large");
    const float *from = values.data();
    nb::gil_scoped_release free;
    parents_.need(2 * n_ - 1);
    altitudes_.need(2 * n_ - 1);
    if (!altitudes_.zeroed()) std::fill(altitudes_.data(), altitudes_.data() + n_, 0.f);
    next_ = static_cast<std::uint32_t>(n_);
    space_ = Workspace::borrow(n_ * (kBytesAPixel + 8 * padded_) + (1 << 20));
    first_round(from);
  }

  RegionForest(const RegionForest &) = delete;
  ~RegionForest() { let_go(); }

  // (parents, altitudes), once.
  nb::tuple merge(const nb::object &poll) {
    if (!parents_.data()) throw std::invalid_argument("this forest is merged already");
    const RegionPoll ask = [&](std::size_t left) {
      nb::gil_scoped_acquire held;
      poll(1.0 - static_cast<double>(left) / static_cast<double>(n_));
    };
    {
      nb::gil_scoped_release free;
      bool stars = false;
      const std::size_t enough = std::max<std::size_t>(
          {1, n_ / kBulkShare, std::min(n_ / kQueueShare, kQueueMost)});
      while (graph_.count > enough) {
        const std::size_t before = graph_.count;
        if (stars) {
          next_ = star_round(graph_, other_, padded_, ++salt_, next_, parents_.data(),
                             altitudes_.data(), space_);
          std::swap(graph_, other_);
        } else {
          next_round();
        }
        ask(graph_.count);
        if (stars && before - graph_.count < before / kStuck) break;
        stars = before - graph_.count < before / (before > n_ / 4 ? kStalledEarly : kStalled);
      }
      if (!space_) {
        other_.drop();
        mate_.drop();
      }
      merge_by_queue(graph_, padded_, next_, parents_.data(), altitudes_.data(), ask);
      let_go();
      parents_[2 * n_ - 2] = static_cast<std::int32_t>(2 * n_ - 2);
      raise_altitudes(parents_.data(), altitudes_.data(), n_);
    }
    return nb::make_tuple(handed_over(std::move(parents_), {2 * n_ - 1}),
                          handed_over(std::move(altitudes_), {2 * n_ - 1}));
  }

 private:
  std::uint32_t h_, w_;
  std::size_t n_;
  int dims_, padded_, threads_;
  std::uint32_t next_ = 0, salt_ = 1;
  RegionGraph graph_, other_;
  Buffer<std::uint32_t> mate_;
  Buffer<std::int32_t> parents_;
  Buffer<float> altitudes_;
  Workspace *space_ = nullptr;

  // All that is not the result.
  void let_go() {
    graph_.drop();
    other_.drop();
    mate_.drop();
    Workspace::give_back(space_);
    space_ = nullptr;
  }

  std::size_t chunks_of(std::size_t things, std::size_t least) const {
    const std::size_t most = threads_ > 1 ? std::min<std::size_t>(threads_, 64) * kChunksEach : 1;
    return std::clamp<std::size_t>(things / least, 1, most);
  }

  // counts[c] becomes what stands before chunk c; one more entry has the totals.
  static void sum_up(std::vector<RoundCounts> &counts) {
    RoundCounts before{0, 0, 0};
    for (RoundCounts &each : counts) {
      const RoundCounts here = each;
      each = before;
      before.regions += here.regions;
      before.unions += here.unions;
      before.room += here.room;
    }
  }

  void first_round(const float *values) {
    const std::size_t stride = padded_ + 1;
    const std::size_t chunks = chunks_of(h_, std::max<std::size_t>(1, kLeastRegions / w_));
    Buffer<std::uint8_t> way, role;
    Buffer<std::uint32_t> ids;
    way.need(n_, space_);
    role.need(n_, space_);
    ids.need(n_, space_);
    GridTask task{values,      dims_,        padded_,          h_,
                  w_,          way.data(),   role.data(),      ids.data(),
                  {},          parents_.data(), altitudes_.data(), salt_};
    const Kernels &run = kernels();
    const auto top = [&](std::size_t chunk) { return chunk * h_ / chunks; };
    parallel_for(chunks, threads_, [&](std::size_t c) {
      std::vector<float> scratch((2 * dims_ + 4) * (w_ + 16));
      run.grid_ways(task, top(c), top(c + 1), scratch.data());
    });
    std::vector<RoundCounts> counts(chunks + 1, RoundCounts{0, 0, 0});
    parallel_for(chunks, threads_,
                 [&](std::size_t c) { counts[c] = run.grid_roles(task, top(c), top(c + 1)); });
    sum_up(counts);
    way.drop();
    graph_.count = static_cast<std::uint32_t>(counts[chunks].regions);
    graph_.need(graph_.count, stride, counts[chunks].room, space_);
    graph_.top = counts[chunks].room;
    task.out = graph_.view();
    parallel_for(chunks, threads_, [&](std::size_t c) {
      run.grid_regions(task, top(c), top(c + 1), counts[c], counts[c + 1]);
    });
    for (std::size_t c = 1; c < chunks; ++c)
      for (std::size_t i = top(c) * w_, end = i + w_; i < end; ++i)
        if (role[i] == kFollowsUp) ids[i] = ids[i - w_];
    parallel_for(chunks, threads_,
                 [&](std::size_t c) { run.grid_lists(task, top(c), top(c + 1), counts[c]); });
    next_ += static_cast<std::uint32_t>(counts[chunks].unions);
  }

  void next_round() {
    const std::size_t count = graph_.count, chunks = chunks_of(count, kLeastRegions);
    const std::size_t spare = 32;  // places apart, so that chunks do not share a cache line
    mate_.need(count + 1, space_);
    // Once everyone has a mate, `nearest` of the old graph is free for the new numbers, and that of
    // the new one holds `lead` until it is known.
    RoundTask task{padded_,       graph_.view(), {},     mate_.data(),    graph_.nearest.data(), nullptr, 0,
                   next_,         parents_.data(), altitudes_.data(), ++salt_};
    const Kernels &run = kernels();
    const auto begin = [&](std::size_t chunk) { return chunk * count / chunks; };
    std::vector<RoundCounts> counts(chunks + 1, RoundCounts{0, 0, 0});
    parallel_for(chunks, threads_,
                 [&](std::size_t c) { counts[c] = run.round_mates(task, begin(c), begin(c + 1)); });
    sum_up(counts);
    const RoundCounts total = counts[chunks];
    other_.count = static_cast<std::uint32_t>(total.regions);
    other_.need(total.regions, padded_ + 1, total.room, space_);
    other_.top = total.room;
    task.out = other_.view();
    task.lead = task.out.nearest;
    parallel_for(chunks, threads_, [&](std::size_t c) {
      RoundTask mine = task;
      mine.spare = count + (c + 1) * spare;
      run.round_regions(mine, begin(c), begin(c + 1), counts[c], counts[c + 1]);
    });
    parallel_for(chunks, threads_,
                 [&](std::size_t c) { run.round_lists(task, counts[c], counts[c + 1]); });
    next_ += static_cast<std::uint32_t>(total.unions);
    std::swap(graph_, other_);
  }
};

}  // namespace

void bind_region_forest(nb::module_ &m) {
  nb::class_<RegionForest>(m, "RegionForest", "Pixels on their way into a region tree.")
      .def(nb::init<const Values &, int>(), "values"_a.noconvert(), "threads"_a,
           "The first round; `values` (h, w, d) are not needed any more when it returns.")
      .def("merge", &RegionForest::merge, "poll"_a,
           "The rest: (parents (2n-1,) int32, altitudes (2n-1,) float32). poll(share) may raise.");
}
