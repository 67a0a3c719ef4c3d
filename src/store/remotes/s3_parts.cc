// Uploads in parts. A part that S3 has is kept there until the upload is completed or aborted; so who was interrupted goes on where it was.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/disk.h"
#include "base/hash.h"
#include "base/strings.h"
#include "store/remotes/s3_remote.h"
#include "store/remotes/s3_xml.h"

namespace pivot::store {
namespace {

constexpr std::int64_t kPartSize = 16ll << 20;
constexpr std::int64_t kMostParts = 10'000;

/// The MD5 of a stretch of a file; "" when it can't be read.
std::string md5_of_part(const std::string& file, std::int64_t offset, std::int64_t size) {
  constexpr std::size_t kBuffer = 1 << 20;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  Md5 md5;
  std::string buffer(kBuffer, '\0');
  while (size > 0) {
    const auto n = ::pread(fd, buffer.data(), std::min<std::size_t>(kBuffer, static_cast<std::size_t>(size)), offset);
    if (n <= 0) break;
    md5.update({buffer.data(), static_cast<std::size_t>(n)});
    offset += n;
    size -= n;
  }
  ::close(fd);
  return size == 0 ? to_hex(md5.finish()) : "";
}

/// Parts that are refused will be refused again: what is there of the others must not lie around.
bool can_go_on_later(const HttpAnswer& answer) { return answer.status == 0 || answer.status == 429 || answer.status >= 500; }

}  // namespace

void S3Remote::find_parts(const PartsUpload& upload, const std::string& id, std::int64_t part_size, std::vector<std::string>& etags) {
  std::string marker;
  do {
    Query query;
    if (!marker.empty()) query.emplace_back("part-number-marker", marker);
    query.emplace_back("uploadId", id);
    const auto answer = engine_.one(make("GET", upload.key, std::move(query), false));
    if (!answer.ok()) return;
    for_each_tag(answer.body, "Part", [&](const std::string& part) {
      const auto number = std::atoll(tag(part, "PartNumber").c_str());
      if (number < 1 || number > static_cast<long long>(etags.size())) return;
      const std::int64_t offset = (number - 1) * part_size, size = std::min(part_size, upload.size - offset);
      const auto etag = tag(part, "ETag");
      // The name of the object doesn't say of what content the part was.
      if (std::atoll(tag(part, "Size").c_str()) == size && bare_etag(etag) == md5_of_part(upload.file, offset, size))
        etags[static_cast<std::size_t>(number - 1)] = etag;
    });
    marker = tag(answer.body, "IsTruncated") == "true" ? tag(answer.body, "NextPartNumberMarker") : "";
  } while (!marker.empty());
}

std::string S3Remote::begin_parts(const PartsUpload& upload, std::int64_t part_size, std::vector<std::string>& etags, std::string& problem) {
  std::string found;
  // Who may not list the uploads begins anew.
  const auto earlier = engine_.one(make("GET", "", {{"prefix", upload.key}, {"uploads", ""}}, false));
  if (earlier.ok())
    for_each_tag(earlier.body, "Upload", [&](const std::string& entry) {
      if (tag(entry, "Key") == upload.key) found = tag(entry, "UploadId");  // in the order of time: the last one
    });
  if (!found.empty()) {
    find_parts(upload, found, part_size, etags);
    if (std::any_of(etags.begin(), etags.end(), [](const std::string& etag) { return !etag.empty(); })) return found;
  }
  const auto begun = engine_.one(make("POST", upload.key, {{"uploads", ""}}, true));
  auto id = begun.ok() ? tag(begun.body, "UploadId") : "";
  if (id.empty()) problem = explain(begun);
  return id;
}

std::string S3Remote::upload_parts(PartsUpload& upload) {
  const auto part_size = std::max(kPartSize, (upload.size + kMostParts - 1) / kMostParts);
  std::vector<std::string> etags(static_cast<std::size_t>((upload.size + part_size - 1) / part_size));
  std::string problem;
  const auto id = begin_parts(upload, part_size, etags, problem);
  if (id.empty()) return problem;
  std::vector<std::size_t> lacking;
  for (std::size_t i = 0; i < etags.size(); ++i)
    if (etags[i].empty()) lacking.push_back(i);
  std::size_t next = 0;
  bool later = true;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == lacking.size() || !problem.empty()) return false;
        const auto part = lacking[next++];
        slot = make("PUT", upload.key, {{"partNumber", std::to_string(part + 1)}, {"uploadId", id}}, false);
        slot.body_file = upload.file;
        slot.offset = static_cast<std::int64_t>(part) * part_size;
        slot.size = std::min(part_size, upload.size - slot.offset);
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        if (answer.ok()) {
          etags[lacking[number]] = answer.header("etag");
        } else {
          problem = explain(answer);
          later = later && can_go_on_later(answer);
        }
      });
  if (!problem.empty()) {
    if (!later) engine_.one(make("DELETE", upload.key, {{"uploadId", id}}, false));
    return problem;
  }
  std::string list = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i)
    list += cat("<Part><PartNumber>", std::to_string(i + 1), "</PartNumber><ETag>", etags[i], "</ETag></Part>");
  auto end = make("POST", upload.key, {{"uploadId", id}}, false);
  end.body = cat(list, "</CompleteMultipartUpload>");
  const auto done = engine_.one(std::move(end));
  // S3 may answer 200 and then say in the body that it failed.
  if (!done.ok() || done.body.find("<Error>") != std::string::npos) return explain(done);
  upload.etag = bare_etag(tag(done.body, "ETag"));
  upload.version = done.header("x-amz-version-id");
  return "";
}

}  // namespace pivot::store
