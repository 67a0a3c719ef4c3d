#include "workspace/config_schema.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/strings.h"

using namespace pivot;
using namespace pivot::workspace;

namespace {

std::string problem(const ConfigSections& sections, bool ours = false) {
  try {
    if (ours) {
      validate_ours(sections);
    } else {
      validate(sections);
    }
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::config);
    CHECK(error.message().starts_with("configuration error - config file error: "));
    return error.message().substr(41);
  }
  return "";
}

std::string problem(const char* group, const char* key, const char* value) {
  return problem({{group, "", {{key, value}}}});
}

std::string remote_problem(const char* url, const char* key, const char* value) {
  return problem({{"remote", "r", {{"url", url}, {key, value}}}});
}

}  // namespace

TEST_CASE("values of the right kind are accepted") {
  CHECK(problem("core", "autostage", "TRUE").empty());
  CHECK(problem("core", "checksum_jobs", "04").empty());
  CHECK(problem("cache", "type", "reflink, copy").empty());
  CHECK(problem("cache", "shared", "GROUP").empty());
  CHECK(remote_problem("s3://b/x", "read_timeout", "-1").empty());
  CHECK(remote_problem("remote://other/x", "whatever", "x").empty());
  CHECK(remote_problem("/local", "type", "copy").empty());
}

TEST_CASE("what DVC refuses is refused in its words") {
  CHECK(problem("core", "autostage", "maybe") ==
        "expected true or false for dictionary value @ data['core']['autostage']");
  CHECK(problem("core", "nope", "x") == "extra keys not allowed @ data['core']['nope']");
  CHECK(problem("nope", "x", "y") == "extra keys not allowed @ data['nope']");
  CHECK(problem("", "a", "1") == "extra keys not allowed @ data['a']");
  CHECK(problem("core", "checksum_jobs", "0") ==
        "value must be at least 1 for dictionary value @ data['core']['checksum_jobs']");
  CHECK(problem("core", "checksum_jobs", "x") == "expected int for dictionary value @ data['core']['checksum_jobs']");
  CHECK(problem("cache", "type", "a,copy") ==
        "Unsupported cache type(s): a for dictionary value @ data['cache']['type']");
  CHECK(problem("cache", "shared", "x") == "expected one of group for dictionary value @ data['cache']['shared']");
  CHECK(problem("state", "row_cleanup_quota", "101") ==
        "value must be at most 100 for dictionary value @ data['state']['row_cleanup_quota']");
}

TEST_CASE("a remote's options depend on the scheme of its URL") {
  CHECK(remote_problem("bogus://x", "jobs", "1") ==
        "Unsupported URL type bogus:// for dictionary value @ data['remote']['r']");
  CHECK(remote_problem("/local", "region", "x") == "extra keys not allowed @ data['remote']['r']['region']");
  CHECK(remote_problem("s3://b", "cache_regions", "true") ==
        "expected bool for dictionary value @ data['remote']['r']['cache_regions']");
  CHECK(remote_problem("https://x", "auth", "foo") ==
        "expected one of basic, digest, custom for dictionary value @ data['remote']['r']['auth']");
  CHECK(remote_problem("https://x", "read_timeout", "-1") ==
        "value must be at least 0 for dictionary value @ data['remote']['r']['read_timeout']");
  CHECK(problem({{"remote", "r", {{"jobs", "2"}}}}) == "expected 'url' for dictionary value @ data['remote']['r']");
}

TEST_CASE("settings of ours are unknown to DVC's schema and checked by our own") {
  CHECK(problem({{"run", "", {{"jobs", "2"}}}}) == "extra keys not allowed @ data['run']");
  CHECK(problem({{"run", "", {{"jobs", "2"}}}}, true).empty());
  CHECK(problem({{"run", "", {{"jobs", "no"}}}}, true) == "expected int for dictionary value @ data['run']['jobs']");
  CHECK(problem({{"core", "", {{"remote", "x"}}}}, true) == "extra keys not allowed @ data['core']");
  CHECK(is_ours("queue"));
  CHECK_FALSE(is_ours("core"));
}

TEST_CASE("unknown features are a warning only") {
  CHECK(problem("feature", "x", "true").empty());
  CHECK(unsupported_features({{"feature", "", {{"x", "1"}, {"machine", "true"}}}}) ==
        "'feature.x' config option is unsupported");
  CHECK(unsupported_features({{"feature", "", {{"x", "1"}, {"y", "1"}}}}) ==
        "'feature.x', 'feature.y' config options are unsupported");
}
