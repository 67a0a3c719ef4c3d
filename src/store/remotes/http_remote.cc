#include "store/remotes/http_remote.h"

#include "base/error.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr long kNotFound = 404, kGone = 410;

std::string option(const RemoteSettings& settings, std::string_view key) {
  const auto* value = settings.find(key);
  return value == nullptr ? "" : *value;
}

HttpOptions http_options(const RemoteSettings& settings) {
  HttpOptions out;
  if (settings.jobs > 0) out.parallel = settings.jobs;
  const auto verify = option(settings, "ssl_verify");
  if (lower(verify) == "false") out.verify_tls = false;
  else if (!verify.empty() && lower(verify) != "true") out.ca_file = verify;
  if (const auto seconds = option(settings, "connect_timeout"); !seconds.empty()) out.connect_timeout = std::atol(seconds.c_str());
  if (const auto seconds = option(settings, "read_timeout"); !seconds.empty()) out.stall_timeout = std::atol(seconds.c_str());
  const auto auth = lower(option(settings, "auth"));
  if (auth == "basic" || auth == "digest") {
    out.auth = auth;
    out.user = option(settings, "user");
    out.password = option(settings, "password");
    if (out.user.empty()) throw Error(cat("remote '", settings.name, "': `auth = ", auth, "` needs a `user`"), ErrorKind::config);
    if (out.password.empty())
      throw Error(cat("remote '", settings.name, "': `auth = ", auth, "` needs a `password`: set it with `remote modify --local ", settings.name,
                      " password ...`"),
                  ErrorKind::config);
  }
  return out;
}

}  // namespace

HttpRemote::HttpRemote(const RemoteSettings& settings) : WebRemote(http_options(settings)), url_(settings.url), method_(option(settings, "method")) {
  while (url_.ends_with('/')) url_.pop_back();
  method_ = method_.empty() ? "POST" : method_;
  for (auto& c : method_)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (lower(option(settings, "auth")) == "custom") {
    const auto header = option(settings, "custom_auth_header"), password = option(settings, "password");
    if (header.empty() || password.empty())
      throw Error(cat("remote '", settings.name, "': `auth = custom` needs `custom_auth_header` and `password`"), ErrorKind::config);
    headers_.push_back(cat(header, ": ", password));
  }
}

HttpRequest HttpRemote::request(std::string method, const std::string& path) {
  HttpRequest out;
  out.method = std::move(method);
  out.url = path.empty() ? url_ : cat(url_, "/", url_encode(path, true));
  out.headers = headers_;
  return out;
}

std::string HttpRemote::explain(const HttpAnswer& answer) const {
  if (answer.status == 401 || answer.status == 403)
    return cat(url_, ": the server refuses us (", std::to_string(answer.status), "): look at `auth`, `user` and `password` of the remote");
  return cat(url_, ": ", WebRemote::explain(answer));
}

std::optional<RemoteFile> HttpRemote::look(const std::string& path) {
  auto answer = engine_.one(request("HEAD", path));
  if (answer.status == kNotFound || answer.status == kGone) return std::nullopt;
  if (!answer.ok()) throw Error(explain(answer));
  RemoteFile out{path, -1, false, answer.header("etag"), ""};
  if (out.etag.empty()) out.etag = answer.header("content-md5");
  if (const auto size = answer.header("content-length"); !size.empty()) out.size = std::atoll(size.c_str());
  return out;
}

std::vector<ObjectTransfer> HttpRemote::list() { throw Error("the files of an HTTP server can't be listed"); }
std::vector<RemoteFile> HttpRemote::list_files(const std::string&) { throw Error("the files of an HTTP server can't be listed"); }
std::vector<RemoteFile> HttpRemote::list_folder(const std::string&) { throw Error("the files of an HTTP server can't be listed"); }

}  // namespace pivot::store
