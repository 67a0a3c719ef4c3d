#include "store/remotes/s3_remote.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "store/remotes/s3_xml.h"
#include "text/yaml/base64.h"

namespace pivot::store {
namespace {

constexpr std::int64_t kPartFrom = 64ll << 20;   ///< objects of this size on go up in parts
constexpr std::size_t kPage = 1000;
constexpr long kBadRequest = 400, kForbidden = 403, kNotFound = 404;
constexpr std::size_t kFewObjects = 32;
constexpr std::string_view kNoBucket = "NoSuchBucket";
constexpr char kHexDigits[] = "0123456789abcdef";

/// Headers of everything that is stored: encryption and rights.
std::vector<std::pair<std::string, std::string>> store_headers(const RemoteSettings& settings) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, header] : {std::pair{"sse", "x-amz-server-side-encryption"}, {"sse_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"},
                                    {"acl", "x-amz-acl"}, {"grant_read", "x-amz-grant-read"}, {"grant_read_acp", "x-amz-grant-read-acp"},
                                    {"grant_write_acp", "x-amz-grant-write-acp"}, {"grant_full_control", "x-amz-grant-full-control"}})
    if (const auto value = settings.get(key); !value.empty()) out.emplace_back(header, value);
  return out;
}

/// Headers of everything that is stored or read, when the user's own key encrypts it.
std::vector<std::pair<std::string, std::string>> customer_key_headers(const RemoteSettings& settings) {
  const auto text = settings.get("sse_customer_key");
  if (text.empty()) return {};
  const auto problem = [&](const std::string& what) { return Error(cat("remote '", settings.name, "': ", what), ErrorKind::config); };
  if (!settings.get("sse_kms_key_id").empty()) throw problem("`sse_kms_key_id` and `sse_customer_key` exclude each other");
  constexpr std::size_t kKeySize = 32;
  std::string key;
  if (!text::yaml::decode_base64(text, key) || key.size() != kKeySize)
    throw problem("`sse_customer_key` is not the base64 form of a key of 32 bytes (`openssl rand -base64 32` makes one)");
  const auto digest = md5(key);
  const auto algorithm = settings.get("sse_customer_algorithm");
  return {{"x-amz-server-side-encryption-customer-algorithm", algorithm.empty() ? "AES256" : algorithm},
          {"x-amz-server-side-encryption-customer-key", base64(key)},
          {"x-amz-server-side-encryption-customer-key-md5", base64({reinterpret_cast<const char*>(digest.data()), digest.size()})}};
}

}  // namespace

S3Remote::S3Remote(const RemoteSettings& settings, Disk& disk)
    : WebRemote(http_options(settings)), profile_(find_aws_profile(settings, disk)), store_headers_(store_headers(settings)),
      customer_headers_(customer_key_headers(settings)) {
  const auto rest = settings.url.substr(settings.url.find("://") + 3);
  const auto slash = rest.find('/');
  bucket_ = rest.substr(0, slash);
  if (slash != rest.npos) prefix_ = rest.substr(slash + 1);
  while (prefix_.starts_with('/')) prefix_.erase(0, 1);
  while (prefix_.ends_with('/')) prefix_.pop_back();
  if (bucket_.empty()) throw Error(cat("'", settings.url, "' names no bucket"), ErrorKind::config);
  if (profile_.region.empty()) profile_.region = "us-east-1";
  plain_ = lower(settings.get("use_ssl")) == "false";
  find_host();
}

void S3Remote::find_host() {
  auto endpoint = profile_.endpoint;
  if (endpoint.empty()) endpoint = cat(plain_ ? "http" : "https", "://s3.", profile_.region, ".amazonaws.com");
  if (endpoint.find("://") == endpoint.npos) endpoint = cat(plain_ ? "http://" : "https://", endpoint);
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
  if (!key.empty() && (stores || method != "POST") && method != "DELETE")
    aws.headers.insert(aws.headers.end(), customer_headers_.begin(), customer_headers_.end());
  HttpRequest out;
  out.method = std::move(method);
  const auto parameters = aws_query(aws);
  const auto url = cat(aws.path, parameters.empty() ? "" : "?", parameters);
  out.url = cat(origin_, url);
  if (profile_.anonymous) return out;
  out.mended = [this](const HttpAnswer& answer) { return follow_region(answer); };
  out.sign = [this, aws, url](HttpRequest& request) {
    auto signed_request = aws;
    signed_request.host = host_;
    request.url = cat(origin_, url);
    // Not signed before: content-md5 and the like.
    for (const auto& header : request.headers) {
      const auto colon = header.find(": ");
      const auto name = header.substr(0, colon);
      if (name.starts_with("content-")) signed_request.headers.emplace_back(name, header.substr(colon + 2));
    }
    request.headers = aws_sign(signed_request, profile_.credentials, profile_.region, "s3", aws_time());
  };
  return out;
}

