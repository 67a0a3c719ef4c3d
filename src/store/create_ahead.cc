#include "store/create_ahead.h"

#include <algorithm>
#include <system_error>

namespace pivot::store {

CreateAhead::CreateAhead(std::size_t count, std::function<std::unique_ptr<NewFile>(std::size_t)> make)
    : count_(count), make_(std::move(make)) {
  try {
    maker_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {  // the machine gives us no thread: next() makes the files
  }
}

CreateAhead::~CreateAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (maker_.joinable()) maker_.join();
}

void CreateAhead::run() {
  for (std::size_t begin = 0; begin < count_; begin += kBatch) {
    auto& batch = batches_[begin / kBatch % kBatches];
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || !batch.full; });
      if (stop_) return;
    }
    fill(batch, begin, std::min(begin + kBatch, count_));
    {
      const std::lock_guard lock(mutex_);
      batch.full = true;
    }
    changed_.notify_all();
    if (batch.error) return;
  }
}

void CreateAhead::fill(Batch& batch, std::size_t begin, std::size_t end) {
  batch.files.clear();
  try {
    for (auto i = begin; i < end; ++i) batch.files.push_back(make_(i));
  } catch (...) {
    batch.error = std::current_exception();
  }
}

std::unique_ptr<NewFile> CreateAhead::next() {
  if (!maker_.joinable()) return make_(taken_++);
  auto& batch = batches_[taken_ / kBatch % kBatches];
  const auto index = taken_ % kBatch;
  if (index == 0) {
    std::unique_lock lock(mutex_);
    if (taken_ > 0) batches_[(taken_ / kBatch - 1) % kBatches].full = false;
    changed_.notify_all();
    changed_.wait(lock, [&] { return batch.full; });
  }
  if (index == batch.files.size()) std::rethrow_exception(batch.error);
  ++taken_;
  return std::move(batch.files[index]);
}

}  // namespace pivot::store
