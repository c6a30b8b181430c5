#include "cpu.hpp"

#include <nanobind/nanobind.h>

#include <cstdlib>
#include <cstring>

#if defined(_MSC_VER) && defined(_M_X64)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace nb = nanobind;

namespace pochade {

static bool supports(Isa isa) {
  if (isa == Isa::baseline) return true;
#if defined(POCHADE_HAS_v3) && (defined(__GNUC__) || defined(__clang__))
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  if (isa == Isa::v3) return v3;
  return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
#elif defined(POCHADE_HAS_v3) && defined(_MSC_VER)
  int leaf1[4], leaf7[4];
  __cpuid(leaf1, 1);
  __cpuidex(leaf7, 7, 0);
  if (!(leaf1[2] & (1 << 27))) return false;  // OSXSAVE
  const unsigned long long state = _xgetbv(0);
  const bool v3 = (state & 6) == 6 && (leaf1[2] & (1 << 12)) && (leaf7[1] & (1 << 5)) &&
                  (leaf7[1] & (1 << 3)) && (leaf7[1] & (1 << 8));
  if (isa == Isa::v3) return v3;
  const int wanted = (1 << 16) | (1 << 17) | (1 << 28) | (1 << 30) | (1u << 31);
  return v3 && (state & 0xe6) == 0xe6 && (leaf7[1] & wanted) == wanted;
#else
  return false;
#endif
}

static Isa detect() {
  Isa best = supports(Isa::v4) ? Isa::v4 : supports(Isa::v3) ? Isa::v3 : Isa::baseline;
  if (const char *asked = std::getenv("POCHADE_ISA")) {
    for (Isa isa : {Isa::baseline, Isa::v3, Isa::v4})
      if (std::strcmp(asked, isa_name(isa)) == 0 && supports(isa)) return isa;
  }
  return best;
}

Isa chosen_isa() {
  static const Isa isa = detect();
  return isa;
}

const char *isa_name(Isa isa) {
  switch (isa) {
    case Isa::v4: return "v4";
    case Isa::v3: return "v3";
    default: return "baseline";
  }
}

}  // namespace pochade

void bind_cpu(nb::module_ &m) {
  m.def("isa", [] { return pochade::isa_name(pochade::chosen_isa()); },
        "The instruction set in use: 'baseline', 'v3' (AVX2) or 'v4' (AVX-512).");
}
