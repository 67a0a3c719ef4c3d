#include "store/remotes/sftp_transfers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>

#include "base/disk.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::size_t kFilesAtOnce = 64;
constexpr std::size_t kChunk = 32 * 1024;    ///< what every server takes
constexpr std::size_t kChunksAtOnce = 256;   ///< of all files: 8 MiB
constexpr std::uint32_t kRead = 1, kWrite = 2, kCreate = 8, kTruncate = 16, kNoAttributes = 0;

/// Keeps as many files open as allowed, and gives each its share of the window.
template <typename File>
class Crowd {
 public:
  Crowd(SftpChannel& channel, std::size_t count) : channel_(channel), count_(count) {}
  virtual ~Crowd() = default;
  void run() {
    fill();
    channel_.wait();
  }

 protected:
  virtual std::unique_ptr<File> begin(std::size_t number) = 0;
  void fill() {
    while (open_.size() < kFilesAtOnce && next_ < count_) {
      const auto number = next_++;
      if (auto file = begin(number)) open_.emplace(number, std::move(file));
    }
  }
  void end(std::size_t number) {
    open_.erase(number);
    fill();
  }
  /// A file may have this many chunks in flight.
  std::size_t share() const { return std::max<std::size_t>(kChunksAtOnce / std::max<std::size_t>(open_.size(), 1), 2); }

  SftpChannel& channel_;
  std::map<std::size_t, std::unique_ptr<File>> open_;

 private:
  std::size_t count_, next_ = 0;
};

struct Sent {
  std::size_t number;
  int fd = -1;
  std::string temporary, handle;
  std::uint64_t offset = 0;
  std::uint64_t there = 0, same = 0;  ///< of a partial file: its size, and how far it is known to be ours
  std::uint64_t compared = 0;         ///< asked for to compare
  std::size_t in_flight = 0;
  bool at_end = false;
  std::string problem;
  ~Sent() {
    if (fd >= 0) ::close(fd);
  }
};

class Uploads : public Crowd<Sent> {
 public:
  Uploads(SftpChannel& channel, std::vector<SftpUpload>& files, const std::function<void(std::size_t)>& done)
      : Crowd(channel, files.size()), files_(files), done_(done) {}

 private:
  std::unique_ptr<Sent> begin(std::size_t number) override {
    auto& file = files_[number];
    auto out = std::make_unique<Sent>();
    out->number = number;
    out->fd = ::open(file.local.c_str(), O_RDONLY | O_CLOEXEC);
    if (out->fd < 0) {
      file.error = cat("'", file.local, "': ", std::strerror(errno));
      return nullptr;
    }
    out->temporary = file.partial.empty() ? temporary_name(path::dirname(file.remote)) : file.partial;
    open(*out, file.partial.empty());
    return out;
  }

  void open(Sent& sent, bool anew) {
    channel_.send(SftpRequest::open, SftpFields().text(sent.temporary).number(anew ? kWrite | kCreate | kTruncate : kRead | kWrite | kCreate).number(kNoAttributes).take(),
                  [this, &sent, anew](SftpAnswer& answer) {
                    if (answer.type() != SftpAnswer::handle) {
                      files_[sent.number].error = cat("'", files_[sent.number].remote, "': ", answer.problem());
                      return end(sent.number);
                    }
                    sent.handle = answer.text();
                    if (anew) write(sent);
                    else find_rest(sent);
                  });
  }

  void find_rest(Sent& sent) {
    channel_.send(SftpRequest::stat_handle, SftpFields().text(sent.handle).take(), [this, &sent](SftpAnswer& answer) {
      const auto there = answer.type() == SftpAnswer::attributes ? answer.attributes_of_file().size : -1;
      struct stat here;
      if (there < 0 || ::fstat(sent.fd, &here) != 0 || there > here.st_size) {  // of something else
        channel_.send(SftpRequest::close, SftpFields().text(sent.handle).take(), [](SftpAnswer&) {});
        return open(sent, true);
      }
      sent.there = sent.same = static_cast<std::uint64_t>(there);
      compare(sent);
    });
  }

