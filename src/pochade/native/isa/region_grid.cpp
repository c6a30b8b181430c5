// The first round, straight from the grid of pixels: no graph of pixels is ever stored.
// Compiled once per instruction set.
#include <algorithm>

#include "../region_kernels.hpp"
#include "region_near.hpp"

namespace pochade {
namespace POCHADE_ISA {
namespace {

constexpr std::uint32_t kNoEdge = 0xFFFFFFFFu;

// Keys of the edges between two rows of pixels (or of a row with itself, moved by one).
inline void edge_keys(const float *a, const float *b, std::size_t plane, int dims, std::uint32_t w,
                      std::uint32_t first, std::uint32_t second, float *sum, std::uint32_t *keys) {
  for (std::uint32_t x = 0; x < w; ++x) {
    const float gap = a[x] - b[x];
    sum[x] = gap * gap;
  }
  for (int e = 1; e < dims; ++e) {
    const float *p = a + e * plane, *q = b + e * plane;
    for (std::uint32_t x = 0; x < w; ++x) {
      const float gap = p[x] - q[x];
      sum[x] += gap * gap;
    }
  }
  for (std::uint32_t x = 0; x < w; ++x) keys[x] = tie_key(sum[x] * .5f, first + x, second + x, 0);
}

inline void planes_of_row(const GridTask &task, std::uint32_t y, float *to, std::size_t plane) {
  const float *row = task.values + std::size_t(y) * task.w * task.dims;
  if (task.dims == 3) {
    for (std::uint32_t x = 0; x < task.w; ++x) {
      to[x] = row[3 * x];
      to[plane + x] = row[3 * x + 1];
      to[2 * plane + x] = row[3 * x + 2];
    }
    return;
  }
  for (int e = 0; e < task.dims; ++e)
    for (std::uint32_t x = 0; x < task.w; ++x) to[e * plane + x] = row[x * task.dims + e];
}

inline void fill_region(const GridTask &task, std::size_t i, std::size_t j, bool pair, float *to) {
  const float *a = task.values + i * task.dims, *b = task.values + j * task.dims;
  for (int e = 0; e < task.dims; ++e) to[e] = a[e] + (b[e] - a[e]) * .5f;
  for (int e = task.dims; e < task.padded; ++e) to[e] = 0.f;
  to[task.padded] = pair ? 2.f : 1.f;
}

}  // namespace

// scratch: (2 dims + 1) planes of w + 16 floats, then 3 rows of w + 16 keys.
void grid_ways(const GridTask &task, std::size_t top, std::size_t bottom, float *scratch) {
  const std::uint32_t w = task.w;
  const std::size_t plane = w + 16;
  float *here = scratch, *next = here + task.dims * plane, *sum = next + task.dims * plane;
  std::uint32_t *across = reinterpret_cast<std::uint32_t *>(sum + plane), *above = across + plane,
                *below = above + plane;
  planes_of_row(task, static_cast<std::uint32_t>(top), here, plane);
  if (top > 0) {
    planes_of_row(task, static_cast<std::uint32_t>(top - 1), next, plane);
    const std::uint32_t i = static_cast<std::uint32_t>(top * w);
    edge_keys(next, here, plane, task.dims, w, i - w, i, sum, above);
  } else {
    std::fill(above, above + w, kNoEdge);
  }
  for (std::size_t y = top; y < bottom; ++y) {
    const std::uint32_t i = static_cast<std::uint32_t>(y * w);
    // across[x + 1] is the edge to the right of x, across[0] the missing one to the left of 0.
    across[0] = kNoEdge;
    edge_keys(here, here + 1, plane, task.dims, w - 1, i, i + 1, sum, across + 1);
    across[w] = kNoEdge;
    if (y + 1 < task.h) {
      planes_of_row(task, static_cast<std::uint32_t>(y + 1), next, plane);
      edge_keys(here, next, plane, task.dims, w, i, i + w, sum, below);
    } else {
      std::fill(below, below + w, kNoEdge);
    }
    std::uint8_t *way = task.way + y * w;
    for (std::uint32_t x = 0; x < w; ++x) {
      std::uint32_t least = across[x], best = 0;
      best = across[x + 1] < least ? 1 : best;
      least = across[x + 1] < least ? across[x + 1] : least;
      best = above[x] < least ? 2 : best;
      least = above[x] < least ? above[x] : least;
      best = below[x] < least ? 3 : best;
      way[x] = static_cast<std::uint8_t>(best);
    }
    std::swap(here, next);
    std::swap(above, below);
  }
}

RoundCounts grid_roles(const GridTask &task, std::size_t top, std::size_t bottom) {
  const std::uint32_t w = task.w;
  RoundCounts found{0, 0, 0};
  for (std::size_t y = top; y < bottom; ++y) {
    const std::uint8_t *way = task.way + y * w;
    const std::uint8_t *up = y ? way - w : nullptr, *down = y + 1 < task.h ? way + w : nullptr;
    std::uint8_t *role = task.role + y * w;
    const auto one = [&](std::uint32_t x) -> std::uint8_t {
      switch (way[x]) {
        case 1: return x + 1 < w && way[x + 1] == 0 ? kLeadsRight : kAlone;
        case 3: return down && down[x] == 2 ? kLeadsDown : kAlone;
        case 0: return x > 0 && way[x - 1] == 1 ? kFollowsLeft : kAlone;
        default: return up && up[x] == 3 ? kFollowsUp : kAlone;
      }
    };
    if (up && down && w > 2) {
      role[0] = one(0);
      role[w - 1] = one(w - 1);
      for (std::uint32_t x = 1; x + 1 < w; ++x) {
        const std::uint8_t right = (way[x] == 1) & (way[x + 1] == 0);
        const std::uint8_t below = (way[x] == 3) & (down[x] == 2);
        const std::uint8_t left = (way[x] == 0) & (way[x - 1] == 1);
        const std::uint8_t above = (way[x] == 2) & (up[x] == 3);
        role[x] = static_cast<std::uint8_t>(right + 2 * below + 3 * left + 4 * above);
      }
    } else {
      for (std::uint32_t x = 0; x < w; ++x) role[x] = one(x);
    }
    std::uint32_t leads = 0, pairs = 0;
    for (std::uint32_t x = 0; x < w; ++x) {
      leads += role[x] < kFollowsLeft;
      pairs += static_cast<std::uint8_t>(role[x] - 1) < 2;
    }
    found.regions += leads;
    found.unions += pairs;
  }
  found.room = 4 * (found.regions - found.unions) + 6 * found.unions + 16;
  return found;
}

// Numbers of regions in `ids` (a pixel that follows one in the row above the chunk gets its number
// afterwards), the regions themselves, and the unions.
void grid_regions(const GridTask &task, std::size_t top, std::size_t bottom, RoundCounts first,
                  RoundCounts last) {
  const std::size_t w = task.w, begin = top * w, end = bottom * w;
  const std::size_t step[5] = {0, 1, w, 0, 0};
  const std::size_t stride = task.padded + 1;
  const std::uint32_t n = static_cast<std::uint32_t>(task.h * w);
  std::size_t region = first.regions, made = first.unions;
  std::int32_t nowhere = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint8_t role = task.role[i];
    const bool leads = role < kFollowsLeft, pair = static_cast<std::uint8_t>(role - 1) < 2;
    if (!leads) {
      const std::size_t leader = role == kFollowsLeft ? i - 1 : i - w;
      if (leader >= begin) task.ids[i] = task.ids[leader];
      continue;
    }
    const std::size_t j = i + step[role];
    const std::uint32_t node = n + static_cast<std::uint32_t>(made);
    task.ids[i] = static_cast<std::uint32_t>(region);
    float *to = task.out.at + region * stride;
    fill_region(task, i, j, pair, to);
    task.out.node[region] = pair ? node : static_cast<std::uint32_t>(i);
    if (made < last.unions) {
      float gap = 0;
      const float *a = task.values + i * task.dims, *b = task.values + j * task.dims;
      for (int e = 0; e < task.dims; ++e) gap += (a[e] - b[e]) * (a[e] - b[e]);
      task.altitudes[node] = gap * .5f;
    }
    *(pair ? task.parents + i : &nowhere) = static_cast<std::int32_t>(node);
    *(pair ? task.parents + j : &nowhere) = static_cast<std::int32_t>(node);
    ++region;
    made += pair;
  }
}

namespace {

template <int D>
void lists(const GridTask &task, std::size_t top, std::size_t bottom, RoundCounts first) {
  const std::uint32_t w = task.w, h = task.h;
  std::uint32_t *pool = task.out.pool;
  std::size_t to = first.room, region = first.regions;
  for (std::size_t y = top; y < bottom; ++y) {
    for (std::uint32_t x = 0; x < w; ++x) {
      const std::size_t i = y * w + x;
      const std::uint8_t role = task.role[i];
      if (role >= kFollowsLeft) continue;
      const std::uint32_t self = static_cast<std::uint32_t>(region);
      const std::size_t begin = to;
#if defined(POCHADE_REGION_AVX512)
      if (y && x && x + 2 < w && y + 2 < h) {
        const int a = static_cast<int>(i), row = static_cast<int>(w);
        const int b = role == kLeadsRight ? a + 1 : role == kLeadsDown ? a + row : a;
        const __m256i around = _mm256_setr_epi32(-row, -1, 1, row, -row, -1, 1, row);
        const __m256i at = _mm256_add_epi32(
            _mm256_inserti128_si256(_mm256_set1_epi32(a), _mm_set1_epi32(b), 1), around);
        const __m256i own = _mm256_set1_epi32(static_cast<int>(self));
        const __m256i now = _mm256_i32gather_epi32(reinterpret_cast<const int *>(task.ids), at, 4);
        __mmask8 keep = _mm256_cmpneq_epi32_mask(now, own);
        keep = _mm256_mask_testn_epi32_mask(keep, _mm256_conflict_epi32(now), _mm256_set1_epi32(-1));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(pool + to),
                            _mm256_maskz_compress_epi32(keep, now));
        to += static_cast<std::size_t>(__builtin_popcount(keep));
      } else
#endif
      {
        const auto add = [&](std::size_t pixel) {
          const std::uint32_t now = task.ids[pixel];
          bool had = now == self;
          for (std::size_t q = begin; q < to; ++q) had |= pool[q] == now;
          pool[to] = now;
          to += !had;
        };
        const auto around = [&](std::size_t pixel, std::uint32_t column, std::size_t line) {
          if (line) add(pixel - w);
          if (column) add(pixel - 1);
          if (column + 1 < w) add(pixel + 1);
          if (line + 1 < h) add(pixel + w);
        };
        around(i, x, y);
        if (role == kLeadsRight) around(i + 1, x + 1, y);
        if (role == kLeadsDown) around(i + w, x, y + 1);
      }
      task.out.offset[region] = static_cast<std::uint32_t>(begin);
      task.out.length[region] = static_cast<std::uint32_t>(to - begin);
      ++region;
    }
  }
  // A loop of its own: what was just written is slow to read back.
  for (std::size_t i = first.regions; i < region; ++i)
    task.out.nearest[i] = cheapest<D>(task.out.at, task.padded, static_cast<std::uint32_t>(i),
                                      pool + task.out.offset[i], task.out.length[i], task.salt);
}

}  // namespace

void grid_lists(const GridTask &task, std::size_t top, std::size_t bottom, RoundCounts first) {
  switch (task.padded) {
    case 1: return lists<1>(task, top, bottom, first);
    case 3: return lists<3>(task, top, bottom, first);
    case 7: return lists<7>(task, top, bottom, first);
    default: return lists<0>(task, top, bottom, first);
  }
}

}  // namespace POCHADE_ISA
}  // namespace pochade
