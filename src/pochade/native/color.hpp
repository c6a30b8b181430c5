// Colour kernels: one set per instruction set, all giving the same bytes.
//
// Every kernel is elementwise arithmetic of single operations (no fused multiply-add, no library
// functions except the square root, which IEEE 754 fixes to the bit), and sums go in a fixed order.
#pragma once
#include <cstddef>

namespace pochade::color {

// As in Python, plus sRGB bytes.
enum Space : int { srgb8 = 0, srgb = 1, linear = 2, lab = 3, oklab = 4 };

struct Tables {
  float linear_of_byte[256];
  // The light halfway between byte i and i + 1; the last is infinite.
  float threshold[256];
  // How many thresholds are at or below i / 4096. Neighbouring thresholds are more than 1 / 4096
  // apart, so one comparison settles the rest.
  unsigned char bytes_below[4097];
};

constexpr std::size_t BLOCK = 256;     // colours worked on at once, planar
constexpr std::size_t SSIM_ROWS = 64;  // result rows and columns (of components) of one SSIM tile
constexpr std::size_t SSIM_COLUMNS = 256;
constexpr std::size_t SSIM_RADIUS = 5;
constexpr std::size_t FILTER_ROWS = 128;
constexpr std::size_t FILTER_COLUMNS = 512;

// Rows of components: data + y * stride is row y.
struct Bytes {
  const unsigned char *data;
  std::size_t stride;
};

}  // namespace pochade::color

// source and target are Space; uint8 for srgb8, else float; n colours of three components.
// squared_error: at most 2^15 bytes at a time.
// ssim_tile: rows x columns windows whose top left component is at a.data and b.data; the window is
// 11 x 11 pixels of `channels` components; `scratch` holds ssim_scratch floats. Returns their sum.
// filter_tile: filters a tile of (rows + 2 radius) x (columns + 2 radius channels) floats;
// `scratch` holds (FILTER_ROWS + 2 radius) x FILTER_COLUMNS floats.
#define POCHADE_COLOR_KERNELS(isa)                                                                 \
  namespace pochade::isa {                                                                         \
  void convert_colors(const void *in, int source, void *out, int target, std::size_t n,            \
                      const color::Tables &tables);                                                \
  void ciede2000(const float *first, const float *second, float *out, std::size_t n);              \
  void euclidean(const float *first, const float *second, float *out, std::size_t n);              \
  unsigned squared_error(const unsigned char *a, const unsigned char *b, std::size_t n);           \
  double ssim_tile(color::Bytes a, color::Bytes b, std::size_t rows, std::size_t columns,          \
                   std::size_t channels, const float *taps, float *scratch);                       \
  void filter_tile(const float *in, std::size_t in_stride, float *out, std::size_t out_stride,     \
                   std::size_t rows, std::size_t columns, std::size_t channels, const float *taps, \
                   std::size_t radius, float *scratch);                                            \
  }

POCHADE_COLOR_KERNELS(baseline)
#if defined(POCHADE_HAS_v3) || defined(POCHADE_ISA_v3)
POCHADE_COLOR_KERNELS(v3)
#endif
#if defined(POCHADE_HAS_v4) || defined(POCHADE_ISA_v4)
POCHADE_COLOR_KERNELS(v4)
#endif

namespace pochade::color {
// Floats of scratch that one SSIM tile needs: four filtered maps, and four rows with a halo of at
// most 2 radius x 4 components and room to read whole vectors.
constexpr std::size_t ssim_scratch =
    4 * (SSIM_ROWS + 2 * SSIM_RADIUS) * SSIM_COLUMNS + 4 * (SSIM_COLUMNS + 64);
}  // namespace pochade::color
