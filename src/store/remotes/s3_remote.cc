#include "store/remotes/s3_remote.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::int64_t kPartFrom = 64ll << 20;   ///< objects of this size on go up in parts
constexpr std::int64_t kPartSize = 16ll << 20;
constexpr std::int64_t kMostParts = 10'000;
constexpr std::size_t kPage = 1000;
constexpr long kNotFound = 404;
constexpr std::size_t kFewObjects = 32;
constexpr char kHexDigits[] = "0123456789abcdef";

std::string unescape(std::string text) {
  for (const auto& [from, to] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#34;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}, {"&amp;", "&"}})
    text = replace_all(text, from, to);
  return text;
}

/// The text of the next <tag>...</tag> from `from` on; moves `from` behind it. npos at the end.
std::string next_tag(const std::string& xml, const std::string& tag, std::size_t& from) {
  const auto open = cat("<", tag, ">"), close = cat("</", tag, ">");
  const auto begin = xml.find(open, from);
  if (begin == xml.npos) {
    from = xml.npos;
    return "";
  }
  const auto end = xml.find(close, begin);
  from = end == xml.npos ? xml.npos : end + close.size();
  return unescape(xml.substr(begin + open.size(), end == xml.npos ? 0 : end - begin - open.size()));
}

std::string tag(const std::string& xml, const std::string& name) {
  std::size_t from = 0;
  return next_tag(xml, name, from);
}

void for_each_tag(const std::string& xml, const std::string& name, const std::function<void(const std::string&)>& take) {
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto entry = next_tag(xml, name, at);
    if (at == std::string::npos && entry.empty()) return;
    take(entry);
  }
}

/// Without the quotes around it.
std::string bare_etag(std::string text) {
  std::erase(text, '"');
  return text;
}

/// Headers of everything that is stored: encryption and rights.
std::vector<std::pair<std::string, std::string>> store_headers(const RemoteSettings& settings) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, header] : {std::pair{"sse", "x-amz-server-side-encryption"}, {"sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"},
                                    {"acl", "x-amz-acl"}, {"grant_read", "x-amz-grant-read"}, {"grant_read_acp", "x-amz-grant-read-acp"},
                                    {"grant_write_acp", "x-amz-grant-write-acp"}, {"grant_full_control", "x-amz-grant-full-control"}})
    if (const auto value = settings.get(key); !value.empty()) out.emplace_back(header, value);
  if (!settings.get("sse_customer_key").empty()) throw Error("`sse_customer_key` is not available in pivot yet");
  return out;
}

}  // namespace

S3Remote::S3Remote(const RemoteSettings& settings, Disk& disk)
    : WebRemote(http_options(settings)), profile_(find_aws_profile(settings, disk)), store_headers_(store_headers(settings)) {
  const auto rest = settings.url.substr(settings.url.find("://") + 3);
  const auto slash = rest.find('/');
  bucket_ = rest.substr(0, slash);
  if (slash != rest.npos) prefix_ = rest.substr(slash + 1);
  while (prefix_.starts_with('/')) prefix_.erase(0, 1);
  while (prefix_.ends_with('/')) prefix_.pop_back();
  if (bucket_.empty()) throw Error(cat("'", settings.url, "' names no bucket"), ErrorKind::config);
  if (profile_.region.empty()) profile_.region = "us-east-1";
  auto endpoint = profile_.endpoint;
  const bool plain = lower(settings.get("use_ssl")) == "false";
  if (endpoint.empty()) endpoint = cat(plain ? "http" : "https", "://s3.", profile_.region, ".amazonaws.com");
  if (endpoint.find("://") == endpoint.npos) endpoint = cat(plain ? "http://" : "https://", endpoint);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const auto scheme_end = endpoint.find("://") + 3;
  host_ = endpoint.substr(scheme_end);
  // A bucket as a host name works on AWS only, and not with dots (certificates).
  if (profile_.endpoint.empty() && bucket_.find('.') == bucket_.npos) {
    host_ = cat(bucket_, ".", host_);
    origin_ = cat(endpoint.substr(0, scheme_end), host_);
  } else {
    const auto path = host_.find('/');
    root_ = cat(path == host_.npos ? "" : host_.substr(path), "/", url_encode(bucket_, false));
    host_ = host_.substr(0, path);
    origin_ = cat(endpoint.substr(0, scheme_end), host_);
  }
}

