// Large arrays without initial values. Page faults were a quarter of the time of a region tree, so
// on Linux large ones are mapped with huge pages, and go back to the system when they are freed. Those
// of small pictures come from one workspace, of which the process keeps one.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace pochade {

// Memory that is given away bit by bit and taken back all at once.
class Workspace {
 public:
  explicit Workspace(std::size_t bytes);
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;
  ~Workspace();
  void *take(std::size_t bytes);  // null when there is no more
  void reset() { used_ = 0; }
  std::size_t bytes() const { return bytes_; }

  // One of so many bytes at least, the kept one if nobody else has it; null where it would be large.
  static Workspace *borrow(std::size_t bytes);
  static void give_back(Workspace *);

 private:
  char *data_;
  std::size_t bytes_, used_ = 0;
};

template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t n) { need(n); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() { drop(); }

  // Room for n values at least; what it held is lost when it has to grow. A first allocation of
  // kMapped bytes or more is all zeros.
  void need(std::size_t n, Workspace *space = nullptr) {
    if (n <= room_) return;
    drop();
    bytes_ = n * sizeof(T) + kSpare;
    if (space && (data_ = static_cast<T *>(space->take(bytes_)))) {
      lent_ = true;
      room_ = n;
      return;
    }
#if defined(__linux__)
    if (bytes_ >= kMapped) {
      void *found = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (found == MAP_FAILED) throw std::bad_alloc();
      madvise(found, bytes_, MADV_HUGEPAGE);
      data_ = static_cast<T *>(found);
      mapped_ = true;
      room_ = n;
      return;
    }
#endif
    data_ = static_cast<T *>(std::malloc(bytes_));
    if (!data_) throw std::bad_alloc();
    room_ = n;
  }

  void drop() {
#if defined(__linux__)
    if (mapped_) munmap(data_, bytes_);
#endif
    if (!mapped_ && !lent_) std::free(data_);
    data_ = nullptr;
    room_ = 0;
    mapped_ = lent_ = false;
  }

  void swap(Buffer &other) noexcept {
    std::swap(data_, other.data_);
    std::swap(room_, other.room_);
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_, other.mapped_);
    std::swap(lent_, other.lent_);
  }

  T *data() { return data_; }
  const T *data() const { return data_; }
  T &operator[](std::size_t i) { return data_[i]; }
  const T &operator[](std::size_t i) const { return data_[i]; }
  std::size_t room() const { return room_; }
  bool zeroed() const { return mapped_; }

 private:
  static constexpr std::size_t kMapped = std::size_t(8) << 20;
  static constexpr std::size_t kSpare = 128;  // whole vectors may be written past the end
  T *data_ = nullptr;
  std::size_t room_ = 0, bytes_ = 0;
  bool mapped_ = false, lent_ = false;
};

}  // namespace pochade
