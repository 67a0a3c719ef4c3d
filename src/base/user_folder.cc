#include "base/user_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/strings.h"

namespace pivot {

std::string user_cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return cat(cache, "/pivot");
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? cat(home, "/.cache/pivot") : std::string();
}

bool is_own_folder(const std::string& folder) {
  struct stat about{};
  return ::lstat(folder.c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == ::geteuid() && (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace pivot