std::string S3Remote::key_of(const std::string& path) const {
  if (path.empty()) return prefix_;
  return prefix_.empty() ? path : cat(prefix_, "/", path);
}

HttpRequest S3Remote::make(std::string method, const std::string& key, Query query, bool stores) {
  AwsRequest aws;
  aws.method = method;
  aws.host = host_;
  aws.path = key.empty() ? (root_.empty() ? "/" : root_) : cat(root_, "/", url_encode(key, true));
  aws.query = std::move(query);
  if (stores) aws.headers = store_headers_;
  HttpRequest out;
  out.method = std::move(method);
  const auto parameters = aws_query(aws);
  out.url = cat(origin_, aws.path, parameters.empty() ? "" : "?", parameters);
  if (profile_.anonymous) return out;
  out.sign = [this, aws](HttpRequest& request) {
    auto signed_request = aws;
    std::vector<std::string> own;  // not signed before: content-md5 and the like
    for (const auto& header : request.headers) {
      const auto colon = header.find(": ");
      const auto name = header.substr(0, colon);
      if (name.starts_with("content-")) signed_request.headers.emplace_back(name, header.substr(colon + 2));
    }
    request.headers = aws_sign(signed_request, profile_.credentials, profile_.region, "s3", aws_time());
  };
  return out;
}

HttpRequest S3Remote::request(std::string method, const std::string& path) {
  const bool stores = method == "PUT";
  return make(std::move(method), key_of(path), {}, stores);
}

std::string S3Remote::explain(const HttpAnswer& answer) const {
  if (answer.status == 0) return cat(origin_, ": ", answer.error);
  const auto code = tag(answer.body, "Code"), message = tag(answer.body, "Message");
  if (!code.empty()) return cat(message.empty() ? code : message, " (", code, ", ", std::to_string(answer.status), ")");
  if (answer.status == 403) return cat("Forbidden (403): the credentials may not read bucket '", bucket_, "', or are wrong");
  if (answer.status == 404) return cat("Not Found (404) in bucket '", bucket_, "'");
  return WebRemote::explain(answer);
}

void S3Remote::list_keys(const std::vector<std::string>& prefixes, const std::function<void(RemoteFile)>& found) {
  struct Page {
    std::string prefix, token;
  };
  std::deque<Page> pages;
  for (const auto& prefix : prefixes) pages.push_back({prefix, ""});
  std::map<std::size_t, std::string> asked;
  std::size_t count = 0;
  std::string problem;
  const auto skipped = prefix_.empty() ? 0 : prefix_.size() + 1;
  engine_.run(
      [&](HttpRequest& slot) {
        if (pages.empty() || !problem.empty()) return false;
        auto page = std::move(pages.front());
        pages.pop_front();
        Query query{{"list-type", "2"}, {"prefix", key_of(page.prefix)}};
        if (!page.token.empty()) query.emplace_back("continuation-token", page.token);
        slot = make("GET", "", std::move(query), false);
        asked[count++] = page.prefix;
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        if (!answer.ok()) {
          problem = explain(answer);
          return;
        }
        for_each_tag(answer.body, "Contents", [&](const std::string& entry) {
          const auto key = tag(entry, "Key");
          if (key.size() > skipped) found({key.substr(skipped), std::atoll(tag(entry, "Size").c_str()), false, bare_etag(tag(entry, "ETag")), ""});
        });
        if (tag(answer.body, "IsTruncated") == "true") pages.push_back({asked[number], tag(answer.body, "NextContinuationToken")});
        asked.erase(number);
      });
  if (!problem.empty()) throw Error(problem);
}

