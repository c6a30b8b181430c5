// Which compiled instruction set this process uses.
#pragma once

namespace pochade {

enum class Isa { baseline, v3, v4 };

// Chosen once: the best that was compiled in and that the processor and the operating system
// support, or what POCHADE_ISA=baseline|v3|v4 asks for when that is supported.
Isa chosen_isa();
const char *isa_name(Isa isa);

}  // namespace pochade
