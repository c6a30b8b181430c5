// A round of bulk merging: every pair of regions that are each other's cheapest neighbour unites.
// F. Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The Computer
// Journal 26 (1983) 354-359, has reciprocal nearest neighbours; here all pairs of a round at once,
// so that memory is read in raster order. Compiled once per instruction set.
#include "../region_kernels.hpp"
#include "region_near.hpp"

namespace pochade {
namespace POCHADE_ISA {

RoundCounts round_mates(const RoundTask &task, std::size_t begin, std::size_t end) {
  const std::uint32_t *nearest = task.in.nearest, *length = task.in.length;
  RoundCounts found{0, 0, 16};  // 16: whole vectors are written past the last list
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint32_t j = nearest[i];
    const std::uint32_t mate = nearest[j] == i ? j : static_cast<std::uint32_t>(i);
    task.mate[i] = mate;
    found.regions += mate >= i;
    found.unions += mate > i;
    found.room += length[i];
    if (mate > i && mate >= end) found.room += length[mate];
  }
  return found;
}

namespace {

// No branches: write always, advance where the region leads. What follows a chunk's own part is
// written by the next chunk, so writing stops there.
template <int D>
void regions(const RoundTask &task, std::size_t begin, std::size_t end, RoundCounts first,
             RoundCounts last) {
  const int dims = D ? D : task.padded;
  const std::size_t stride = dims + 1;
  const RegionView &in = task.in, &out = task.out;
  std::size_t region = first.regions, made = first.unions;
  std::int32_t nowhere = 0;
  for (std::size_t i = begin; i < end && region < last.regions; ++i) {
    const std::uint32_t j = task.mate[i];
    const bool leads = j >= i, pair = j > i;
    task.ids[leads ? i : task.spare] = static_cast<std::uint32_t>(region);
    task.ids[leads ? j : task.spare] = static_cast<std::uint32_t>(region);
    task.lead[region] = static_cast<std::uint32_t>(i);
    const float *a = in.at + i * stride, *b = in.at + j * stride;
    float *to = out.at + region * stride;
    const std::uint32_t node = task.first_union + static_cast<std::uint32_t>(made);
    out.node[region] = pair ? node : in.node[i];
    const float cost = ward<D>(a, b, dims);
    const float size = a[dims] + (pair ? b[dims] : 0.f), share = (pair ? b[dims] : 0.f) / size;
    for (int e = 0; e < dims; ++e) to[e] = a[e] + (b[e] - a[e]) * share;
    to[dims] = size;
    if (made < last.unions) task.altitudes[node] = cost;
    *(pair ? task.parents + in.node[i] : &nowhere) = static_cast<std::int32_t>(node);
    *(pair ? task.parents + in.node[j] : &nowhere) = static_cast<std::int32_t>(node);
    region += leads;
    made += pair;
  }
}

template <int D>
void lists(const RoundTask &task, RoundCounts first, RoundCounts last) {
  const RegionView &in = task.in, &out = task.out;
  const std::uint32_t *ids = task.ids;
  std::uint32_t *pool = out.pool;
  std::size_t to = first.room;
  SeenNumbers seen;
  for (std::size_t region = first.regions; region < last.regions; ++region) {
    const std::uint32_t self = static_cast<std::uint32_t>(region);
    const std::uint32_t i = task.lead[region], j = task.mate[i];
    const bool pair = j != i;
    const std::uint32_t *list = in.pool + in.offset[i], *more = in.pool + in.offset[j];
    const std::size_t one = in.length[i], two = pair ? in.length[j] : 0, both = one + two;
    const std::size_t begin = to;
#if defined(POCHADE_REGION_AVX512)
    if (both <= 16) {
      const __mmask16 front = static_cast<__mmask16>((1u << one) - 1);
      const __mmask16 whole = static_cast<__mmask16>((1u << both) - 1);
      __m512i from = _mm512_maskz_loadu_epi32(front, list);
      from = _mm512_mask_expandloadu_epi32(from, static_cast<__mmask16>(whole & ~front), more);
      const __m512i own = _mm512_set1_epi32(static_cast<int>(self));
      const __m512i now = _mm512_mask_i32gather_epi32(own, whole, from, ids, 4);
      __mmask16 keep = _mm512_mask_cmpneq_epi32_mask(whole, now, own);
      keep = _mm512_mask_testn_epi32_mask(keep, _mm512_conflict_epi32(now), _mm512_set1_epi32(-1));
      _mm512_storeu_si512(pool + to, _mm512_maskz_compress_epi32(keep, now));
      to += static_cast<std::size_t>(__builtin_popcount(keep));
    } else
#endif
        if (both <= kShort) {
      for (std::size_t e = 0; e < both; ++e) {
        const std::uint32_t now = ids[e < one ? list[e] : more[e - one]];
        bool had = now == self;
        for (std::size_t q = begin; q < to; ++q) had |= pool[q] == now;
        pool[to] = now;
        to += !had;
      }
    } else {
      seen.begin(both + 1);
      seen.add(self);
      for (std::size_t e = 0; e < both; ++e) {
        const std::uint32_t now = ids[e < one ? list[e] : more[e - one]];
        if (seen.add(now)) pool[to++] = now;
      }
    }
    out.offset[region] = static_cast<std::uint32_t>(begin);
    out.length[region] = static_cast<std::uint32_t>(to - begin);
  }
  // A loop of its own: what was just written is slow to read back.
  for (std::size_t region = first.regions; region < last.regions; ++region)
    out.nearest[region] = cheapest<D>(out.at, task.padded, static_cast<std::uint32_t>(region),
                                      pool + out.offset[region], out.length[region], task.salt);
}

}  // namespace

void round_regions(const RoundTask &task, std::size_t begin, std::size_t end, RoundCounts first,
                   RoundCounts last) {
  switch (task.padded) {
    case 1: return regions<1>(task, begin, end, first, last);
    case 3: return regions<3>(task, begin, end, first, last);
    case 7: return regions<7>(task, begin, end, first, last);
    default: return regions<0>(task, begin, end, first, last);
  }
}

void round_lists(const RoundTask &task, RoundCounts first, RoundCounts last) {
  switch (task.padded) {
    case 1: return lists<1>(task, first, last);
    case 3: return lists<3>(task, first, last);
    case 7: return lists<7>(task, first, last);
    default: return lists<0>(task, first, last);
  }
}

}  // namespace POCHADE_ISA
}  // namespace pochade
