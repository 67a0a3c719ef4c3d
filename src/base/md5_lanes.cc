#include "base/md5_lanes.h"

#include <algorithm>
#include <cstring>

#include "base/cpu.h"

namespace pivot {
namespace {

constexpr std::size_t kBlock = 64;

/// What an idle lane reads again and again.
alignas(64) constexpr std::uint8_t kIdleBlock[kBlock] = {};

/// A message's way through a lane: its spans, then the padding.
struct Lane {
  Md5Source* source = nullptr;
  std::uint64_t total = 0;
  std::size_t blocks = 0;  ///< that the lane's data pointer still has ahead
  std::string_view rest;   ///< end of the current span behind its last whole block
  bool padded = false;
  std::uint8_t tail[2 * kBlock];

  /// Where the next blocks stand, or nullptr at the end of the message.
  const std::uint8_t* advance() {
    while (!padded) {
      std::uint8_t kept[kBlock];
      const std::size_t kept_size = rest.size();
      // next() may reuse the memory that `rest` points into.
      if (kept_size > 0) std::memcpy(kept, rest.data(), kept_size);
      const std::string_view span = kept_size > 0 ? std::string_view() : source->next();
      if (span.empty()) {
        padded = true;
        blocks = detail::md5_padding(tail, std::string_view(reinterpret_cast<const char*>(kept), kept_size), total);
        return tail;
      }
      total += span.size();
      blocks = span.size() / kBlock;
      rest = span.substr(blocks * kBlock);
      if (blocks > 0) return reinterpret_cast<const std::uint8_t*>(span.data());
    }
    return nullptr;
  }
};

/// Keeps the lanes full: 0..active-1 have messages, the others idle.
class LaneScheduler {
 public:
  explicit LaneScheduler(const std::function<Md5Source*()>& pull) : pull_(pull) {
    for (int lane = 0; lane < kMd5Lanes; ++lane) idle(lane);
  }

  void run() {
    while (active_ < kMd5Lanes && start(active_)) ++active_;
    while (active_ > 0) {
      std::size_t blocks = lanes_[0].blocks;
      for (int i = 1; i < active_; ++i) blocks = std::min(blocks, lanes_[i].blocks);
      step(blocks);
      for (int i = 0; i < active_;) {
        lanes_[i].blocks -= blocks;
        if (lanes_[i].blocks == 0 && !refill(i)) continue;  // the last lane came here: look at it
        ++i;
      }
    }
  }

 private:
  void idle(int lane) {
    state_.data[lane] = kIdleBlock;
    state_.step[lane] = 0;
  }

  /// One lane alone goes faster through the scalar code.
  void step(std::size_t blocks) {
    if (active_ > 1) {
      if (has_avx512_) detail::md5_lanes_avx512(state_, blocks);
      else detail::md5_lanes_avx2(state_, blocks, active_ > kMd5Lanes / 2);
      return;
    }
    Md5State words = words_of(0);
    md5_blocks(words, state_.data[0], blocks);
    for (std::size_t w = 0; w < 4; ++w) state_.word[w][0] = words[w];
    state_.data[0] += blocks * kBlock;
  }

  Md5State words_of(int lane) const {
    return {state_.word[0][lane], state_.word[1][lane], state_.word[2][lane], state_.word[3][lane]};
  }

  /// A new message for a lane; false when there is none.
  bool start(int i) {
    Md5Source* const source = exhausted_ ? nullptr : pull_();
    if (source == nullptr) {
      exhausted_ = true;
      return false;
    }
    Lane& lane = lanes_[i];
    lane.source = source;
    lane.total = 0;
    lane.rest = {};
    lane.padded = false;
    for (std::size_t w = 0; w < 4; ++w) state_.word[w][i] = kMd5Start[w];
    state_.data[i] = lane.advance();
    state_.step[i] = kBlock;
    return true;
  }

  /// The lane's span is used up. False when the lane went away (the last one took its place).
  bool refill(int i) {
    Lane& lane = lanes_[i];
    if (const std::uint8_t* data = lane.advance()) {
      state_.data[i] = data;
      return true;
    }
    lane.source->done(detail::md5_digest(words_of(i)));
    if (start(i)) return true;
    const int last = --active_;
    if (last != i) move(last, i);
    idle(last);
    return last == i;
  }

  void move(int from, int to) {
    // Inside the padding the data pointer points into the lane itself.
    const Lane& source = lanes_[from];
    const bool in_tail = source.padded;
    const std::ptrdiff_t offset = in_tail ? state_.data[from] - source.tail : 0;
    lanes_[to] = source;
    state_.data[to] = in_tail ? lanes_[to].tail + offset : state_.data[from];
    state_.step[to] = kBlock;
    for (auto& word : state_.word) word[to] = word[from];
  }

  const std::function<Md5Source*()>& pull_;
  detail::Md5LaneState state_{};
  Lane lanes_[kMd5Lanes];
  const bool has_avx512_ = cpu_has_avx512();
  int active_ = 0;
  bool exhausted_ = false;
};

void one_after_the_other(const std::function<Md5Source*()>& pull) {
  while (Md5Source* source = pull()) {
    Md5 stream;
    for (auto span = source->next(); !span.empty(); span = source->next()) stream.update(span);
    source->done(stream.finish());
  }
}

}  // namespace

void md5_many(const std::function<Md5Source*()>& pull) {
  if (cpu_has_avx2()) LaneScheduler(pull).run();
  else one_after_the_other(pull);
}

}  // namespace pivot
