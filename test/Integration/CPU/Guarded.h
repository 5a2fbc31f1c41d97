//===- Guarded.h - memory between pages that nobody may touch
//--------------------------------------------------------===//

#ifndef SST_TEST_INTEGRATION_GUARDED_H
#define SST_TEST_INTEGRATION_GUARDED_H

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace sst {

/// Memory that ends, or begins, at a page that nobody may touch.
class Guarded {
public:
  /// `alignment` is the strictest that the buffer may have, a power of two. Where it leaves a few bytes between the end
  /// and the page, it is known what they are.
  explicit Guarded(size_t bytes, bool atEnd = true, size_t alignment = 64) : size(bytes) {
    size_t page = 4096, inner = (bytes + page - 1) / page * page + page;
    mapped = inner + 2 * page;
    base =
        static_cast<unsigned char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base == MAP_FAILED)
      std::abort();
    mprotect(base, page, PROT_NONE);
    mprotect(base + page + inner, page, PROT_NONE);
    data = atEnd ? base + page + (inner - bytes) / alignment * alignment : base + page;
    std::memset(base + page, filler, inner);
    innerSize = inner;
  }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;
  ~Guarded() { munmap(base, mapped); }

  /// Whether nothing but the buffer itself has been written.
  bool intact() const {
    const unsigned char *begin = base + 4096, *end = begin + innerSize;
    auto isFiller = [](unsigned char c) { return c == filler; };
    return std::all_of(begin, const_cast<const unsigned char *>(data), isFiller) &&
           std::all_of(const_cast<const unsigned char *>(data) + size, end, isFiller);
  }
  template <typename T>
  T *as() const {
    return reinterpret_cast<T *>(data);
  }
  size_t bytes() const { return size; }

private:
  static constexpr unsigned char filler = 0xa5;
  size_t size, mapped, innerSize;
  unsigned char *base, *data;
};

} // namespace sst

#endif // SST_TEST_INTEGRATION_GUARDED_H
