// The threads behind parallel_for: started when first needed, then kept, because a k-means step of a
// millisecond is over before a new thread has begun. A waiting thread looks for work for some
// microseconds before it goes to sleep, which bridges the gap between two steps.
#include "parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

namespace pochade {

namespace {

constexpr int kLooks = 4000;  // about 20 microseconds

long process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return static_cast<long>(getpid());
#endif
}

inline void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

struct Job {
  const std::function<void(std::size_t)> *body;
  std::size_t chunks;
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;

  void work() {
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) (*body)(i);
    } catch (...) {
      std::lock_guard<std::mutex> lock(guard);
      if (!failure) failure = std::current_exception();
      next.store(chunks);
    }
  }
};

// Helpers that share one job at a time. Never destroyed: its threads may be asleep when the process
// ends.
class Pool {
 public:
  // False when the pool is busy with another job (another caller's, or one around this); then
  // nothing was done.
  bool run(Job &job, std::size_t helpers) {
    if (busy_.exchange(true, std::memory_order_acquire)) return false;
    helpers = start(helpers);
    {
      std::lock_guard<std::mutex> lock(sleep_);
      job_ = &job;
      wanted_ = helpers;
      left_.store(helpers, std::memory_order_relaxed);
      turn_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    job.work();
    for (int i = 0; left_.load(std::memory_order_acquire) > 0; ++i) {
      if (i < kLooks) {
        pause_briefly();
        continue;
      }
      std::unique_lock<std::mutex> lock(sleep_);
      done_.wait(lock, [this] { return left_.load(std::memory_order_acquire) == 0; });
    }
    busy_.store(false, std::memory_order_release);
    return true;
  }

 private:
  // Starts threads up to that many; returns how many there are, where the system refuses more.
  std::size_t start(std::size_t helpers) {
    try {
      for (; started_ < helpers; ++started_)
        std::thread(&Pool::wait_for_work, this, started_, turn_.load()).detach();
    } catch (const std::system_error &) {
    }
    return std::min(helpers, started_);
  }

  void wait_for_work(std::size_t number, unsigned long seen) {
    for (;;) {
      for (int i = 0; i < kLooks && turn_.load(std::memory_order_acquire) == seen; ++i)
        pause_briefly();
      Job *job = nullptr;
      {
        std::unique_lock<std::mutex> lock(sleep_);
        wake_.wait(lock, [&] { return turn_.load(std::memory_order_acquire) != seen; });
        seen = turn_.load();
        if (number < wanted_) job = job_;
      }
      if (!job) continue;
      job->work();
      if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::lock_guard<std::mutex> lock(sleep_);
        done_.notify_one();
      }
    }
  }

  std::atomic<bool> busy_{false};
  std::mutex sleep_;
  std::condition_variable wake_, done_;
  std::atomic<unsigned long> turn_{0};
  std::atomic<std::size_t> left_{0};
  Job *job_ = nullptr;
  std::size_t wanted_ = 0, started_ = 0;
};

// The pool of this process: threads do not survive a fork, so a child begins with a new one.
Pool &pool() {
  static std::mutex guard;
  static Pool *current = nullptr;
  static long owner = 0;
  std::lock_guard<std::mutex> lock(guard);
  if (!current || owner != process_id()) {
    current = new Pool;
    owner = process_id();
  }
  return *current;
}

}  // namespace

void parallel_for(std::size_t chunks, int threads, const std::function<void(std::size_t)> &body) {
  std::size_t workers = threads < 1 ? 1 : static_cast<std::size_t>(threads);
  if (workers > chunks) workers = chunks;
  if (workers <= 1) {
    for (std::size_t i = 0; i < chunks; ++i) body(i);
    return;
  }
  Job job;
  job.body = &body;
  job.chunks = chunks;
  if (!pool().run(job, workers - 1)) job.work();
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace pochade
