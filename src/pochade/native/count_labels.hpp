// Labels of counted colours back to the pixels; sums of weights.
#pragma once
#include <cstdint>
#include <vector>

#include "count_tally.hpp"

namespace pochade {

// colors: m x channels as count_exact gives them; labels: m, each below 65,536 and fit for Out
// (uint8_t or uint16_t). Returns false when a pixel lies in a cell none of whose colours is among
// them; other unknown colours get the label of the first known colour of their cell.
template <class Out>
bool labels_for_colors(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                       const std::uint32_t *labels, int threads, Out *out);

// sums[i] += the weights of the pixels of colour i, added in pixel order by one thread, so that
// the sums are the same bytes on any machine.
bool add_weights(const Span &image, int channels, const std::uint8_t *colors, std::size_t m,
                 const float *weights, double *sums);

}  // namespace pochade
