// AWS Signature Version 4 for S3. Source: "Authenticating Requests: Using the Authorization Header" of the S3 API reference.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pivot::store {

struct AwsCredentials {
  std::string access_key, secret_key, session_token;
};

struct AwsRequest {
  std::string method;
  std::string host;  ///< with the port where it isn't the scheme's own
  std::string path;  ///< encoded: "/bucket/a%2Bb"
  std::vector<std::pair<std::string, std::string>> query;    ///< not encoded
  std::vector<std::pair<std::string, std::string>> headers;  ///< that are sent besides host, x-amz-date, x-amz-content-sha256 and the token; names in lower case
  std::string payload_hash = "UNSIGNED-PAYLOAD";
};

/// The query as it must be sent: sorted and encoded; "" when there is none.
std::string aws_query(const AwsRequest& request);

/// Every header to send, as "name: value" lines. `time` is "20130524T000000Z".
std::vector<std::string> aws_sign(const AwsRequest& request, const AwsCredentials& credentials, const std::string& region,
                                  const std::string& service, const std::string& time);

/// The present moment in AWS's form.
std::string aws_time();

}  // namespace pivot::store
