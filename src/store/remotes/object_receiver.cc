#include "store/remotes/object_receiver.h"

#include <unistd.h>

#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::size_t kKeptInMemory = 256 * 1024;

}  // namespace

std::int64_t ObjectReceiver::resume() {
  if (kind_of(item_.hash.name) != HashKind::md5) return 0;  // nothing would tell that two halves belong together
  const auto place = cache_.partial_path(item_.hash.value);
  if (::access(place.c_str(), F_OK) != 0) return 0;
  try {
    auto found = PartialFile::open(place);
    if (!found) return 0;
    found->hash_into(*md5_);
    size_ = found->size();
    partial_ = found.get();
    file_ = std::move(found);
    return size_;
  } catch (const Error&) {
    restart();
    return 0;
  }
}

void ObjectReceiver::restart() {
  if (partial_ != nullptr) partial_->drop();
  partial_ = nullptr;
  file_.reset();
  md5_ = std::make_unique<Md5>();
  head_.clear();
  size_ = 0;
  problem_.clear();
}

void ObjectReceiver::open_file() {
  if (kind_of(item_.hash.name) == HashKind::md5) {
    if (auto partial = PartialFile::open(cache_.partial_path(item_.hash.value))) {
      partial->clear();
      partial_ = partial.get();
      file_ = std::move(partial);
    }
  }
  if (!file_) file_ = cache_.stage();
  file_->write(head_);
}

bool ObjectReceiver::take(std::string_view part) {
  try {
    md5_->update(part);
    size_ += static_cast<std::int64_t>(part.size());
    if (!file_ && head_.size() + part.size() <= kKeptInMemory) {
      head_ += part;
      return true;
    }
    if (!file_) open_file();
    file_->write(part);
    return true;
  } catch (const Error& e) {
    problem_ = e.message();
    if (partial_ != nullptr) partial_->drop();  // a full disk needs the room
    return false;
  }
}

bool ObjectReceiver::finish() {
  const auto kind = kind_of(item_.hash.name);
  const auto actual = to_hex(md5_->finish());
  // The hash of DVC 2 isn't that of the bytes: there the cache checks when it is used.
  if (kind == HashKind::md5 && actual != std::string_view(item_.hash.value).substr(0, 32)) {
    problem_ = cat("the content that came has the hash ", actual);
    if (partial_ != nullptr) partial_->drop();
    return false;
  }
  try {
    const bool in_memory = !file_;
    if (in_memory) {
      file_ = cache_.stage();
      file_->write(head_);
    }
    cache_.adopt(std::move(file_), kind, item_.hash.value);
    if (in_memory && kind == HashKind::md5) cache_.tell(item_.hash.value, head_);
    item_.size = size_;
    return true;
  } catch (const Error& e) {
    problem_ = e.message();
    return false;
  }
}

}  // namespace pivot::store
