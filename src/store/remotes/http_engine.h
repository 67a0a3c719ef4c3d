// Many HTTP requests in flight over kept connections, with retries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pivot::store {

struct HttpAnswer;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value"
  /// What is sent: these bytes, or `size` bytes of a file from `offset` on.
  std::string body;
  std::string body_file;
  std::int64_t offset = 0, size = 0;
  /// Called with the parts of a good answer (status 200, 206) as they come; without one they are kept in HttpAnswer::body. False ends the
  /// transfer.
  std::function<bool(std::string_view)> sink;
  /// Called before the first try, and before a later one that doesn't go on where the broken one stopped: the sink starts anew.
  std::function<void()> restart;
  /// The sink has this much already, of an earlier run, of the content with this etag ("": whatever it is, it will be checked).
  std::int64_t have = 0;
  std::string have_etag;
  /// Signs (or changes) headers and URL just before a try; signatures grow old.
  std::function<void(HttpRequest&)> sign;
  /// Told of an answer that is no good: true when signing does better from now on; then it is tried again at once.
  std::function<bool(const HttpAnswer&)> mended;
};

struct HttpAnswer {
  long status = 0;     ///< 0: no answer
  std::string body;    ///< of errors, and where there is no sink
  std::string headers; ///< as received, lines
  std::string error;   ///< why there is no answer
  bool ok() const { return status >= 200 && status < 300; }
  /// A header's value; "" when absent. Names in lower case.
  std::string header(std::string_view name) const;
};

struct HttpOptions {
  int parallel = 16;
  bool verify_tls = true;
  std::string ca_file;
  long connect_timeout = 30;  ///< seconds
  long stall_timeout = 60;    ///< seconds without a byte
  std::string user, password; ///< for `auth`
  std::string auth;           ///< "", "basic", "digest"
  int tries = 5;
};

/// Not safe to call from several threads.
class HttpEngine {
 public:
  explicit HttpEngine(HttpOptions options);
  ~HttpEngine();

  /// Runs requests, as many at a time as the options say. `next` fills a request and returns false when there is none for now (it is
  /// asked again after every answer); `done` gets its answer
  /// and the number that it had (counted from 0). Answers 429, 500, 502, 503, 504 and broken connections are tried again with growing pauses.
  using Next = std::function<bool(HttpRequest&)>;
  using Done = std::function<void(std::size_t number, HttpRequest&, HttpAnswer&)>;
  void run(const Next& next, const Done& done);
  HttpAnswer one(HttpRequest request);

 private:
  struct Slot;
  struct State;
  std::unique_ptr<State> state_;
};

/// Percent-encodes all but A-Z a-z 0-9 - _ . ~ (and "/" when asked for).
std::string url_encode(std::string_view text, bool keep_slash);

}  // namespace pivot::store
