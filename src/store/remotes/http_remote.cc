#include "store/remotes/http_remote.h"

#include "base/error.h"
#include "base/strings.h"
#include "store/remotes/ask_password.h"

namespace pivot::store {
namespace {

constexpr long kNotFound = 404, kGone = 410;

bool asks_for_password(const RemoteSettings& settings) { return settings.get("password").empty() && lower(settings.get("ask_password")) == "true"; }

std::string password_of(const RemoteSettings& settings) {
  if (!asks_for_password(settings)) return settings.get("password");
  return ask_password(settings.name, cat("Password of ", settings.get("user").empty() ? "" : cat(settings.get("user"), " at "), settings.url, ": "));
}

HttpOptions options_with_login(const RemoteSettings& settings) {
  auto out = http_options(settings);
  const auto auth = lower(settings.get("auth"));
  if (auth == "basic" || auth == "digest") {
    out.auth = auth;
    out.user = settings.get("user");
    out.password = password_of(settings);
    if (out.user.empty()) throw Error(cat("remote '", settings.name, "': `auth = ", auth, "` needs a `user`"), ErrorKind::config);
    if (out.password.empty())
      throw Error(cat("remote '", settings.name, "': `auth = ", auth, "` needs a `password`: set it with `remote modify --local ", settings.name,
                      " password ...`"),
                  ErrorKind::config);
  }
  return out;
}

/// What may not stand in a URL is encoded; what is there of encoding, and what means something in a URL, stays.
std::string encoded_where_needed(std::string_view url) {
  constexpr std::string_view kForbidden = " \"<>\\^`{|}";
  std::string out;
  for (const char c : url) {
    const bool forbidden = static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f || kForbidden.find(c) != kForbidden.npos;
    if (forbidden) out += url_encode({&c, 1}, false);
    else out += c;
  }
  return out;
}

}  // namespace

HttpRemote::HttpRemote(const RemoteSettings& settings) : WebRemote(options_with_login(settings)), url_(settings.url), method_(settings.get("method")) {
  while (url_.ends_with('/')) url_.pop_back();
  if (const auto host = url_.find("://"); host == url_.npos || host + 3 >= url_.size() || url_[host + 3] == '/')
    throw Error(cat("'", settings.url, "' names no host"), ErrorKind::config);
  address_ = encoded_where_needed(url_);
  method_ = method_.empty() ? "POST" : method_;
  for (auto& c : method_)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (lower(settings.get("auth")) == "custom") {
    const auto header = settings.get("custom_auth_header"), password = password_of(settings);
    if (header.empty() || password.empty())
      throw Error(cat("remote '", settings.name, "': `auth = custom` needs `custom_auth_header` and `password`"), ErrorKind::config);
    headers_.push_back(cat(header, ": ", password));
  }
}

HttpRequest HttpRemote::request(std::string method, const std::string& path) {
  HttpRequest out;
  out.method = std::move(method);
  out.url = path.empty() ? address_ : cat(address_, "/", url_encode(path, true));
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
