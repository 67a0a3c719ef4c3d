#include "store/remotes/object_receiver.h"

#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::size_t kKeptInMemory = 256 * 1024;

}  // namespace

void ObjectReceiver::restart() {
  file_.reset();
  md5_ = std::make_unique<Md5>();
  head_.clear();
  size_ = 0;
  problem_.clear();
}

bool ObjectReceiver::take(std::string_view part) {
  try {
    md5_->update(part);
    size_ += static_cast<std::int64_t>(part.size());
    if (!file_ && head_.size() + part.size() <= kKeptInMemory) {
      head_ += part;
      return true;
    }
    if (!file_) {
      file_ = cache_.stage();
      file_->write(head_);
    }
    file_->write(part);
    return true;
  } catch (const Error& e) {
    problem_ = e.message();
    return false;
  }
}

bool ObjectReceiver::finish() {
  const auto kind = kind_of(item_.hash.name);
  const auto actual = to_hex(md5_->finish());
  // The hash of DVC 2 isn't that of the bytes: there the cache checks when it is used.
  if (kind == HashKind::md5 && actual != std::string_view(item_.hash.value).substr(0, 32)) {
    problem_ = cat("the content that came has the hash ", actual);
    return false;
  }
  try {
    if (!file_) {
      file_ = cache_.stage();
      file_->write(head_);
    }
    cache_.adopt(std::move(file_), kind, item_.hash.value);
    item_.size = size_;
    return true;
  } catch (const Error& e) {
    problem_ = e.message();
    return false;
  }
}

}  // namespace pivot::store
