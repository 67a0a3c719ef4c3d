// An object that comes in parts: hashed as it comes, visible in the cache only when its hash is right.
#pragma once

#include <memory>
#include <string>

#include "base/hash.h"
#include "store/remotes/partial_file.h"
#include "store/remotes/remote.h"

namespace pivot::store {

class ObjectReceiver {
 public:
  ObjectReceiver(ObjectTransfer& item, Objects& cache) : item_(item), cache_(cache) { restart(); }
  /// Takes up what an interrupted run has left of it: how much that is. The rest must follow.
  std::int64_t resume();
  /// Drops what came so far.
  void restart();
  /// False when it can't be kept (a full disk): `problem` says why.
  bool take(std::string_view part);
  /// Puts it into the cache. False when the content has another hash (`problem`).
  bool finish();
  const std::string& problem() const { return problem_; }

 private:
  ObjectTransfer& item_;
  Objects& cache_;
  void open_file();
  std::unique_ptr<NewFile> file_;
  PartialFile* partial_ = nullptr;  ///< `file_`, when it outlives us
  std::unique_ptr<Md5> md5_;
  std::string head_;  ///< small content waits here: a file is made only when it is right
  std::int64_t size_ = 0;
  std::string problem_;
};

}  // namespace pivot::store
