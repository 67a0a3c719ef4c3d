#include "engine/stage_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/disk.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::engine {

std::string file_name_of(std::string_view address) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : address) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '@' ||
                       (c == '.' && !out.empty());
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[u >> 4], kHex[u & 15]};
    }
  }
  return out;
}

std::string StageLog::file(const std::string& folder, const std::string& address) { return cat(folder, "/", file_name_of(address), ".log"); }

StageLog::StageLog(const std::string& folder, const std::string& address) : file_(file(folder, address)) {
  fd_ = ::open(file_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
  made_ = fd_ >= 0;
}

StageLog::~StageLog() {
  if (fd_ >= 0) ::close(fd_);
}

void StageLog::keep() {
  if (std::exchange(made_, true)) return;
  try {
    real_disk().make_dirs(path::dirname(file_));
  } catch (const DiskError&) {
    return;
  }
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
}

void StageLog::append(std::string_view text) {
  if (!text.empty()) keep();
  if (fd_ >= 0 && ::write(fd_, text.data(), text.size()) < 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

}  // namespace pivot::engine
