// Colour keys: one 32-bit number per pixel, laid out so that its parts are what counting needs.
//
//   bits 31..24  alpha (0 for RGB pictures)
//   bits 23..9   cell: r g b, the high 5 bits of each channel; 32,768 cells of 8 x 8 x 8 colours
//   bits  8..6   octant of the cell: bit 2 of r, g, b; so key >> 6 numbers cubes of 4 x 4 x 4
//   bits  5..0   place in that cube: the low 2 bits of r, g, b
//
// A cube of 64 neighbouring colours is thus one 64-byte line of 8-bit counters.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade {

constexpr std::uint32_t kCells = 32768;   // 5 bits a channel
constexpr std::uint32_t kCellSize = 512;  // colours of one cell
constexpr std::size_t kBlock = 1024;      // pixels per call of a key kernel: 4 KB, stays in L1

inline std::uint32_t key_of(std::uint32_t r, std::uint32_t g, std::uint32_t b, std::uint32_t a) {
  return (a << 24) | ((r & 0xf8) << 16) | ((g & 0xf8) << 11) | ((b & 0xf8) << 6) | ((r & 4) << 6) |
         ((g & 4) << 5) | ((b & 4) << 4) | ((r & 3) << 4) | ((g & 3) << 2) | (b & 3);
}

// The colour of a key as r | g << 8 | b << 16 | a << 24.
inline std::uint32_t color_of(std::uint32_t key) {
  const std::uint32_t r = ((key >> 16) & 0xf8) | ((key >> 6) & 4) | ((key >> 4) & 3);
  const std::uint32_t g = ((key >> 11) & 0xf8) | ((key >> 5) & 4) | ((key >> 2) & 3);
  const std::uint32_t b = ((key >> 6) & 0xf8) | ((key >> 4) & 4) | (key & 3);
  return r | (g << 8) | (b << 16) | (key & 0xff000000u);
}

struct KeyKernels {
  // keys[i] of n consecutive pixels; reads no byte after the last pixel.
  void (*rgb)(const std::uint8_t *pixels, std::size_t n, std::uint32_t *keys);
  void (*rgba)(const std::uint8_t *pixels, std::size_t n, std::uint32_t *keys);
  // cells[i] of n consecutive pixels: bits 23..9 of their keys, in a third of the work.
  void (*cells)(const std::uint8_t *pixels, std::size_t n, std::uint16_t *cells);
  // The places of the bytes that are not zero among 512, ascending; returns how many.
  // places must have room for 520: more may be written than are returned.
  std::size_t (*places)(const std::uint8_t *counters, std::uint16_t *places);
};

const KeyKernels &key_kernels();  // of the instruction set in use

namespace baseline { extern const KeyKernels count_kernels; }
namespace v3 { extern const KeyKernels count_kernels; }
namespace v4 { extern const KeyKernels count_kernels; }

}  // namespace pochade
