// Directory objects, parsed once a process.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/hashing.h"

namespace pivot::store {

class Trees {
 public:
  explicit Trees(Parts& parts) : parts_(parts) {}

  /// nullptr when the object is absent or damaged (then it is deleted). Throws Error for unsafe paths inside.
  std::shared_ptr<const Tree> load(const model::Hash& hash);
  void keep(const model::Hash& hash, std::shared_ptr<const Tree> tree);
  void clear();

 private:
  Parts& parts_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Tree>> trees_;
  std::size_t files_ = 0;
};

}  // namespace pivot::store
