// One place of the surface's window against a row of pixels: whole numbers in plain loops, which the
// compiler turns into the lanes of each instruction set, so the results are the same everywhere.
#include "../noise_rows.hpp"

namespace pochade {
namespace POCHADE_ISA {

void add_near(const noise::NearRow &task) {
  using u8 = std::uint8_t;
  const std::size_t n = task.size;
  const u8 limit = task.tolerance;
  u8 *near = task.near;
  for (int c = 0; c < task.channels; ++c) {
    const u8 *a = task.row[c], *b = task.center[c];
    for (std::size_t x = 0; x < n; ++x) {
      const u8 gap = static_cast<u8>(a[x] > b[x] ? a[x] - b[x] : b[x] - a[x]);
      const u8 inside = gap <= limit ? 255 : 0;
      near[x] = c == 0 ? inside : static_cast<u8>(near[x] & inside);
    }
  }
  std::uint16_t *count = task.count;
  for (std::size_t x = 0; x < n; ++x) count[x] = static_cast<std::uint16_t>(count[x] + (near[x] & 1));
  for (int c = 0; c < task.channels; ++c) {
    const u8 *a = task.row[c];
    std::uint16_t *sum = task.sum[c];
    for (std::size_t x = 0; x < n; ++x)
      sum[x] = static_cast<std::uint16_t>(sum[x] + (a[x] & near[x]));
  }
}

}  // namespace POCHADE_ISA
}  // namespace pochade
