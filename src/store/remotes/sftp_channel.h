// SFTP (version 3, draft-ietf-secsh-filexfer-02) over the `ssh` program: many requests in flight on one connection. The program brings
// what users have set up for it: ~/.ssh/config, jump hosts, agents, hardware keys, known hosts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pivot::store {

/// Whom to call, and how to prove who we are.
struct SshTarget {
  std::string host, user;
  int port = 0;                      ///< 0: as configured for ssh
  std::string keyfile;
  std::string password, passphrase;  ///< "": ssh asks, if there is a terminal
  int timeout = 0;                   ///< seconds for the connection, 0: as configured for ssh
  bool gss = false, agent = true;
};

enum class SftpRequest : std::uint8_t {
  open = 3, close = 4, read = 5, write = 6, stat_handle = 8, open_dir = 11, read_dir = 12, remove = 13, make_dir = 14, stat = 17, rename = 18, extended = 200
};

/// Writes the fields of a request.
class SftpFields {
 public:
  SftpFields& number(std::uint32_t value);
  SftpFields& number64(std::uint64_t value);
  SftpFields& text(std::string_view value);
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// What a server says of a file.
struct SftpAttributes {
  std::int64_t size = -1;
  std::uint32_t mode = 0;  ///< 0: not said
  std::int64_t mtime = -1; ///< seconds; -1: not said
  bool is_dir() const { return (mode & 0170000) == 0040000; }
};

/// Reads the fields of an answer. Throws Error where it ends too early.
class SftpAnswer {
 public:
  enum Type : std::uint8_t { version = 2, status = 101, handle = 102, data = 103, name = 104, attributes = 105 };
  enum Code : std::uint32_t { ok = 0, end_of_file = 1, no_such_file = 2, permission_denied = 3 };
  SftpAnswer(std::uint8_t type, std::string_view rest) : type_(type), rest_(rest) {}
  std::uint8_t type() const { return type_; }
  std::uint32_t number();
  std::uint64_t number64();
  std::string_view text();
  SftpAttributes attributes_of_file();
  /// A status that is no success, in words; "" for a success and for every other answer.
  std::string problem();
  /// The code of a status answer; `ok` for every other answer.
  std::uint32_t code() const;

 private:
  std::uint8_t type_;
  std::string_view rest_;
};

/// Not safe to call from several threads.
class SftpChannel {
 public:
  /// Starts ssh and shakes hands. Throws Error with what ssh said.
  explicit SftpChannel(const SshTarget& target);
  ~SftpChannel();
  SftpChannel(const SftpChannel&) = delete;
  SftpChannel& operator=(const SftpChannel&) = delete;

  using OnAnswer = std::function<void(SftpAnswer&)>;
  /// The answer comes while wait() runs. `fields` are those after the request's number.
  void send(SftpRequest type, const std::string& fields, OnAnswer on_answer);
  /// Until nothing is in flight any more. Throws Error when the connection ends.
  void wait();
  /// The server can replace a file by another in one step.
  bool can_replace() const { return can_replace_; }

 private:
  void start(const SshTarget& target);
  void shake_hands();
  void exchange();
  bool take_answer();
  void fail(const std::string& what);
  std::string ssh_words();

  int pid_ = 0, in_ = -1, out_ = -1, errors_ = -1;
  std::string host_, askpass_;
  std::string sending_, received_;
  std::size_t sent_ = 0, taken_ = 0;
  std::uint32_t next_id_ = 1;
  std::unordered_map<std::uint32_t, OnAnswer> waiting_;
  bool can_replace_ = false;
};

}  // namespace pivot::store
