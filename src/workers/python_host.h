// A Python process that imports the user's pipeline, describes its stages and runs them. The protocol (frames of JSON over a socket pair,
// descriptors beside them) is written down in src/python/pivot/_protocol.py.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"

namespace pivot::workers {

inline constexpr int kProtocol = 1;

/// How to start a host.
struct HostStart {
  std::string interpreter;  ///< a path, or a name to be found on PATH
  std::string runtime;      ///< the folder that holds our Python package
  std::string module = "_host";  ///< of that package: whose main() takes the socket
  /// Of a host that runs one stage and forks nothing: variables that it has from its start. Other hosts tell libraries to start no threads.
  std::optional<std::vector<std::pair<std::string, std::string>>> environment;
};

class PythonHost {
 public:
  /// Throws Error when the interpreter can't be started.
  explicit PythonHost(const HostStart& start);
  /// A live Python process that started us and is the host itself, at the other end of an inherited socket.
  explicit PythonHost(int inherited_socket);
  /// Hangs up; a host that does not end by itself soon is killed.
  ~PythonHost();
  PythonHost(const PythonHost&) = delete;
  PythonHost& operator=(const PythonHost&) = delete;

  /// Sends a message; descriptors stay the caller's. Throws Error when the host is gone.
  void send(const Value& message, const std::vector<int>& descriptors = {});
  /// Waits for the next message; nullopt at the end of the host. Throws Error for what is no frame.
  std::optional<Value> receive();
  /// Reads what has arrived and hands on every whole message; false at the end of the host.
  bool pump(const std::function<void(const Value&)>& on_message);
  int fd() const { return socket_; }
  int pid() const { return pid_; }
  /// After its end: the exit code, or -N for signal N.
  int wait();
  /// Asks it to end when nothing runs any more.
  void close();

 private:
  bool fill();
  std::optional<Value> pop();
  int socket_ = -1;
  int pid_ = 0;
  bool closed_ = false;
  std::string buffer_;
};

/// The variables by which libraries are told to start no threads in a host, with the values that the user has for them (null: not set): the
/// `restore_environment` of an `open` request.
Value restored_environment();

/// Whether libraries (or the interpreter) read a variable once, as they are loaded: a stage that wants another value needs a process that
/// had it from its start.
bool is_read_at_load(std::string_view name);
/// How the names of these variables begin: the `read_at_load` of an `open` request.
Value read_at_load();

/// The field of a message's map, or null.
const Value& field(const Value& message, std::string_view name);
/// A string field, "" when it is absent or null.
std::string text_field(const Value& message, std::string_view name);

}  // namespace pivot::workers
