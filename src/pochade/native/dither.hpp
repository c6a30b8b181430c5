// What the dithering kernels share: the picture, the colour tables, the nearest-colour search.
//
// Colours are added up in a "work" space (float32, 0..1, linear light) and compared in a "key"
// space (14-bit integers: sRGB or OKLab), so ties and rounding are the same on every machine.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "float4.hpp"

#if defined(__SSE2__) || defined(_M_X64)
#define POCHADE_SSE2 1
#include <emmintrin.h>
#endif

namespace pochade::dither {

struct Key {
  std::int32_t x, y, z;
};

// Tables made by Python (pochade.dither.tables), which documents them; none is owned here.
struct Space {
  const float *source_work;        // 256: an sRGB byte as a work value
  const std::uint16_t *key_table;  // steps + 1: a work value as an sRGB key; null for OKLab
  const float *cbrt_table;         // cube roots, by the leading bits of a float; null for sRGB
  std::int32_t cbrt_first, cbrt_last;
  F4 to_lms[3], to_lab[3];  // columns
  F4 lab_offset;
  float steps;

  Key key_of_work(const F4 &c) const {
    if (key_table) {
      const I4 i = to_int(c * all(steps) + all(0.5f));
      return {key_table[i[0]], key_table[i[1]], key_table[i[2]]};
    }
    return lab_key(rough_roots(times(to_lms, c)));
  }

  // Exact for sRGB bytes, so that "no error" means plain nearest mapping to the bit; one step of
  // Newton's makes the roots exact to the last bits for OKLab.
  Key key_of_source(const std::uint8_t *p) const {
    if (key_table) return {p[0] * 64, p[1] * 64, p[2] * 64};
    const F4 lms = times(to_lms, work_of_source(p));
    const F4 y = rough_roots(lms);
    return lab_key(y - (y * y * y - lms) / (all(3.f) * y * y + all(1e-20f)));
  }

  F4 work_of_source(const std::uint8_t *p) const {
    return F4{source_work[p[0]], source_work[p[1]], source_work[p[2]], 0.f};
  }

 private:
  static constexpr int cbrt_shift = 14;  // float32 with nine leading bits of the fraction
  static F4 times(const F4 *m, const F4 &c) { return m[0] * all(c[0]) + m[1] * all(c[1]) + m[2] * all(c[2]); }
  F4 rough_roots(const F4 &lms) const {
    const I4 bits = bits_of(lms);
    return F4{root(bits[0]), root(bits[1]), root(bits[2]), 0.f};
  }
  float root(std::int32_t bits) const {
    const std::int32_t i = (bits >> cbrt_shift) - cbrt_first;
    return cbrt_table[i < 0 ? 0 : i > cbrt_last ? cbrt_last : i];
  }
  Key lab_key(const F4 &roots) const {
    const I4 key = to_int((times(to_lab, roots) + lab_offset) * all(16383.f) + all(0.5f));
    return {in_range(key[0]), in_range(key[1]), in_range(key[2])};
  }
  static std::int32_t in_range(std::int32_t v) { return v < 0 ? 0 : v > 16383 ? 16383 : v; }
};

// Exact nearest member by squared key distance (plus a fixed penalty per label), ties to the
// lowest label. The key cube is cut into cells; the members that can be nearest to anything in a
// cell are listed when the cell is first asked for, out of the list of the larger cell around it.
class CellIndex {
 public:
  // keys: k x 4 int16; penalties: k, or null; labels: the members, ascending.
  CellIndex(const std::int16_t *keys, const std::int32_t *penalties, std::vector<std::uint16_t> labels,
            int bits);

  int find(const Key &key) {
    const std::size_t cell = (static_cast<std::size_t>(key.x >> shift_) << (2 * bits_)) |
                             (static_cast<std::size_t>(key.y >> shift_) << bits_) |
                             static_cast<std::size_t>(key.z >> shift_);
    std::uint32_t at = start_[cell];
    if (!at) at = fill(cell);
    const std::uint16_t *m = lists_.data() + at;
    const std::uint16_t *end = m + 1 + *m;  // a list begins with its length, a multiple of four
    std::uint64_t best = ~std::uint64_t{0};
    for (++m; m != end; m += 4) {
      std::int32_t d[4];
      distances(key, m, d);
      for (int i = 0; i < 4; ++i) {
        const std::uint64_t ranked =
            (static_cast<std::uint64_t>(static_cast<std::uint32_t>(d[i])) << 16) | m[i];
        best = ranked < best ? ranked : best;
      }
    }
    return static_cast<int>(best & 0xffff);
  }