  /// The name promises the content, but servers may lose what they had not yet written: so all of it is looked at.
  void compare(Sent& sent) {
    while (sent.compared < sent.same && sent.in_flight < share()) {
      const auto offset = sent.compared;
      const auto size = std::min<std::uint64_t>(kChunk, sent.there - offset);
      sent.compared += size;
      ++sent.in_flight;
      channel_.send(SftpRequest::read, SftpFields().text(sent.handle).number64(offset).number(static_cast<std::uint32_t>(size)).take(),
                    [this, &sent, offset, size](SftpAnswer& answer) {
                      --sent.in_flight;
                      const auto part = answer.type() == SftpAnswer::data ? answer.text() : std::string_view{};
                      if (part.size() != size || !is_ours(sent, offset, part)) sent.same = std::min(sent.same, offset);
                      compare(sent);
                    });
    }
    if (sent.in_flight > 0) return;
    sent.offset = sent.same;
    write(sent);
  }

  static bool is_ours(const Sent& sent, std::uint64_t offset, std::string_view part) {
    char buffer[kChunk];
    return ::pread(sent.fd, buffer, part.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(part.size()) &&
           std::memcmp(buffer, part.data(), part.size()) == 0;
  }

  void write(Sent& sent) {
    char buffer[kChunk];
    while (!sent.at_end && sent.problem.empty() && sent.in_flight < share()) {
      const auto n = ::pread(sent.fd, buffer, kChunk, static_cast<off_t>(sent.offset));
      if (n < 0) sent.problem = std::strerror(errno);
      if (n <= 0) {
        sent.at_end = true;
        break;
      }
      const auto size = static_cast<std::size_t>(n);
      channel_.send(SftpRequest::write, SftpFields().text(sent.handle).number64(sent.offset).text({buffer, size}).take(), [this, &sent](SftpAnswer& answer) {
        --sent.in_flight;
        if (const auto problem = answer.problem(); !problem.empty() && sent.problem.empty()) sent.problem = problem;
        write(sent);
      });
      ++sent.in_flight;
      sent.offset += size;
    }
    if (sent.in_flight == 0) close(sent);
  }

  void close(Sent& sent) {
    channel_.send(SftpRequest::close, SftpFields().text(sent.handle).take(), [this, &sent](SftpAnswer& answer) {
      if (const auto problem = answer.problem(); !problem.empty() && sent.problem.empty()) sent.problem = problem;
      if (sent.problem.empty()) return rename(sent);
      files_[sent.number].error = cat("'", files_[sent.number].remote, "': ", sent.problem);
      channel_.send(SftpRequest::remove, SftpFields().text(sent.temporary).take(), [](SftpAnswer&) {});
      end(sent.number);
    });
  }

  void rename(Sent& sent) {
    const auto& target = files_[sent.number].remote;
    const bool shared = !files_[sent.number].partial.empty();
    SftpFields fields;
    if (channel_.can_replace()) fields.text("posix-rename@openssh.com");
    // A plain rename doesn't replace: what is there goes first, unless another may have put the same there.
    else if (!shared) channel_.send(SftpRequest::remove, SftpFields().text(target).take(), [](SftpAnswer&) {});
    fields.text(sent.temporary).text(target);
    channel_.send(channel_.can_replace() ? SftpRequest::extended : SftpRequest::rename, fields.take(), [this, &sent, shared](SftpAnswer& answer) {
      const auto problem = answer.problem();
      if (!problem.empty() && shared) return accept_others(sent, problem);
      conclude(sent, problem);
    });
  }

  /// Whoever wrote the same content at the same time has renamed it: then it is where it should be.
  void accept_others(Sent& sent, const std::string& problem) {
    channel_.send(SftpRequest::stat, SftpFields().text(files_[sent.number].remote).take(), [this, &sent, problem](SftpAnswer& answer) {
      const bool arrived = answer.type() == SftpAnswer::attributes && answer.attributes_of_file().size == static_cast<std::int64_t>(sent.offset);
      if (arrived) channel_.send(SftpRequest::remove, SftpFields().text(sent.temporary).take(), [](SftpAnswer&) {});
      conclude(sent, arrived ? "" : problem);
    });
  }

  void conclude(Sent& sent, const std::string& problem) {
    const auto number = sent.number;
    if (problem.empty()) done_(number);
    else files_[number].error = cat("'", files_[number].remote, "': ", problem);
    end(number);
  }

  std::vector<SftpUpload>& files_;
  const std::function<void(std::size_t)>& done_;
};

struct Received {
  std::size_t number;
  std::string handle;
  std::uint64_t asked = 0, taken = 0;
  std::int64_t size = -1;                         ///< as the server said
  std::map<std::uint64_t, std::string> early;     ///< parts that came before their turn
  std::size_t in_flight = 0;
  bool at_end = false;
};

class Downloads : public Crowd<Received> {
 public:
  Downloads(SftpChannel& channel, std::vector<SftpDownload>& files, const std::function<void(std::size_t)>& done)
      : Crowd(channel, files.size()), files_(files), done_(done) {}