std::size_t S3Remote::count_page(const std::string& prefix) {
  const auto answer = engine_.one(make("GET", "", {{"list-type", "2"}, {"prefix", key_of(prefix)}}, false));
  if (!answer.ok()) throw Error(explain(answer));
  const auto count = static_cast<std::size_t>(std::atoll(tag(answer.body, "KeyCount").c_str()));
  return tag(answer.body, "IsTruncated") == "true" ? 2 * kPage : count;
}

namespace {

/// files/md5/0 ... files/md5/f: sixteen listings that run side by side.
std::vector<std::string> object_prefixes() {
  std::vector<std::string> out;
  for (const char c : std::string_view(kHexDigits)) out.push_back(cat("files/md5/", std::string(1, c)));
  return out;
}

/// "files/md5/ab/cd..." and "ab/cd..." -> the object; an unknown hash for anything else.
model::Hash object_of(std::string_view path) {
  constexpr std::string_view kModern = "files/md5/";
  const bool modern = path.starts_with(kModern);
  if (modern) path.remove_prefix(kModern.size());
  if (path.size() < 4 || path[2] != '/') return {};
  auto value = cat(path.substr(0, 2), path.substr(3));
  if (!is_object_name(value)) return {};
  return {modern ? "md5" : "md5-dos2unix", std::move(value)};
}

}  // namespace

std::vector<bool> S3Remote::has(const std::vector<model::Hash>& objects) {
  if (objects.size() <= kFewObjects) return has_each(objects);
  // One of 256 folders tells how large the remote is: a listing gives a thousand names an answer.
  const auto estimate = count_page("files/md5/00") * 256;
  if (estimate / kPage > objects.size()) return has_each(objects);
  std::unordered_set<std::string> names;
  list_keys(object_prefixes(), [&](const RemoteFile& file) { names.insert(file.path); });
  std::vector<bool> out(objects.size());
  std::vector<model::Hash> legacy;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    out[i] = names.contains(object_path_on_remote(objects[i]));
    if (kind_of(objects[i].name) == HashKind::md5) continue;
    legacy.push_back(objects[i]);
    places.push_back(i);
  }
  const auto found = has_each(legacy);
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = found[i];
  return out;
}

std::vector<ObjectTransfer> S3Remote::list() {
  std::vector<ObjectTransfer> out;
  auto prefixes = object_prefixes();
  for (const char a : std::string_view(kHexDigits))
    for (const char b : std::string_view(kHexDigits)) prefixes.push_back(cat(std::string(1, a), std::string(1, b), "/"));
  list_keys(prefixes, [&](const RemoteFile& file) {
    if (auto hash = object_of(file.path); hash.known()) out.push_back({std::move(hash), file.size, "", false});
  });
  return out;
}

std::vector<RemoteFile> S3Remote::list_files(const std::string& folder) {
  std::vector<RemoteFile> out;
  list_keys({folder.empty() ? "" : cat(folder, "/")}, [&](RemoteFile file) {
    if (!file.path.ends_with('/')) out.push_back(std::move(file));  // consoles put such keys where a folder is
  });
  return out;
}

