// Painting: what the blending kernels and their bindings share.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade::paint {

// Anchors by field: field f of anchor i is data[f * stride + i].
enum Field : int {
  row, col,             // place, in pixels of the frame
  form_a, form_b, form_c,  // squared distance a dy^2 + 2 b dy dx + c dx^2
  tone_l, tone_a, tone_b,  // CIELAB in units of `edges`
  red, green, blue,
  fields
};

struct Slots {
  const float *data;
  std::size_t stride, n;
  const float *field(int f) const { return data + static_cast<std::size_t>(f) * stride; }
};

// Pixels lie in a box: middle and half sides in space, lowest and highest tone.
struct Box {
  float row, col, half_rows, half_cols;
  float low[3], high[3];
};

constexpr std::size_t LANES = 16;  // pixels come in blocks of this many, whatever the vector
constexpr int MOST = 33;           // neighbours, and one
constexpr float SLACK = 1.0001f;   // weights reach 0 a little beyond the neighbour that they should
constexpr float LEAST = 1e-6f;

// Pixels of a tile and what they are to be made of.
struct Pixels {
  const float *rows, *cols;      // centres, in pixels of the frame; count of them
  const float *tones;            // 3 planes of `count`
  std::size_t count;             // a multiple of LANES
  const float *low;              // lower bound of the squared distance of each slot, ascending
  float *squares;                // scratch: LANES * slots
  int neighbours;                // anchors that mix, and for the continuous kernel one more
  bool inverse, toned;
  float soft, touch;
  float *colors;                 // 3 planes of `count`; or
  std::int32_t *who;             // `neighbours` numbers of slots for each pixel, and
  float *weights;                // their weights, adding up to 1; unused ones 0
};

// A part of a guide, made larger: planes of rows x cols.
struct Enlarged {
  const float *lab;              // the guide, height x width x 3
  std::size_t height, width;
  const std::int32_t *row_first, *col_first;  // of each pixel of the part the first of four taps
  const float *row_weights, *col_weights;     // and its four weights
  std::size_t rows, cols;
  std::size_t down, right;       // how far to look for the sides of an edge
  float scale;                   // of the result
  bool same;                     // at its own size: nothing but copied
  float *out;                    // 3 planes of rows * cols, and room for a vector
  float *scratch;                // enlarged_scratch floats
};

constexpr std::size_t enlarged_scratch(std::size_t rows, std::size_t cols, std::size_t right,
                                       std::size_t width) {
  return rows * cols + LANES + 2 * (cols + 2 * right + 3 * LANES) + 4 * width;
}

// Planes of a block, and the lowest and highest of each tile of it.
struct Spans {
  const float *planes;
  std::size_t plane, stride;     // floats from plane to plane and from row to row
  std::size_t rows, cols;
  float *low, *high;             // 3 of each
};

// Rows top .. bottom of one round of smoothing; all planes height x width, 3 or (for duals) 6.
struct Round {
  const float *lab, *ahead;
  float *dual, *next;            // `dual` is renewed in place, `next` is the `ahead` to come
  std::size_t height, width, top, bottom;
  float strength, step, momentum;
  float *scratch;                // 6 rows of `width`, and 2
};

}  // namespace pochade::paint

// bounds: of the squared distance of each slot from all pixels in the box.
// mix: colours or weights of all pixels; sum of `low` ascending. enlarge, smooth_round: see above.
// smooth_end: rows of lab + strength * divergence of dual, into `next` as h x w x 3.
#define POCHADE_PAINT_KERNELS(isa)                                                        \
  namespace pochade::isa {                                                                \
  void paint_bounds(const paint::Slots &slots, const paint::Box &box, float *low,         \
                    float *high);                                                         \
  void paint_mix(const paint::Slots &slots, const paint::Pixels &pixels);                 \
  void paint_bytes(const float *colors, std::size_t plane, std::size_t n,                 \
                   unsigned char *out);                                                   \
  void paint_enlarge(const paint::Enlarged &job);                                         \
  void paint_span(const paint::Spans &job);                                               \
  void paint_smooth_round(const paint::Round &round);                                     \
  void paint_smooth_end(const paint::Round &round);                                       \
  }

POCHADE_PAINT_KERNELS(baseline)
#if defined(POCHADE_HAS_v3) || defined(POCHADE_ISA_v3)
POCHADE_PAINT_KERNELS(v3)
#endif
#if defined(POCHADE_HAS_v4) || defined(POCHADE_ISA_v4)
POCHADE_PAINT_KERNELS(v4)
#endif

namespace pochade::paint {

struct Kernels {
  decltype(&pochade::baseline::paint_bounds) bounds;
  decltype(&pochade::baseline::paint_mix) mix;
  decltype(&pochade::baseline::paint_bytes) bytes;
  decltype(&pochade::baseline::paint_enlarge) enlarge;
  decltype(&pochade::baseline::paint_span) span;
  decltype(&pochade::baseline::paint_smooth_round) smooth_round;
  decltype(&pochade::baseline::paint_smooth_end) smooth_end;
};
const Kernels &kernels();  // of the chosen instruction set

}  // namespace pochade::paint
