// Picks the clustering kernels of the chosen instruction set.
#include "cluster_kernels.hpp"

#include "cpu.hpp"

namespace pochade {

#define POCHADE_DECLARE(isa)                                                                  \
  namespace isa {                                                                             \
  void load_points(LoadTask &);                                                               \
  void prepare(const CloudView &, float *, float *, float *, double *, std::size_t,           \
               std::size_t);                                                                  \
  void assign(AssignTask &);                                                                  \
  void seed(SeedTask &);                                                                      \
  }
POCHADE_DECLARE(baseline)
#ifdef POCHADE_HAS_v3
POCHADE_DECLARE(v3)
#endif
#ifdef POCHADE_HAS_v4
POCHADE_DECLARE(v4)
#endif
#undef POCHADE_DECLARE

const ClusterKernels &cluster_kernels() {
  static const ClusterKernels plain{baseline::load_points, baseline::prepare, baseline::assign,
                                      baseline::seed};
  switch (chosen_isa()) {
#ifdef POCHADE_HAS_v4
    case Isa::v4: {
      static const ClusterKernels kernels{v4::load_points, v4::prepare, v4::assign,
                                          v4::seed};
      return kernels;
    }
#endif
#ifdef POCHADE_HAS_v3
    case Isa::v3: {
      static const ClusterKernels kernels{v3::load_points, v3::prepare, v3::assign,
                                          v3::seed};
      return kernels;
    }
#endif
    default: return plain;
  }
}

}  // namespace pochade
