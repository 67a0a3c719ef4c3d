// The two locks that real DVC takes: .dvc/tmp/lock (flock, the whole repository) and .dvc/tmp/rwlock (who reads and writes which path).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/disk.h"
#include "engine/seams.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

/// flock on a file; the holder's pid is written into it as zc.lockfile does (" 123\n").
class FileLock {
 public:
  explicit FileLock(std::string file) : file_(std::move(file)) {}
  ~FileLock() { release(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool try_acquire();
  void release();
  bool held() const { return held_; }

 private:
  std::string file_;
  int fd_ = -1;
  bool held_ = false;
};

class RepoLock : public engine::Locks {
 public:
  /// `command` names us in rwlock entries. `on_wait` is told once when another process makes us wait.
  RepoLock(Disk& disk, std::string root, LockWait wait, std::string command, std::function<void(const std::string&)> on_wait);
  ~RepoLock() override;
  void acquire() override;
  void release() override;
  void begin_stage(const model::Stage& stage) override;
  void end_stage(const model::Stage& stage) override;

 private:
  struct Claim {
    std::vector<std::string> reads, writes;  ///< absolute paths
  };
  bool update(const Claim* wanted, std::string& blocker);
  void wait_for(const std::function<bool()>& attempt, const std::function<std::string()>& failure, const std::string& what);
  Disk& disk_;
  std::string root_, tmp_;
  LockWait wait_;
  std::string command_;
  std::function<void(const std::string&)> on_wait_;
  FileLock repo_;
  std::map<const model::Stage*, Claim> claims_;
  bool stale_ = false;  ///< the file names a claim that we no longer have
};

}  // namespace pivot::workspace
