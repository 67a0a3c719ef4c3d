// The examples of the S3 API reference ("Examples: Signature Calculations"), with its published keys.
#include "store/remotes/aws_signature.h"

#include <algorithm>
#include <doctest/doctest.h>

#include "base/hash.h"

namespace {

using namespace pivot::store;

const AwsCredentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const std::string kTime = "20130524T000000Z";

std::string signature(const AwsRequest& request, const AwsCredentials& credentials = kExample) {
  const auto headers = aws_sign(request, credentials, "us-east-1", "s3", kTime);
  const auto& last = headers.back();
  return last.substr(last.rfind('=') + 1);
}

AwsRequest request(const std::string& method, const std::string& path) {
  AwsRequest out;
  out.method = method;
  out.host = "examplebucket.s3.amazonaws.com";
  out.path = path;
  out.payload_hash = pivot::sha256_hex("");
  return out;
}

}  // namespace

TEST_CASE("a GET of a range is signed as the reference does it") {
  auto get = request("GET", "/test.txt");
  get.headers = {{"range", "bytes=0-9"}};
  CHECK(signature(get) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("a PUT with a storage class is signed as the reference does it") {
  auto put = request("PUT", "/test%24file.text");
  put.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  put.payload_hash = pivot::sha256_hex("Welcome to Amazon S3.");
  CHECK(signature(put) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("queries are sorted, encoded, and end in = without a value") {
  auto lifecycle = request("GET", "/");
  lifecycle.query = {{"lifecycle", ""}};
  CHECK(aws_query(lifecycle) == "lifecycle=");
  CHECK(signature(lifecycle) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  auto list = request("GET", "/");
  list.query = {{"prefix", "J"}, {"max-keys", "2"}};
  CHECK(aws_query(list) == "max-keys=2&prefix=J");
  CHECK(signature(list) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  list.query = {{"prefix", "files/md5/a+b ="}, {"list-type", "2"}};
  CHECK(aws_query(list) == "list-type=2&prefix=files%2Fmd5%2Fa%2Bb%20%3D");
}

TEST_CASE("a session token is sent and signed") {
  auto get = request("GET", "/x");
  const AwsCredentials temporary{kExample.access_key, kExample.secret_key, "token+/="};
  const auto headers = aws_sign(get, temporary, "us-east-1", "s3", kTime);
  CHECK(std::find(headers.begin(), headers.end(), "x-amz-security-token: token+/=") != headers.end());
  CHECK(headers.back().find("x-amz-date;x-amz-security-token") != std::string::npos);
  CHECK(signature(get, temporary) != signature(get));
}
