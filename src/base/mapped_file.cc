#include "base/mapped_file.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <mutex>

#include "base/disk.h"

namespace pivot {
namespace {

/// Where the thread's read_mapped waits, if it runs one.
thread_local sigjmp_buf* t_way_out = nullptr;

void on_bus_error(int) {
  // The signal is raised by our own load instruction, on this thread: nothing else is interrupted by the jump.
  if (t_way_out != nullptr) ::siglongjmp(*t_way_out, 1);
  ::signal(SIGBUS, SIG_DFL);  // somebody else's fault: it comes again and ends the process as usual
}

void install_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = on_bus_error;
    action.sa_flags = SA_NODEFER;  // the jump leaves the handler for good: the signal must not stay blocked
    ::sigaction(SIGBUS, &action, nullptr);
  });
}

}  // namespace

MappedRange::MappedRange(int fd, std::int64_t offset, std::size_t size, const std::string& shown) : size_(size) {
  data_ = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, offset);
  if (data_ == MAP_FAILED) throw_disk_error(errno, shown);
}

MappedRange::~MappedRange() { ::munmap(data_, size_); }

bool read_mapped(const std::function<void()>& body) {
  install_handler();
  sigjmp_buf way_out;
  if (sigsetjmp(way_out, 0) != 0) {
    t_way_out = nullptr;
    return false;
  }
  t_way_out = &way_out;
  body();
  t_way_out = nullptr;
  return true;
}

}  // namespace pivot
