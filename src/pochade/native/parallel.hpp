// Fixed chunks, any number of threads: the chunk boundaries never depend on the thread count,
// so results merged in chunk order are the same bytes whoever computed them.
#pragma once
#include <cstddef>
#include <functional>

namespace pochade {

// Calls body(chunk) once for every chunk in [0, chunks), on up to `threads` threads, the caller's
// being one of them. body must not touch Python. The first exception is rethrown on the caller's
// thread; chunks not begun by then are left out.
void parallel_for(std::size_t chunks, int threads, const std::function<void(std::size_t)> &body);

}  // namespace pochade
