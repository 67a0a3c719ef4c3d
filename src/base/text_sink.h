// Text that is made piece by piece and handed on in blocks: a page of megabytes never stands in memory as a whole.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace pivot {

class TextSink {
 public:
  /// `take` gets the blocks, in order.
  explicit TextSink(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
  /// Appends to a string that outlives it.
  explicit TextSink(std::string& out) : TextSink([&out](std::string_view block) { out += block; }) {}
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  void add(std::string_view text) {
    if (text.empty()) return;
    if (text.size() > kBlock) {
      flush();
      take_(text);
      return;
    }
    std::memcpy(room(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  /// Where the next `size` bytes may be written, kBlock at most; used() says how many were.
  char* room(std::size_t size) {
    if (used_ + size > kBlock) flush();
    return block_.get() + used_;
  }
  void used(std::size_t size) { used_ += size; }
  /// Hands on what is left. To be called at the end: the destructor, which must not throw, doesn't.
  void flush() {
    if (used_ == 0) return;
    take_({block_.get(), used_});
    used_ = 0;
  }

  static constexpr std::size_t kBlock = 128 << 10;

 private:
  std::function<void(std::string_view)> take_;
  std::unique_ptr<char[]> block_ = std::make_unique_for_overwrite<char[]>(kBlock);
  std::size_t used_ = 0;
};

}  // namespace pivot
