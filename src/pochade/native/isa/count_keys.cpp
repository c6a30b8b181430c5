// Pixels to colour keys (see count_keys.hpp), once per instruction set. With AVX2 this costs
// 0.3 ns a pixel against 1.1 ns for the same shifts one pixel at a time, which would be half the
// time of counting. (pext would need two slow-to-issue instructions a pixel: 0.7 ns.)
#include "../count_keys.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace pochade {
namespace POCHADE_ISA {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// A copy of key_of: this file may not share inline functions with other files (the linker could
// keep the copy of a newer instruction set for everybody).
u32 key(u32 r, u32 g, u32 b) {
  return ((r & 0xf8) << 16) | ((g & 0xf8) << 11) | ((b & 0xf8) << 6) | ((r & 4) << 6) |
         ((g & 4) << 5) | ((b & 4) << 4) | ((r & 3) << 4) | ((g & 3) << 2) | (b & 3);
}

void rgb_one_by_one(const u8 *p, std::size_t n, u32 *keys) {
  for (std::size_t i = 0; i < n; ++i) keys[i] = key(p[3 * i], p[3 * i + 1], p[3 * i + 2]);
}

void rgba_one_by_one(const u8 *p, std::size_t n, u32 *keys) {
  for (std::size_t i = 0; i < n; ++i)
    keys[i] = (static_cast<u32>(p[4 * i + 3]) << 24) | key(p[4 * i], p[4 * i + 1], p[4 * i + 2]);
}

void cells_one_by_one(const u8 *p, std::size_t n, std::uint16_t *cells) {
  for (std::size_t i = 0; i < n; ++i)
    cells[i] = static_cast<std::uint16_t>(((p[3 * i] & 0xf8u) << 7) | ((p[3 * i + 1] & 0xf8u) << 2) |
                                          (p[3 * i + 2] >> 3));
}

#if defined(__AVX2__)

// Eight pixels as r | g << 8 | b << 16 to eight keys.
inline __m256i keys8(__m256i v) {
  const auto part = [v](int mask) { return _mm256_and_si256(v, _mm256_set1_epi32(mask)); };
  const __m256i cell = _mm256_or_si256(
      _mm256_or_si256(_mm256_slli_epi32(part(0xf8), 16), _mm256_slli_epi32(part(0xf800), 3)),
      _mm256_srli_epi32(part(0xf80000), 10));
  const __m256i octant = _mm256_or_si256(
      _mm256_or_si256(_mm256_slli_epi32(part(4), 6), _mm256_srli_epi32(part(0x400), 3)),
      _mm256_srli_epi32(part(0x40000), 12));
  const __m256i place = _mm256_or_si256(
      _mm256_or_si256(_mm256_slli_epi32(part(3), 4), _mm256_srli_epi32(part(0x300), 6)),
      _mm256_srli_epi32(part(0x30000), 16));
  return _mm256_or_si256(_mm256_or_si256(cell, octant), place);
}

void rgb(const u8 *p, std::size_t n, u32 *keys) {
  const __m256i spread = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,  //
                                          0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  std::size_t i = 0;
  for (; i + 10 <= n; i += 8) {  // the second load reads 4 bytes past the eighth pixel
    const u8 *q = p + 3 * i;
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i *>(q));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i *>(q + 12));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(keys + i),
                        keys8(_mm256_shuffle_epi8(both, spread)));
  }
  rgb_one_by_one(p + 3 * i, n - i, keys + i);
}

// Eight pixels of 24 bits to eight cells of 15 bits in the low halves of 32.
inline __m256i cells8(const u8 *q, __m256i spread) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i *>(q));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i *>(q + 12));
  const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
  const __m256i v = _mm256_shuffle_epi8(both, spread);  // b | g << 8 | r << 16
  return _mm256_or_si256(
      _mm256_or_si256(_mm256_srli_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xf80000)), 9),
                      _mm256_srli_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xf800)), 6)),
      _mm256_srli_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xf8)), 3));
}

void cells(const u8 *p, std::size_t n, std::uint16_t *out) {
  const __m256i spread = _mm256_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1,  //
                                          2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
  std::size_t i = 0;
  for (; i + 18 <= n; i += 16) {  // the last load reads 4 bytes past the sixteenth pixel
    const __m256i packed =
        _mm256_packus_epi32(cells8(p + 3 * i, spread), cells8(p + 3 * i + 24, spread));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(out + i),
                        _mm256_permute4x64_epi64(packed, 0xd8));
  }
  cells_one_by_one(p + 3 * i, n - i, out + i);
}

void rgba(const u8 *p, std::size_t n, u32 *keys) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p + 4 * i));
    const __m256i alpha = _mm256_and_si256(v, _mm256_set1_epi32(static_cast<int>(0xff000000u)));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(keys + i), _mm256_or_si256(alpha, keys8(v)));
  }
  rgba_one_by_one(p + 4 * i, n - i, keys + i);
}

// Most lines have none to four bytes set. Four places are always written, and kept as the count
// of set bits says, because a branch on that count would be mispredicted for most lines.
std::size_t places(const u8 *counters, std::uint16_t *out) {
  const __m256i zero = _mm256_setzero_si256();
  std::size_t n = 0;
  for (u32 i = 0; i < 8; ++i) {
    const __m256i *line = reinterpret_cast<const __m256i *>(counters + 64 * i);
    const u32 low = ~static_cast<u32>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(line), zero)));
    const u32 high = ~static_cast<u32>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(line + 1), zero)));
    u64 bits = (static_cast<u64>(high) << 32) | low;
    const auto set = static_cast<std::size_t>(_mm_popcnt_u64(bits));
    for (std::size_t j = 0; j < 4; ++j, bits = _blsr_u64(bits))
      out[n + j] = static_cast<std::uint16_t>(64 * i + _tzcnt_u64(bits));
    for (std::size_t j = 4; j < set; ++j, bits = _blsr_u64(bits))
      out[n + j] = static_cast<std::uint16_t>(64 * i + _tzcnt_u64(bits));
    n += set;
  }
  return n;
}

#else

void rgb(const u8 *p, std::size_t n, u32 *keys) { rgb_one_by_one(p, n, keys); }

void rgba(const u8 *p, std::size_t n, u32 *keys) { rgba_one_by_one(p, n, keys); }

void cells(const u8 *p, std::size_t n, std::uint16_t *out) { cells_one_by_one(p, n, out); }

std::size_t places(const u8 *counters, std::uint16_t *out) {
  std::size_t n = 0;
  for (u32 i = 0; i < 512; i += 8) {  // eight counters at a time; most are all zero
    u64 any = 0;
    for (u32 k = 0; k < 8; ++k) any |= static_cast<u64>(counters[i + k]) << (8 * k);
    if (!any) continue;
    for (u32 k = 0; k < 8; ++k) {
      out[n] = static_cast<std::uint16_t>(i + k);
      n += counters[i + k] != 0;
    }
  }
  return n;
}

#endif

}  // namespace

extern const KeyKernels count_kernels;
const KeyKernels count_kernels = {rgb, rgba, cells, places};

}  // namespace POCHADE_ISA
}  // namespace pochade
