// Error diffusion: Floyd and Steinberg 1976, Sierra's filter lite, Atkinson's filter.
#include "dither.hpp"

namespace pochade::dither {
namespace {

// Rows of errors, four floats per pixel, two pixels of margin on both sides.
class ErrorRows {
 public:
  explicit ErrorRows(std::int64_t width)
      : stride_(static_cast<std::size_t>(width + 4) * 4), data_(3 * stride_, 0.f) {}
  float *row(int ahead) { return data_.data() + ((first_ + ahead) % 3) * stride_ + 8; }
  void next_row() {
    float *spent = row(0) - 8;
    for (std::size_t i = 0; i < stride_; ++i) spent[i] = 0.f;
    first_ = (first_ + 1) % 3;
  }

 private:
  std::size_t stride_;
  std::vector<float> data_;
  int first_ = 0;
};

inline void add(float *to, const F4 &e, float weight) { store4(to, load4(to) + e * all(weight)); }

template <Kernel kernel>
inline void spread(float *here, float *below, float *below2, std::int64_t forward, const F4 &e) {
  if constexpr (kernel == Kernel::floyd_steinberg) {
    add(here + forward, e, 7.f / 16.f);
    add(below - forward, e, 3.f / 16.f);
    add(below, e, 5.f / 16.f);
    add(below + forward, e, 1.f / 16.f);
  } else if constexpr (kernel == Kernel::sierra_lite) {
    add(here + forward, e, 0.5f);
    add(below - forward, e, 0.25f);
    add(below, e, 0.25f);
  } else {
    add(here + forward, e, 0.125f);
    add(here + 2 * forward, e, 0.125f);
    add(below - forward, e, 0.125f);
    add(below, e, 0.125f);
    add(below + forward, e, 0.125f);
    add(below2, e, 0.125f);
  }
}

// Error may carry a colour half the gamut out of it; the rest is dropped, so nothing runs away.
inline F4 held(const F4 &v) { return clamp(v, -0.5f, 1.5f); }

inline float square(const F4 &e) { return e[0] * e[0] + e[1] * e[1] + e[2] * e[2]; }

// Entries that would stand out as single dots; reference.is_speck says why they are refused.
struct Specks {
  explicit Specks(const PaletteView &palette) : apart(palette.apart), least(palette.apart[0]) {
    for (int i = 1; i < palette.k; ++i) least = apart[i] < least ? apart[i] : least;
  }
  bool is(float off, int plain, float plain_off) const {
    return off > apart[plain] && off > 36.f * plain_off;
  }
  const float *apart;
  float least;  // nothing nearer than this is one, so nobody need find the plain entry
};

template <Kernel kernel, class Label>
void run(const Picture &p, Matcher &matcher, const Fade &fade, float strength, bool serpentine,
         Label *labels) {
  const Space &space = matcher.space();
  const PaletteView palette = matcher.palette();
  ErrorRows errors(p.width);
  const Specks specks(palette);
  for (std::int64_t y = 0; y < p.height; ++y) {
    const bool back = serpentine && (y & 1);
    const std::int64_t step = back ? -1 : 1;
    const std::uint8_t *row = p.row(y);
    float *here = errors.row(0), *below = errors.row(1), *below2 = errors.row(2);
    for (std::int64_t i = 0, x = back ? p.width - 1 : 0; i < p.width; ++i, x += step) {
      const std::uint8_t *pixel = row + x * p.channels;
      Label &label = labels[y * p.width + x];
      const F4 source = space.work_of_source(pixel);
      F4 wanted = source;
      CellIndex *index = matcher.only();
      float out = strength;
      if (fade.needs_plain(pixel, label != 0)) {
        const int plain = matcher.plain(pixel);
        const float part = fade.of(pixel, plain, label != 0);
        label = static_cast<Label>(plain);
        if (part == 0.f) continue;
        index = &matcher.similar_alpha(plain);
        out = part * strength;
        if (p.channels == 4) out *= static_cast<float>(pixel[3]) / 255.f;
        wanted = held(wanted + all(part) * load4(here + 4 * x));
      } else {
        wanted = held(wanted + load4(here + 4 * x));
      }
      int found = index->find(space.key_of_work(clamp01(wanted)));
      const float off = square(source - load4(palette.work + 4 * found));
      if (off > specks.least) {
        const int plain = matcher.plain(pixel);
        if (specks.is(off, plain, square(source - load4(palette.work + 4 * plain)))) {
          found = plain;
          wanted = (wanted + source) * all(0.5f);
        }
      }
      label = static_cast<Label>(found);
      const F4 e = (wanted - load4(palette.work + 4 * found)) * all(out);
      spread<kernel>(here + 4 * x, below + 4 * x, below2 + 4 * x, 4 * step, e);
    }
    errors.next_row();
  }
}

}  // namespace

template <class Label>
void diffuse(const Picture &p, Matcher &matcher, const Fade &fade, float strength, Kernel kernel,
             bool serpentine, Label *labels) {
  switch (kernel) {
    case Kernel::floyd_steinberg:
      return run<Kernel::floyd_steinberg>(p, matcher, fade, strength, serpentine, labels);
    case Kernel::sierra_lite:
      return run<Kernel::sierra_lite>(p, matcher, fade, strength, serpentine, labels);
    case Kernel::atkinson:
      return run<Kernel::atkinson>(p, matcher, fade, strength, serpentine, labels);
  }
}

template void diffuse(const Picture &, Matcher &, const Fade &, float, Kernel, bool, std::uint8_t *);
template void diffuse(const Picture &, Matcher &, const Fade &, float, Kernel, bool, std::uint16_t *);

}  // namespace pochade::dither
