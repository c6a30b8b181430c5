// A round for graphs in which bulk merging stalls.
#pragma once
#include "region_queue.hpp"

namespace pochade {

// Unites, all at once: mutual nearest neighbours; regions with a neighbour of the very same mean; and
// with a large region those of the small ones around it that cost it about as little as its cheapest.
// Returns the number of the next union.
std::uint32_t star_round(RegionGraph &in, RegionGraph &out, int padded, std::uint32_t salt,
                         std::uint32_t next_union, std::int32_t *parents, float *altitudes,
                         Workspace *space);

}  // namespace pochade
