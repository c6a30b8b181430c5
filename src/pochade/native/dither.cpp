// Bindings of the dithering kernels; pochade.dither checks every argument before it calls them.
#include "dither.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "parallel.hpp"

namespace nb = nanobind;
using namespace pochade::dither;
using pochade::F4;

namespace {

template <class T, int dims>
using In = nb::ndarray<const T, nb::ndim<dims>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Owns references to the tables and the palette; makes matchers for them.
class Plan {
 public:
  Plan(In<float, 1> source_work, In<std::uint16_t, 1> key_table, In<float, 1> cbrt_table,
       int cbrt_first, In<float, 2> to_lms, In<float, 2> to_lab, In<float, 2> palette_work,
       In<std::int16_t, 2> palette_keys, In<std::uint8_t, 1> alpha,
       In<std::uint8_t, 2> colors, In<float, 1> apart, float strength, bool edge_aware,
       float low, float high, float flat_low, float flat_high)
      : tables_{source_work, cbrt_table},
        key_table_(key_table),
        palette_work_(palette_work),
        palette_keys_(palette_keys),
        alpha_(alpha),
        colors_(colors),
        apart_(apart),
        strength(strength) {
    const bool lab = key_table.size() == 0;
    space.source_work = source_work.data();
    space.key_table = lab ? nullptr : key_table.data();
    space.cbrt_table = cbrt_table.data();
    space.cbrt_first = cbrt_first;
    space.cbrt_last = static_cast<std::int32_t>(cbrt_table.size()) - 1;
    space.steps = static_cast<float>(key_table.size()) - 1.f;
    space.lab_offset = F4{0.f, 0.5f, 0.5f, 0.f};
    for (int j = 0; j < 3; ++j) {
      space.to_lms[j] = F4{to_lms(0, j), to_lms(1, j), to_lms(2, j), 0.f};
      space.to_lab[j] = F4{to_lab(0, j), to_lab(1, j), to_lab(2, j), 0.f};
    }
    palette = {palette_work.data(), palette_keys.data(), alpha.size() ? alpha.data() : nullptr, colors.data(),
               apart.data(), static_cast<int>(palette_work.shape(0))};
    limits = {edge_aware, strength == 0.f, low, high, flat_low, flat_high};
  }
  Space space;
  PaletteView palette;
  Limits limits;

 private:
  In<float, 1> tables_[2];
  In<std::uint16_t, 1> key_table_;
  In<float, 2> palette_work_;
  In<std::int16_t, 2> palette_keys_;
  In<std::uint8_t, 1> alpha_;
  In<std::uint8_t, 2> colors_;
  In<float, 1> apart_;

 public:
  float strength;
};

Picture view(const In<std::uint8_t, 3> &pixels) {
  return {pixels.data(), static_cast<std::int64_t>(pixels.shape(0)),
          static_cast<std::int64_t>(pixels.shape(1)), static_cast<int>(pixels.shape(2))};
}

template <class Label>
void bind_mark_flat(In<std::uint8_t, 3> pixels, int min_run, int soft_step, Out<Label> flags) {
  nb::gil_scoped_release free;
  mark_flat(view(pixels), min_run, soft_step, flags.data());
}

template <class Label>
void bind_diffuse(In<std::uint8_t, 3> pixels, const Plan &plan, int kernel, bool serpentine,
                  Out<Label> labels) {
  nb::gil_scoped_release free;
  const Picture picture = view(pixels);
  Matcher matcher(plan.space, plan.palette, picture.channels);
  const Fade fade(plan.limits, plan.palette, picture.channels);
  diffuse(picture, matcher, fade, plan.strength, static_cast<Kernel>(kernel), serpentine, labels.data());
}

template <class Label>
void bind_order(In<std::uint8_t, 3> pixels, const Plan &plan, In<float, 2> thresholds, int threads,
                Out<Label> labels) {
  nb::gil_scoped_release free;
  const Picture picture = view(pixels);
  const std::size_t bands = threads < 1 ? 1 : static_cast<std::size_t>(threads);
  const Fade fade(plan.limits, plan.palette, picture.channels);
  // A pixel's label depends on nothing but the pixel and its place: bands may follow the threads.
  pochade::parallel_for(bands, threads, [&](std::size_t band) {
    Matcher matcher(plan.space, plan.palette, picture.channels);
    const auto at = [&](std::size_t b) {
      return picture.height * static_cast<std::int64_t>(b) / static_cast<std::int64_t>(bands);
    };
    order(picture, matcher, fade, plan.strength, thresholds.data(), static_cast<int>(thresholds.shape(0)),
          at(band), at(band + 1), labels.data());
  });
}

}  // namespace

void bind_dither(nb::module_ &m) {
  nb::class_<Plan>(m, "DitherPlan", "Colour tables and a palette, ready for the dithering kernels.")
      .def(nb::init<In<float, 1>, In<std::uint16_t, 1>, In<float, 1>, int, In<float, 2>,
                    In<float, 2>, In<float, 2>, In<std::int16_t, 2>, In<std::uint8_t, 1>,
                    In<std::uint8_t, 2>, In<float, 1>, float, bool,
                    float, float, float, float>());
  m.def("dither_mark_flat", &bind_mark_flat<std::uint8_t>);
  m.def("dither_mark_flat", &bind_mark_flat<std::uint16_t>);
  m.def("dither_diffuse", &bind_diffuse<std::uint8_t>);
  m.def("dither_diffuse", &bind_diffuse<std::uint16_t>);
  m.def("dither_order", &bind_order<std::uint8_t>);
  m.def("dither_order", &bind_order<std::uint16_t>);
}
