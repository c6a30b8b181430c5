// The hot loop of the surface, compiled once per instruction set.
#pragma once
#include <cstddef>
#include <cstdint>

namespace pochade::noise {

struct NearRow {
  const std::uint8_t *row[4];     // channels of the pixels of one place of the window
  const std::uint8_t *center[4];  // channels of the pixels that they are compared with
  std::uint16_t *sum[4];          // grows by each near pixel's channels
  std::uint16_t *count;           // grows by one for each near pixel
  std::uint8_t *near;             // room for size bytes
  std::size_t size;
  int channels;
  std::uint8_t tolerance;
};

using AddNear = void (*)(const NearRow &);
AddNear add_near();  // of the instruction set in use

}  // namespace pochade::noise
