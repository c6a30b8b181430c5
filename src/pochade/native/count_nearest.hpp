// The nearest palette entry of every pixel, exactly.
#pragma once
#include <cstddef>
#include <cstdint>

#include "count_tally.hpp"

namespace pochade {

// palette: k x channels, k from 1 to 65,536. Squared distance over all channels; the lowest index
// among equals. With four channels a colour of alpha 0, pixel or entry, counts as (0, 0, 0, 0).
// Out is uint8_t or uint16_t.
template <class Out>
void map_nearest(const Span &image, int channels, const std::uint8_t *palette, std::size_t k,
                 int threads, Out *out);

}  // namespace pochade
