// The one error type: what went wrong, where, and what to do next. Libraries throw it, `ui` renders it, `cli` turns its
// kind into an exit code.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace pivot {

/// What kind of failure it is; `cli` maps it to DVC's exit codes (given behind each).
enum class ErrorKind : std::uint8_t {
  failure,      ///< anything that ends a command: 255
  refusal,      ///< a failure that DVC's commands catch themselves (add, commit, ...): 1
  usage,        ///< a wrong command line: 254
  config,       ///< a bad configuration file or value: 251
  no_repo,      ///< not inside a repository: 253
  interrupted,  ///< SIGINT: 252
  validation,   ///< a schema or syntax error of dvc.yaml, dvc.lock or *.dvc, printed without "ERROR: ": 255
  unexpected,   ///< an error that DVC reports as "unexpected error - ...": 255
};

/// A place in a text file; line and column count from 1, 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One failure. `what()` is the message alone, as DVC would print it behind "ERROR: ".
class Error : public std::exception {
 public:
  explicit Error(std::string message, ErrorKind kind = ErrorKind::failure)
      : kind_(kind), message_(std::move(message)) {}
  Error& with_hint(std::string hint) {
    hint_ = std::move(hint);
    return *this;
  }
  Error& with_place(Place place) {
    place_ = std::move(place);
    return *this;
  }
  /// Puts a context in front: "context: message".
  Error& in_context(const std::string& context) {
    message_ = context + ": " + message_;
    return *this;
  }
  Error& with_kind(ErrorKind kind) {
    kind_ = kind;
    return *this;
  }
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::optional<Place>& place() const { return place_; }
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::optional<Place> place_;
};

}  // namespace pivot
