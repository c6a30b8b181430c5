#include "region_buffer.hpp"

#include <mutex>

namespace pochade {
namespace {

constexpr std::size_t kKept = std::size_t(64) << 20;  // the most that stays with the process
constexpr std::size_t kPage = std::size_t(2) << 20;

std::mutex guard;
Workspace *kept = nullptr;

}  // namespace

Workspace::Workspace(std::size_t bytes) : bytes_((bytes + kPage - 1) / kPage * kPage) {
#if defined(__linux__)
  data_ = static_cast<char *>(std::aligned_alloc(kPage, bytes_));
  if (!data_) throw std::bad_alloc();
  madvise(data_, bytes_, MADV_HUGEPAGE);
#else
  data_ = static_cast<char *>(std::malloc(bytes_));
  if (!data_) throw std::bad_alloc();
#endif
}

Workspace::~Workspace() { std::free(data_); }

void *Workspace::take(std::size_t bytes) {
  // 192 more: arrays that are read together should not start at the same place in a page.
  bytes = (bytes + 63) / 64 * 64 + 192;
  if (bytes_ - used_ < bytes) return nullptr;
  void *found = data_ + used_;
  used_ += bytes;
  return found;
}

Workspace *Workspace::borrow(std::size_t bytes) {
  if (bytes > kKept) return nullptr;
  Workspace *found = nullptr;
  {
    std::lock_guard<std::mutex> lock(guard);
    std::swap(found, kept);
  }
  if (found && found->bytes() < bytes) {
    delete found;
    found = nullptr;
  }
  return found ? found : new Workspace(bytes);
}

void Workspace::give_back(Workspace *space) {
  if (!space) return;
  space->reset();
  {
    std::lock_guard<std::mutex> lock(guard);
    if (!kept || kept->bytes() < space->bytes()) std::swap(kept, space);
  }
  delete space;
}

}  // namespace pochade
