// Fixed chunks, any number of threads: the chunk boundaries never depend on the thread count,
// so results merged in chunk order are the same bytes whoever computed them.
#pragma once
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace pochade {

// Calls body(chunk) once for every chunk in [0, chunks), on up to `threads` threads.
// body must not touch Python. The first exception is rethrown on the caller's thread.
template <class Body>
void parallel_for(std::size_t chunks, int threads, Body &&body) {
  std::size_t workers = threads < 1 ? 1 : static_cast<std::size_t>(threads);
  if (workers > chunks) workers = chunks;
  if (workers <= 1) {
    for (std::size_t i = 0; i < chunks; ++i) body(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;
  auto work = [&] {
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) body(i);
    } catch (...) {
      std::lock_guard<std::mutex> lock(guard);
      if (!failure) failure = std::current_exception();
      next.store(chunks);
    }
  };
  std::vector<std::thread> pool;
  pool.reserve(workers - 1);
  for (std::size_t t = 1; t < workers; ++t) pool.emplace_back(work);
  work();
  for (auto &thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pochade
