// Translucent colours (alpha 1 to 254): few in most pictures, so a hash table of whole keys.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pochade {

// Key -> number, open addressing, at most half full. Key 0 (alpha 0) never occurs: it marks empty.
class KeyTable {
 public:
  KeyTable() = default;
  std::size_t size() const { return size_; }
  // The number of a key, 0 when new; the reference lives until the next call.
  std::uint32_t &operator[](std::uint32_t key);
  // The number of a key, or `otherwise`.
  std::uint32_t find(std::uint32_t key, std::uint32_t otherwise) const {
    if (entries_.empty()) return otherwise;
    for (std::size_t i = home(key);; i = (i + 1) & mask_) {
      if (entries_[i].key == key) return entries_[i].value;
      if (!entries_[i].key) return otherwise;
    }
  }
  template <class Visit>
  void each(Visit &&visit) const {
    for (const Entry &entry : entries_)
      if (entry.key) visit(entry.key, entry.value);
  }

 private:
  struct Entry {
    std::uint32_t key = 0, value = 0;
  };
  // Fibonacci hashing: the high bits of the product depend on every bit of the key.
  std::size_t home(std::uint32_t key) const { return (key * 2654435769u) >> shift_; }
  void grow();

  std::vector<Entry> entries_;
  std::size_t size_ = 0, mask_ = 0;
  int shift_ = 32;
};

inline void KeyTable::grow() {
  std::vector<Entry> old(entries_.empty() ? 1024 : 2 * entries_.size());
  old.swap(entries_);
  mask_ = entries_.size() - 1;
  for (shift_ = 32; (entries_.size() >> (32 - shift_)) > 1;) --shift_;
  for (const Entry &entry : old) {
    if (!entry.key) continue;
    std::size_t i = home(entry.key);
    while (entries_[i].key) i = (i + 1) & mask_;
    entries_[i] = entry;
  }
}

inline std::uint32_t &KeyTable::operator[](std::uint32_t key) {
  if (2 * (size_ + 1) > entries_.size()) grow();
  for (std::size_t i = home(key);; i = (i + 1) & mask_) {
    if (entries_[i].key == key) return entries_[i].value;
    if (!entries_[i].key) {
      entries_[i].key = key;
      ++size_;
      return entries_[i].value;
    }
  }
}

}  // namespace pochade
