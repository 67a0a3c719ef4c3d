#include "store/remotes/aws_credentials.h"

#include <cstdlib>
#include <map>

#include "base/error.h"
#include "base/strings.h"
#include "store/remotes/http_engine.h"
#include "text/ini.h"
#include "text/json.h"

namespace pivot::store {
namespace {

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const auto& value : values)
    if (!value.empty()) return value;
  return "";
}

std::string in_home(const std::string& path) { return path.starts_with("~/") ? cat(env("HOME"), path.substr(1)) : path; }

using Settings = std::map<std::string, std::string>;

/// A section of an AWS file; nullopt when it isn't there.
std::optional<Settings> section(Disk& disk, const std::string& file, const std::vector<std::string>& names) {
  const auto text = disk.read(file);
  if (!text) return std::nullopt;
  for (const auto& part : text::Ini::parse(*text, file).sections)
    for (const auto& name : names)
      if (part.name == name) {
        Settings out;
        for (const auto& [key, value] : part.values) out[lower(key)] = value;
        return out;
      }
  return std::nullopt;
}

/// The role of an EC2 machine, by the metadata service's second version; asked with a short patience.
std::optional<AwsCredentials> machine_role() {
  if (lower(env("AWS_EC2_METADATA_DISABLED")) == "true") return std::nullopt;
  HttpOptions options;
  options.connect_timeout = 1;
  options.stall_timeout = 2;
  options.tries = 1;
  HttpEngine engine(options);
  const auto base = first_of({env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254"});
  HttpRequest token;
  token.method = "PUT";
  token.url = cat(base, "/latest/api/token");
  token.headers = {"X-aws-ec2-metadata-token-ttl-seconds: 21600"};
  const auto pass = engine.one(std::move(token));
  if (!pass.ok()) return std::nullopt;
  const auto get = [&](const std::string& path) {
    HttpRequest request;
    request.url = cat(base, "/latest/meta-data/iam/security-credentials/", path);
    request.headers = {cat("X-aws-ec2-metadata-token: ", pass.body)};
    return engine.one(std::move(request));
  };
  const auto role = get("");
  if (!role.ok()) return std::nullopt;
  const auto answer = get(std::string(trim(role.body)));
  if (!answer.ok()) return std::nullopt;
  const auto value = text::json::parse(answer.body, "instance metadata");
  const auto field = [&](const char* name) {
    const auto* found = value.is_map() ? value.as_map().find(name) : nullptr;
    return found != nullptr && found->is_string() ? found->as_string() : std::string();
  };
  return AwsCredentials{field("AccessKeyId"), field("SecretAccessKey"), field("Token")};
}

void take_keys(const Settings& settings, AwsCredentials& out) {
  const auto get = [&](const char* key) {
    const auto it = settings.find(key);
    return it == settings.end() ? std::string() : it->second;
  };
  if (get("aws_access_key_id").empty()) return;
  out = {get("aws_access_key_id"), get("aws_secret_access_key"), get("aws_session_token")};
}

void refuse_other_kinds(const Settings& settings, const std::string& profile) {
  for (const char* key : {"sso_session", "sso_start_url", "credential_process", "role_arn", "web_identity_token_file"})
    if (settings.contains(key))
      throw Error(cat("the AWS profile '", profile, "' uses ", key, ", which pivot can't do itself"))
          .with_hint(cat("let AWS's own tool make temporary keys: eval \"$(aws configure export-credentials --profile ", profile, " --format env)\""));
}

}  // namespace

AwsProfile find_aws_profile(const RemoteSettings& settings, Disk& disk) {
  AwsProfile out;
  const auto wanted = first_of({settings.get("profile"), env("AWS_PROFILE"), env("AWS_DEFAULT_PROFILE")});
  const auto profile = wanted.empty() ? std::string("default") : wanted;
  const auto keys_file = in_home(first_of({settings.get("credentialpath"), env("AWS_SHARED_CREDENTIALS_FILE"), "~/.aws/credentials"}));
  const auto config_file = in_home(first_of({settings.get("configpath"), env("AWS_CONFIG_FILE"), "~/.aws/config"}));
  const auto keys = section(disk, keys_file, {profile});
  const auto config = section(disk, config_file, {cat("profile ", profile), profile});
  if (!wanted.empty() && !keys && !config) throw Error(cat("The config profile (", wanted, ") could not be found"));
  const auto configured = [&](const char* key) {
    const auto it = config ? config->find(key) : Settings::const_iterator();
    return config && it != config->end() ? it->second : std::string();
  };
  out.region = first_of({settings.get("region"), env("AWS_REGION"), env("AWS_DEFAULT_REGION"), configured("region")});
  out.endpoint = first_of({settings.get("endpointurl"), env("AWS_ENDPOINT_URL_S3"), env("AWS_ENDPOINT_URL"), configured("endpoint_url")});
  if (lower(settings.get("allow_anonymous_login")) == "true") {
    out.anonymous = true;
    return out;
  }
  auto& found = out.credentials;
  found = {settings.get("access_key_id"), settings.get("secret_access_key"), settings.get("session_token")};
  // A profile that was asked for by name wins over keys in the environment, as with AWS's own tools.
  if (found.access_key.empty() && settings.get("profile").empty())
    found = {env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")};
  if (found.access_key.empty() && keys) take_keys(*keys, found);
  if (found.access_key.empty() && config) take_keys(*config, found);
  if (found.access_key.empty() && config) refuse_other_kinds(*config, profile);
  if (found.access_key.empty())
    if (const auto role = machine_role()) found = *role;
  if (found.access_key.empty())
    throw Error("Unable to locate credentials")
        .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `pivot remote modify --local NAME profile PROFILE`");
  return out;
}

}  // namespace pivot::store