 private:
  void distances(const Key &key, const std::uint16_t *labels, std::int32_t *d) const {
#if defined(POCHADE_SSE2)
    const auto two = [this](std::uint16_t i, std::uint16_t j) {
      const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(keys_ + 4 * i));
      const __m128i high = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(keys_ + 4 * j));
      return _mm_unpacklo_epi64(low, high);
    };
    const __m128i at = _mm_set_epi32(key.z, key.x | key.y << 16, key.z, key.x | key.y << 16);
    __m128i a = _mm_sub_epi16(two(labels[0], labels[1]), at);
    __m128i b = _mm_sub_epi16(two(labels[2], labels[3]), at);
    a = _mm_madd_epi16(a, a);
    b = _mm_madd_epi16(b, b);
    const __m128i low = _mm_unpacklo_epi32(a, b), high = _mm_unpackhi_epi32(a, b);
    const __m128i xy = _mm_unpacklo_epi32(low, high), z = _mm_unpackhi_epi32(low, high);
    _mm_storeu_si128(reinterpret_cast<__m128i *>(d), _mm_add_epi32(xy, z));
#else
    for (int i = 0; i < 4; ++i) {
      const std::int16_t *q = keys_ + 4 * labels[i];
      const std::int32_t dx = key.x - q[0], dy = key.y - q[1], dz = key.z - q[2];
      d[i] = dx * dx + dy * dy + dz * dz;
    }
#endif
    if (penalties_)
      for (int i = 0; i < 4; ++i) d[i] += penalties_[labels[i]];
  }
  std::uint32_t fill(std::size_t cell);
  const std::vector<std::uint16_t> &parent_of(std::size_t cell);
  void filter(const std::vector<std::uint16_t> &from, std::size_t cell, int bits,
              std::vector<std::uint16_t> &to);
  const std::int16_t *keys_;
  const std::int32_t *penalties_;
  std::vector<std::uint16_t> labels_, kept_, lists_;
  std::vector<std::uint32_t> start_;
  std::vector<std::vector<std::uint16_t>> parents_;
  std::vector<float> nearest_;
  int bits_, shift_;
};

struct PaletteView {
  const float *work;          // k x 4
  const std::int16_t *keys;   // k x 4
  const std::uint8_t *alpha;  // k, or null: all opaque
  const std::uint8_t *colors;  // k x 3, sRGB
  const float *apart;          // k: squared distance in linear light to the third neighbour
  int k;
};

// Plain nearest entry of a source pixel, alpha included; and the search a dithered colour goes
// through, kept to the entries with about the alpha that plain mapping would give.
class Matcher {
 public:
  Matcher(const Space &space, const PaletteView &palette, int channels);
  int plain(const std::uint8_t *pixel);
  CellIndex *only() { return whole_.get(); }  // null where the palette has several alphas
  CellIndex &similar_alpha(int label) { return one_alpha_ ? *whole_ : group(palette_.alpha[label]); }
  const Space &space() const { return space_; }
  const PaletteView &palette() const { return palette_; }

 private:
  struct Penalised {
    std::vector<std::int32_t> penalties;
    std::unique_ptr<CellIndex> index;
  };
  CellIndex &group(int alpha);
  CellIndex &penalised(int alpha);
  Key toward_grey(const Key &key, int alpha) const;
  Space space_;
  PaletteView palette_;
  int channels_;
  bool one_alpha_;
  std::vector<std::int16_t> seen_keys_;  // k x 4: the entries' keys, drawn toward grey
  std::unique_ptr<CellIndex> whole_;
  std::unique_ptr<CellIndex> groups_[256];
  Penalised penalised_[256];
};

struct Picture {
  const std::uint8_t *pixels;
  std::int64_t height, width;
  int channels;
  const std::uint8_t *row(std::int64_t y) const { return pixels + y * width * channels; }
};

// Limits of the fade, squared distances in levels; see pochade.dither.reference.fade.
struct Limits {
  bool edge_aware, off;  // off: strength 0, plain mapping
  float low, high, flat_low, flat_high;
};

// How much of the dithering a pixel takes part in.
class Fade {
 public:
  Fade(const Limits &limits, const PaletteView &palette, int channels);

  // False: the pixel takes part in full, whatever its plain entry is, so nobody need find that.
  bool needs_plain(const std::uint8_t *pixel, bool flat) const {
    if (always_) return true;
    if (!limits_.edge_aware) return false;
    const std::uint32_t cell = static_cast<std::uint32_t>(pixel[0] >> 2) << 12 |
                               static_cast<std::uint32_t>(pixel[1] >> 2) << 6 | pixel[2] >> 2;
    return flat || (near_[cell >> 5] >> (cell & 31) & 1u);
  }

  float of(const std::uint8_t *pixel, int plain_label, bool flat) const {
    if (limits_.off || (channels_ == 4 && pixel[3] == 0)) return 0.f;
    if (!limits_.edge_aware) return 1.f;
    const int distance = levels_between(pixel, plain_label);
    if (distance == 0) return 0.f;
    const float low = flat ? limits_.flat_low : limits_.low;
    const float high = flat ? limits_.flat_high : limits_.high;
    const float d = static_cast<float>(distance);
    if (d >= high) return 1.f;
    if (d <= low) return 0.f;
    return (d - low) / (high - low);
  }

 private:
  int levels_between(const std::uint8_t *pixel, int label) const {
    const std::uint8_t *q = palette_.colors + 3 * label;
    const int x = pixel[0] - q[0], y = pixel[1] - q[1], z = pixel[2] - q[2];
    const int a = (channels_ == 4 ? pixel[3] : 255) - (palette_.alpha ? palette_.alpha[label] : 255);
    return x * x + y * y + z * z + a * a;
  }
  Limits limits_;
  PaletteView palette_;
  int channels_;
  bool always_;
  std::vector<std::uint32_t> near_;  // one bit per cell of 4 x 4 x 4 levels: an entry may be near
};

// One byte per pixel into flags: 1 where the pixel lies in a flat patch with hard edges.
template <class Label>
void mark_flat(const Picture &picture, int min_run, int soft_step, Label *flags);

enum class Kernel { floyd_steinberg, sierra_lite, atkinson };

template <class Label>
void diffuse(const Picture &picture, Matcher &matcher, const Fade &fade, float strength,
             Kernel kernel, bool serpentine, Label *labels);

template <class Label>
void order(const Picture &picture, Matcher &matcher, const Fade &fade, float strength,
           const float *thresholds, int side, std::int64_t first_row, std::int64_t last_row, Label *labels);

}  // namespace pochade::dither
