// What the bulk merging of regions (isa/region_*.cpp, one copy per instruction set) reads and
// writes. Plain data only: these structs cross the border between differently compiled files.
//
// A region has `stride` floats: the means of its bands (padded with zeros) and its size. Whom it
// touches stands in a pool, `length` numbers from `offset`; `nearest` is the cheapest of them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade {

struct RegionView {
  std::uint32_t count;
  float *at;
  std::uint32_t *offset, *length, *node, *nearest, *pool;
};

// One chunk's share of what a round numbers: regions, unions and room in the pool.
struct RoundCounts {
  std::size_t regions, unions, room;
};

// The first round, from the grid of pixels.
struct GridTask {
  const float *values;  // h w d
  int dims, padded;     // d, and the bands of a region
  std::uint32_t h, w;
  std::uint8_t *way;    // per pixel: 0 left, 1 right, 2 up, 3 down: the cheapest neighbour
  std::uint8_t *role;   // per pixel: alone, leads right, leads down, follows left, follows up
  std::uint32_t *ids;   // per pixel: its region
  RegionView out;
  std::int32_t *parents;
  float *altitudes;
  std::uint32_t salt;   // of the next round's ties
};

// A later round: `in` to `out`.
struct RoundTask {
  int padded;
  RegionView in, out;
  std::uint32_t *mate;  // per region of `in`: with whom it unites, itself if it does not
  std::uint32_t *ids;   // per region of `in`: its region of `out`
  std::uint32_t *lead;  // per region of `out`: the (first) region of `in` that it comes from
  std::size_t spare;    // where in `ids` this chunk writes what is to be forgotten
  std::uint32_t first_union;  // the node that the round's first union becomes
  std::int32_t *parents;
  float *altitudes;
  std::uint32_t salt;
};

enum PixelRole : std::uint8_t { kAlone, kLeadsRight, kLeadsDown, kFollowsLeft, kFollowsUp };

}  // namespace pochade

#define POCHADE_REGION_KERNELS(isa)                                                               \
  namespace pochade::isa {                                                                        \
  void grid_ways(const GridTask &, std::size_t top, std::size_t bottom, float *scratch);          \
  RoundCounts grid_roles(const GridTask &, std::size_t top, std::size_t bottom);                  \
  void grid_regions(const GridTask &, std::size_t top, std::size_t bottom, RoundCounts first,     \
                    RoundCounts last);                                                            \
  void grid_lists(const GridTask &, std::size_t top, std::size_t bottom, RoundCounts first);      \
  RoundCounts round_mates(const RoundTask &, std::size_t begin, std::size_t end);                 \
  void round_regions(const RoundTask &, std::size_t begin, std::size_t end, RoundCounts first,    \
                     RoundCounts last);                                                           \
  void round_lists(const RoundTask &, RoundCounts first, RoundCounts last);                       \
  }

POCHADE_REGION_KERNELS(baseline)
#if defined(POCHADE_HAS_v3) || defined(POCHADE_ISA_v3)
POCHADE_REGION_KERNELS(v3)
#endif
#if defined(POCHADE_HAS_v4) || defined(POCHADE_ISA_v4)
POCHADE_REGION_KERNELS(v4)
#endif
