#include "store/remotes/aws_signature.h"

#include <algorithm>
#include <ctime>

#include "base/hash.h"
#include "base/strings.h"
#include "store/remotes/http_engine.h"

namespace pivot::store {
namespace {

std::string bytes_of(const Sha256Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string hmac(std::string_view key, std::string_view data) { return bytes_of(hmac_sha256(key, data)); }

/// Blanks at the ends go, several in a row become one.
std::string squeezed(std::string_view value) {
  std::string out;
  for (const char c : trim(value))
    if (c != ' ' || out.empty() || out.back() != ' ') out += c;
  return out;
}

}  // namespace

std::string aws_query(const AwsRequest& request) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : request.query) encoded.emplace_back(url_encode(name, false), url_encode(value, false));
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) out += cat(out.empty() ? "" : "&", name, "=", value);
  return out;
}

std::vector<std::string> aws_sign(const AwsRequest& request, const AwsCredentials& credentials, const std::string& region,
                                  const std::string& service, const std::string& time) {
  auto headers = request.headers;
  headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) headers.emplace_back("x-amz-security-token", credentials.session_token);
  std::vector<std::string> out;
  for (const auto& [name, value] : headers) out.push_back(cat(name, ": ", value));
  headers.emplace_back("host", request.host);
  std::sort(headers.begin(), headers.end());
  std::string canonical, names;
  for (const auto& [name, value] : headers) {
    canonical += cat(name, ":", squeezed(value), "\n");
    names += cat(names.empty() ? "" : ";", name);
  }
  const auto day = time.substr(0, 8);
  const auto scope = cat(day, "/", region, "/", service, "/aws4_request");
  const auto whole = cat(request.method, "\n", request.path, "\n", aws_query(request), "\n", canonical, "\n", names, "\n", request.payload_hash);
  const auto to_sign = cat("AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", sha256_hex(whole));
  const auto key = hmac(hmac(hmac(hmac(cat("AWS4", credentials.secret_key), day), region), service), "aws4_request");
  out.push_back(cat("Authorization: AWS4-HMAC-SHA256 Credential=", credentials.access_key, "/", scope, ",SignedHeaders=", names,
                    ",Signature=", to_hex(hmac_sha256(key, to_sign))));
  return out;
}

std::string aws_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[20];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

}  // namespace pivot::store
