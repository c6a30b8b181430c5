// What the dithering kernels share: the picture, the colour tables, the nearest-colour search.
//
// Colours are added up in a "work" space (float64, 0..1, linear light) and compared in a "key"
// space (14-bit integers: sRGB or OKLab), so ties and rounding are the same on every machine.
#pragma once
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace pochade::dither {

struct Color {
  double r, g, b;
};

struct Key {
  std::int32_t x, y, z;
};

// Tables made by Python (pochade.dither.tables), which documents them; none is owned here.
struct Space {
  const double *source_work;       // 256: an sRGB byte as a work value
  const std::uint16_t *key_table;  // steps + 1: a work value as an sRGB key; null for OKLab
  const double *cbrt_table;        // steps + 1: cube root of u * u; null for sRGB
  const double *to_lms;            // 3 x 3, row-major
  const double *to_lab;            // 3 x 3, row-major
  int steps;

  Key key_of_work(const Color &c) const {
    if (key_table) return {at(key_table, c.r), at(key_table, c.g), at(key_table, c.b)};
    const double l = at(cbrt_table, std::sqrt(row(to_lms, c)));
    const double m = at(cbrt_table, std::sqrt(row(to_lms + 3, c)));
    const double s = at(cbrt_table, std::sqrt(row(to_lms + 6, c)));
    const Color lms{l, m, s};
    return {scaled(row(to_lab, lms)), scaled(row(to_lab + 3, lms) + 0.5),
            scaled(row(to_lab + 6, lms) + 0.5)};
  }

  // Exact for sRGB bytes, so that "no error" means plain nearest mapping to the bit.
  Key key_of_source(const std::uint8_t *p) const {
    if (key_table) return {p[0] * 64, p[1] * 64, p[2] * 64};
    return key_of_work(work_of_source(p));
  }

  Color work_of_source(const std::uint8_t *p) const {
    return {source_work[p[0]], source_work[p[1]], source_work[p[2]]};
  }

 private:
  template <class T>
  T at(const T *table, double v) const {
    const int i = static_cast<int>(v * steps + 0.5);
    return table[i < 0 ? 0 : i > steps ? steps : i];
  }
  static double row(const double *m, const Color &c) { return m[0] * c.r + m[1] * c.g + m[2] * c.b; }
  static std::int32_t scaled(double v) {
    const int i = static_cast<int>(v * 16383.0 + 0.5);
    return i < 0 ? 0 : i > 16383 ? 16383 : i;
  }
};

struct Found {
  int label;
  std::int32_t distance;  // squared, in key units
};

// Exact nearest member by squared key distance (plus a fixed penalty per member), ties to the
// lowest label. The key cube is cut into cells; the members that can be nearest to anything in a
// cell are listed when the cell is first asked for.
class CellIndex {
 public:
  struct Member {
    std::int16_t x, y, z;
    std::uint16_t label;
    std::int32_t penalty;
  };
  CellIndex(std::vector<Member> members, int bits);
  Found find(const Key &key) {
    const std::uint32_t cell = (static_cast<std::uint32_t>(key.x >> shift_) << (2 * bits_)) |
                               (static_cast<std::uint32_t>(key.y >> shift_) << bits_) |
                               static_cast<std::uint32_t>(key.z >> shift_);
    std::uint32_t at = start_[cell];
    if (!at) at = fill(cell);
    const Member *m = lists_.data() + at;
    const Member *end = m + m->penalty + 1;  // the first entry of a list holds its length
    std::uint64_t best = ~std::uint64_t{0};
    for (++m; m != end; ++m) {
      const std::int32_t dx = key.x - m->x, dy = key.y - m->y, dz = key.z - m->z;
      const std::uint64_t d = (static_cast<std::uint64_t>(
                                   static_cast<std::uint32_t>(dx * dx + dy * dy + dz * dz + m->penalty))
                               << 16) | m->label;
      best = d < best ? d : best;
    }
    return {static_cast<int>(best & 0xffff), static_cast<std::int32_t>(best >> 16)};
  }

 private:
  std::uint32_t fill(std::uint32_t cell);
  std::vector<Member> members_;
  std::vector<Member> lists_;
  std::vector<std::uint32_t> start_;
  std::vector<float> nearest_, farthest_;
  int bits_, shift_;
};

struct PaletteView {
  const double *work;        // k x 3
  const std::int16_t *keys;  // k x 3
  const std::uint8_t *alpha;  // k, or null: all opaque
  int k;
  Color work_of(int label) const { return {work[3 * label], work[3 * label + 1], work[3 * label + 2]}; }
};

// Plain nearest entry of a source pixel, alpha included; and the search a dithered colour goes
// through, kept to the entries with the alpha that plain mapping would give.
class Matcher {
 public:
  Matcher(const Space &space, const PaletteView &palette, int channels);
  Found plain(const std::uint8_t *pixel);
  CellIndex &same_alpha(int label) {
    return one_alpha_ ? *whole_ : group(palette_.alpha[label]);
  }
  const Space &space() const { return space_; }
  const PaletteView &palette() const { return palette_; }

 private:
  CellIndex &group(int alpha);
  CellIndex &penalised(int alpha);
  Space space_;
  PaletteView palette_;
  int channels_;
  bool one_alpha_;
  std::unique_ptr<CellIndex> whole_;
  std::unique_ptr<CellIndex> groups_[256];
  std::unique_ptr<CellIndex> penalised_[256];
};

struct Picture {
  const std::uint8_t *pixels;
  std::int64_t height, width;
  int channels;
  const std::uint8_t *row(std::int64_t y) const { return pixels + y * width * channels; }
};

// How much of the dithering a pixel takes part in; see pochade.dither.reference.fade.
struct Fade {
  double strength;
  bool edge_aware;
  double low, high, flat_low, flat_high;  // squared key distances
  double of(std::int32_t distance, bool flat) const {
    if (!edge_aware) return 1.0;
    if (distance == 0) return 0.0;
    const double lo = flat ? flat_low : low, hi = flat ? flat_high : high;
    const double d = static_cast<double>(distance);
    if (d >= hi) return 1.0;
    if (d <= lo) return 0.0;
    return (d - lo) / (hi - lo);
  }
};

// One byte per pixel into flags: 1 where the pixel lies in a flat patch with hard edges.
template <class Label>
void mark_flat(const Picture &picture, int min_run, int soft_step, Label *flags);

enum class Kernel { floyd_steinberg, sierra_lite, atkinson };

template <class Label>
void diffuse(const Picture &picture, Matcher &matcher, const Fade &fade, Kernel kernel,
             bool serpentine, Label *labels);

template <class Label>
void order(const Picture &picture, Matcher &matcher, const Fade &fade, const double *thresholds,
           int side, std::int64_t first_row, std::int64_t last_row, Label *labels);

}  // namespace pochade::dither
