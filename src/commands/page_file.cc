#include "commands/page_file.h"

#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace pivot::commands {

std::string file_uri(const std::string& file) {
  std::string out = "file://";
  for (char c : file) {
    const bool plain = std::string_view("/-._~!$&'()*+,;=:@").find(c) != std::string_view::npos || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

bool open_in_browser(Reporter& out, const std::string& uri) {
  pid_t pid = 0;
  int status = 0;
  const char* argv[] = {"xdg-open", uri.c_str(), nullptr};
  const bool done = posix_spawnp(&pid, "xdg-open", nullptr, nullptr, const_cast<char**>(argv), environ) == 0 && waitpid(pid, &status, 0) == pid &&
                    WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!done) out.plain_error("Failed to open. Please try opening it manually.");
  return done;
}

}  // namespace pivot::commands