std::optional<RemoteFile> S3Remote::look(const std::string& path) {
  if (!key_of(path).empty()) {
    const auto answer = engine_.one(request("HEAD", path));
    if (answer.ok())
      return RemoteFile{path, std::atoll(answer.header("content-length").c_str()), false, bare_etag(answer.header("etag")),
                        answer.header("x-amz-version-id")};
    if (answer.status != kNotFound) throw Error(explain(answer));
  }
  const auto prefix = key_of(path).empty() ? "" : cat(key_of(path), "/");
  const auto answer = engine_.one(make("GET", "", {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", prefix}}, false));
  if (answer.status == kNotFound) return std::nullopt;
  if (!answer.ok()) throw Error(explain(answer));
  if (answer.body.find("<Contents>") == std::string::npos) return std::nullopt;
  return RemoteFile{path, 0, true, "", ""};
}

std::vector<RemoteFile> S3Remote::list_folder(const std::string& path) {
  const auto prefix = key_of(path).empty() ? "" : cat(key_of(path), "/");
  const auto skipped = prefix_.empty() ? 0 : prefix_.size() + 1;
  std::vector<RemoteFile> out;
  std::string token;
  do {
    Query query{{"delimiter", "/"}, {"list-type", "2"}, {"prefix", prefix}};
    if (!token.empty()) query.insert(query.begin(), {"continuation-token", token});
    const auto answer = engine_.one(make("GET", "", std::move(query), false));
    if (!answer.ok()) throw Error(explain(answer));
    for_each_tag(answer.body, "Contents", [&](const std::string& entry) {
      const auto key = tag(entry, "Key");
      if (key.size() > prefix.size())
        out.push_back({key.substr(skipped), std::atoll(tag(entry, "Size").c_str()), false, bare_etag(tag(entry, "ETag")), ""});
    });
    for_each_tag(answer.body, "CommonPrefixes", [&](const std::string& entry) {
      auto key = tag(entry, "Prefix");
      if (key.ends_with('/')) key.pop_back();
      if (key.size() > skipped) out.push_back({key.substr(skipped), 0, true, "", ""});
    });
    token = tag(answer.body, "IsTruncated") == "true" ? tag(answer.body, "NextContinuationToken") : "";
  } while (!token.empty());
  return out;
}

/// Parts go up side by side; the object appears when they are put together. Gives what went wrong.
std::string S3Remote::upload_parts(ObjectTransfer& item, const std::string& file) {
  const auto key = key_of(object_path_on_remote(item.hash));
  const auto begun = engine_.one(make("POST", key, {{"uploads", ""}}, true));
  const auto id = tag(begun.body, "UploadId");
  if (!begun.ok() || id.empty()) return explain(begun);
  const auto part_size = std::max(kPartSize, (item.size + kMostParts - 1) / kMostParts);
  std::vector<std::string> tags(static_cast<std::size_t>((item.size + part_size - 1) / part_size));
  std::size_t next = 0;
  std::string problem;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == tags.size() || !problem.empty()) return false;
        slot = make("PUT", key, {{"partNumber", std::to_string(next + 1)}, {"uploadId", id}}, false);
        slot.body_file = file;
        slot.offset = static_cast<std::int64_t>(next) * part_size;
        slot.size = std::min(part_size, item.size - slot.offset);
        ++next;
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        if (answer.ok()) tags[number] = answer.header("etag");
        else problem = explain(answer);
      });
  if (!problem.empty()) {
    engine_.one(make("DELETE", key, {{"uploadId", id}}, false));
    return problem;
  }
  std::string list = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < tags.size(); ++i)
    list += cat("<Part><PartNumber>", std::to_string(i + 1), "</PartNumber><ETag>", tags[i], "</ETag></Part>");
  auto end = make("POST", key, {{"uploadId", id}}, false);
  end.body = cat(list, "</CompleteMultipartUpload>");
  const auto done = engine_.one(std::move(end));
  // S3 may answer 200 and then say in the body that it failed.
  return done.ok() && done.body.find("<Error>") == std::string::npos ? "" : explain(done);
}

void S3Remote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::vector<ObjectTransfer*> small, large;
  for (auto* item : items) {
    const auto stat = cache.find(item->hash);
    item->size = stat ? stat->size : -1;
    (item->size >= kPartFrom ? large : small).push_back(item);
  }
  WebRemote::upload(small, cache, progress);
  for (auto* item : large) {
    item->error = upload_parts(*item, cache.path(item->hash));
    if (item->error.empty()) progress(item->size);
  }
}

}  // namespace pivot::store