 private:
  std::unique_ptr<Received> begin(std::size_t number) override {
    auto out = std::make_unique<Received>();
    out->number = number;
    auto& got = *out;
    const auto& path = files_[number].remote;
    // The size comes with the first answer but one: then it is known how much to ask for.
    channel_.send(SftpRequest::stat, SftpFields().text(path).take(), [&got](SftpAnswer& answer) {
      if (answer.type() == SftpAnswer::attributes) got.size = answer.attributes_of_file().size;
    });
    channel_.send(SftpRequest::open, SftpFields().text(path).number(kRead).number(kNoAttributes).take(), [this, &got](SftpAnswer& answer) {
      auto& file = files_[got.number];
      if (answer.type() != SftpAnswer::handle) {
        file.absent = answer.code() == SftpAnswer::no_such_file;
        file.error = cat("'", file.remote, "': ", answer.problem());
        return finish(got);
      }
      got.handle = answer.text();
      try {
        got.asked = got.taken = static_cast<std::uint64_t>(file.begin(got.size));
        got.at_end = is_last(got, got.taken);
      } catch (const Error& e) {
        file.error = e.message();
      }
      ask(got);
    });
    return out;
  }

  void ask(Received& got) {
    auto& file = files_[got.number];
    while (!got.at_end && file.error.empty() && got.in_flight < share()) {
      // Behind the known end one question at a time: it tells whether the file has grown.
      if (got.size >= 0 && got.asked >= static_cast<std::uint64_t>(got.size) && got.in_flight > 0) break;
      ask_at(got, got.asked, kChunk);
      got.asked += kChunk;
    }
    if (got.in_flight > 0) return;
    channel_.send(SftpRequest::close, SftpFields().text(got.handle).take(), [](SftpAnswer&) {});
    if (file.error.empty() && !got.early.empty()) file.error = cat("'", file.remote, "' became shorter while it was read");
    finish(got);
  }

  void ask_at(Received& got, std::uint64_t offset, std::size_t size) {
    ++got.in_flight;
    channel_.send(SftpRequest::read, SftpFields().text(got.handle).number64(offset).number(static_cast<std::uint32_t>(size)).take(),
                  [this, &got, offset, size](SftpAnswer& answer) {
                    --got.in_flight;
                    auto& file = files_[got.number];
                    if (answer.type() != SftpAnswer::data) {
                      if (answer.code() != SftpAnswer::end_of_file && file.error.empty()) file.error = cat("'", file.remote, "': ", answer.problem());
                      got.at_end = true;
                      return ask(got);
                    }
                    const auto part = answer.text();
                    if (part.size() < size && !part.empty() && !is_last(got, offset + part.size())) ask_at(got, offset + part.size(), size - part.size());
                    take(got, offset, part);
                    ask(got);
                  });
  }

  static bool is_last(const Received& got, std::uint64_t end) { return got.size >= 0 && end == static_cast<std::uint64_t>(got.size); }

  void take(Received& got, std::uint64_t offset, std::string_view part) {
    auto& file = files_[got.number];
    if (offset != got.taken) {
      got.early.emplace(offset, part);
      return;
    }
    const auto give = [&](std::string_view bytes) {
      if (file.error.empty() && !file.take(bytes)) file.error = cat("'", file.remote, "' can't be kept");
      got.taken += bytes.size();
    };
    give(part);
    for (auto it = got.early.begin(); it != got.early.end() && it->first == got.taken; it = got.early.erase(it)) give(it->second);
    if (got.size >= 0 && got.taken == static_cast<std::uint64_t>(got.size)) got.at_end = true;
  }

  void finish(Received& got) {
    const auto number = got.number;
    done_(number);
    end(number);
  }

  std::vector<SftpDownload>& files_;
  const std::function<void(std::size_t)>& done_;
};

}  // namespace

void sftp_upload(SftpChannel& channel, std::vector<SftpUpload>& files, const std::function<void(std::size_t)>& done) {
  Uploads(channel, files, done).run();
}

void sftp_download(SftpChannel& channel, std::vector<SftpDownload>& files, const std::function<void(std::size_t)>& done) {
  Downloads(channel, files, done).run();
}

}  // namespace pivot::store
