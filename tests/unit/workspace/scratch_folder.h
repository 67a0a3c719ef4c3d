// A folder under /tmp that goes away with the test.
#pragma once

#include <cstdlib>
#include <string>

#include "base/disk.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::test {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = "/tmp/pivot-test-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() { real_disk().remove_tree(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return cat(path_, "/", name); }
  void write(std::string_view name, std::string_view text) const {
    const auto file = *this / name;
    real_disk().make_dirs(path::dirname(file));
    real_disk().write(file, text);
  }
  std::string read(std::string_view name) const { return real_disk().read(*this / name).value_or("(absent)"); }

 private:
  std::string path_;
};

/// Sets an environment variable and puts the old value back.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old, had_ = true;
    ::setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (had_) {
      ::setenv(name_, old_.c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

}  // namespace pivot::test
