#include "store/read_ahead.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "store/source_file.h"

namespace pivot::store {
namespace {

constexpr std::size_t kBatch = 64;  ///< files

/// Appends the content of a small file; false, and `bytes` as it was, when that can't be done.
bool append_file(const std::string& path, std::string& bytes) {
  const auto start = bytes.size();
  try {
    const SourceFile file(path);
    if (file.size() > kSmallFile) return false;
    const auto size = static_cast<std::size_t>(file.size());
    bytes.resize(start + size);
    if (::pread(file.fd(), bytes.data() + start, size, 0) == file.size()) return true;
  } catch (const DiskError&) {
  }
  bytes.resize(start);
  return false;
}

}  // namespace

ReadAhead::ReadAhead(std::size_t count, std::function<std::string(std::size_t)> path) : count_(count), path_(std::move(path)) {
  try {
    reader_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {  // the machine gives us no thread: nothing is read ahead
  }
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (reader_.joinable()) reader_.join();
}

void ReadAhead::run() {
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
  }
}

void ReadAhead::fill(Batch& batch, std::size_t begin, std::size_t end) {
  batch.bytes.clear();
  batch.ends.clear();
  for (auto i = begin; i < end; ++i) {
    if (append_file(path_(i), batch.bytes)) batch.ends.emplace_back(batch.bytes.size());
    else batch.ends.emplace_back(std::nullopt);
  }
}

std::optional<std::string_view> ReadAhead::next() {
  if (!reader_.joinable()) return std::nullopt;
  auto& batch = batches_[taken_ / kBatch % kBatches];
  const auto index = taken_ % kBatch;
  if (index == 0) {
    std::unique_lock lock(mutex_);
    if (taken_ > 0) batches_[(taken_ / kBatch - 1) % kBatches].full = false;
    changed_.notify_all();
    changed_.wait(lock, [&] { return batch.full; });
    offset_ = 0;
  }
  ++taken_;
  const auto end = batch.ends[index];
  if (!end) return std::nullopt;
  const auto content = std::string_view(batch.bytes).substr(offset_, *end - offset_);
  offset_ = *end;
  return content;
}

}  // namespace pivot::store