bool S3Remote::follow_region(const HttpAnswer& answer) {
  const auto region = answer.header("x-amz-bucket-region");
  if (region.empty() || (answer.status != 301 && answer.status != 307 && answer.status != kBadRequest && answer.status != kForbidden)) return false;
  // Of several requests that were on their way to the wrong place the first one says it.
  if (region == profile_.region) return moved_;
  profile_.region = region;
  find_host();
  return moved_ = true;
}

HttpRequest S3Remote::request(std::string method, const std::string& path) {
  const bool stores = method == "PUT";
  return make(std::move(method), key_of(path), {}, stores);
}

HttpRequest S3Remote::request_version(const std::string& method, const std::string& path, const std::string& version) {
  if (version.empty()) return request(method, path);
  return make(method, key_of(path), {{"versionId", version}}, false);
}

namespace {

RemoteFile described(const std::string& path, const HttpAnswer& answer) {
  return {path, std::atoll(answer.header("content-length").c_str()), false, bare_etag(answer.header("etag")), answer.header("x-amz-version-id")};
}

}  // namespace

std::vector<std::optional<RemoteFile>> S3Remote::look_each(const std::vector<RemoteFile>& places) {
  std::vector<std::optional<RemoteFile>> out(places.size());
  std::size_t next = 0;
  std::string problem;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == places.size() || !problem.empty()) return false;
        slot = request_version("HEAD", places[next].path, places[next].version);
        ++next;
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        // 400: no such version id was ever made; 405: that version says that the object was deleted.
        if (answer.ok()) out[number] = described(places[number].path, answer);
        else if (answer.status != kNotFound && answer.status != 400 && answer.status != 405) problem = explain(answer);
      });
  if (!problem.empty()) throw Error(problem);
  return out;
}

std::string S3Remote::explain(const HttpAnswer& answer) const {
  if (answer.status == 0) return cat(origin_, ": ", answer.error);
  const auto code = tag(answer.body, "Code"), message = tag(answer.body, "Message");
  if (code == kNoBucket) return cat("the bucket '", bucket_, "' does not exist (", code, ", ", std::to_string(answer.status), ")");
  if (!code.empty()) return cat(message.empty() ? code : message, " (", code, ", ", std::to_string(answer.status), ")");
  if (answer.status == kBadRequest)
    return cat("Bad Request (400) for bucket '", bucket_, "': the server doesn't say why to such a request; an expired session token would do that");
  if (answer.status == kForbidden) return cat("Forbidden (403): the credentials may not read bucket '", bucket_, "', or are wrong");
  if (answer.status == 404) return cat("Not Found (404) in bucket '", bucket_, "'");
  return WebRemote::explain(answer);
}

bool S3Remote::refuses_all(const HttpAnswer& answer) const { return tag(answer.body, "Code") == kNoBucket; }

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

/// A look at one object gets the same answer from a bucket that is not there as from one that hasn't the object.
void S3Remote::refuse_missing_bucket() {
  if (std::exchange(knows_bucket_, true)) return;
  const auto answer = engine_.one(make("GET", "", {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", key_of("files")}}, false));
  if (refuses_all(answer)) throw Error(explain(answer));
}

std::vector<bool> S3Remote::has(const std::vector<model::Hash>& objects) {
  if (objects.size() <= kFewObjects) {
    auto out = has_each(objects);
    if (!objects.empty() && std::none_of(out.begin(), out.end(), [](bool there) { return there; })) refuse_missing_bucket();
    return out;
  }
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
    if (answer.ok()) return described(path, answer);
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

void S3Remote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::vector<ObjectTransfer*> small, large;
  for (auto* item : items) {
    const auto stat = cache.find(item->hash);
    item->size = stat ? stat->size : -1;
    (item->size >= kPartFrom ? large : small).push_back(item);
  }
  WebRemote::upload(small, cache, progress);
  for (auto* item : large) {
    PartsUpload parts{key_of(object_path_on_remote(*item)), cache.path(item->hash), item->size};
    item->error = upload_parts(parts);
    if (!item->error.empty()) continue;
    item->etag = parts.etag;
    item->version = parts.version;
    progress(item->size);
  }
}

void S3Remote::upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  std::vector<FileTransfer> small;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    const auto stat = real_disk().stat(item.local);
    if (!stat || stat->size < kPartFrom) {
      small.push_back(item);
      places.push_back(i);
      continue;
    }
    item.size = stat->size;
    PartsUpload parts{key_of(item.path), item.local, item.size};
    item.error = upload_parts(parts);
    if (item.error.empty()) progress(item.size);
  }
  WebRemote::upload_files(small, progress);
  for (std::size_t i = 0; i < places.size(); ++i) items[places[i]] = std::move(small[i]);
}

}  // namespace pivot::store
