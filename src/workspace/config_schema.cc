#include "workspace/config_schema.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::workspace {
namespace {

/// What a value may be.
enum class Type : std::uint8_t {
  text,
  boolean,
  integer,
  positive,      ///< integer >= 1
  percent,       ///< integer 0..100
  real,
  seconds,       ///< real >= 0
  link_types,    ///< words of reflink, hardlink, symlink, copy
  choice,
  never_bool,    ///< DVC wants a Python bool here, which no text is
  never_int,     ///< the same with an int
};

struct Setting {
  const char* key;
  Type type = Type::text;
  const char* choices = "";
};

constexpr Setting kCore[] = {
    {"remote"},
    {"checksum_jobs", Type::positive},
    {"interactive", Type::boolean},
    {"analytics", Type::boolean},
    {"hardlink_lock", Type::boolean},
    {"no_scm", Type::boolean},
    {"autostage", Type::boolean},
    {"experiments", Type::boolean},
    {"check_update", Type::boolean},
    {"site_cache_dir"},
    {"machine"},
};
constexpr Setting kCache[] = {
  {"local"}, {"s3"}, {"gs"}, {"hdfs"}, {"webhdfs"}, {"ssh"}, {"azure"}, {"dir"}, {"type", Type::link_types},
  {"protected", Type::boolean}, {"shared", Type::choice, "group"}, {"slow_link_warning", Type::boolean},
  {"verify", Type::boolean},
};
constexpr Setting kState[] = {{"dir"}, {"row_limit", Type::positive}, {"row_cleanup_quota", Type::percent}};
constexpr Setting kIndex[] = {{"dir"}};
constexpr Setting kFeature[] = {{"machine", Type::boolean}};
constexpr Setting kPlots[] = {{"html_template"}, {"auto_open", Type::boolean}, {"out_dir"}};
constexpr Setting kExp[] = {{"code"}, {"data"}, {"models"}, {"metrics"}, {"params"}, {"plots"}, {"live"},
                            {"auto_push", Type::boolean}, {"git_remote"}};
constexpr Setting kParsing[] = {{"bool", Type::choice, "store_true, boolean_optional"},
                                {"list", Type::choice, "nargs, append"}};
constexpr Setting kHydra[] = {
    {"enabled", Type::boolean}, {"config_dir"}, {"config_module"}, {"config_name"}, {"plugins_path"}};
constexpr Setting kStudio[] = {{"token"}, {"url"}, {"repo_url"}, {"offline", Type::boolean}};
constexpr Setting kDb[] = {{"url"}, {"username"}, {"password"}};
constexpr Setting kMachine[] = {
  {"cloud", Type::choice, "aws, azure"}, {"region", Type::choice, "us-west, us-east, eu-west, eu-north"}, {"image"},
  {"spot", Type::boolean}, {"spot_price", Type::real}, {"instance_hdd_size", Type::integer}, {"instance_type"},
  {"instance_gpu"}, {"ssh_private"}, {"startup_script"}, {"setup_script"},
};

/// Every remote has these.
constexpr Setting kRemote[] = {
  {"url"}, {"checksum_jobs", Type::positive}, {"jobs", Type::positive}, {"worktree", Type::boolean},
  {"no_traverse", Type::boolean}, {"version_aware", Type::boolean},
};
constexpr Setting kLocalRemote[] = {
  {"type", Type::link_types}, {"protected", Type::boolean}, {"shared", Type::choice, "group"},
  {"slow_link_warning", Type::boolean}, {"verify", Type::boolean},
};
constexpr Setting kS3[] = {
    {"region"},
    {"profile"},
    {"credentialpath"},
    {"configpath"},
    {"endpointurl"},
    {"access_key_id"},
    {"secret_access_key"},
    {"session_token"},
    {"listobjects", Type::boolean},
    {"use_ssl", Type::boolean},
    {"allow_anonymous_login", Type::boolean},
    {"ssl_verify"},
    {"sse"},
    {"sse_kms_key_id"},
    {"sse_customer_algorithm"},
    {"sse_customer_key"},
    {"acl"},
    {"grant_read"},
    {"grant_read_acp"},
    {"grant_write_acp"},
    {"grant_full_control"},
    {"cache_regions", Type::never_bool},
    {"read_timeout", Type::integer},
    {"connect_timeout", Type::integer},
    {"verify", Type::boolean},
};
constexpr Setting kGs[] = {{"projectname"}, {"credentialpath"}, {"endpointurl"}, {"verify", Type::boolean},
                           {"allow_anonymous_login", Type::boolean}};
constexpr Setting kSsh[] = {
    {"type", Type::link_types},
    {"port", Type::integer},
    {"user"},
    {"password"},
    {"ask_password", Type::boolean},
    {"passphrase"},
    {"ask_passphrase", Type::boolean},
    {"keyfile"},
    {"timeout", Type::integer},
    {"gss_auth", Type::boolean},
    {"allow_agent", Type::boolean},
    {"max_sessions", Type::integer},
    {"verify", Type::boolean},
};
constexpr Setting kHdfs[] = {{"user"}, {"kerb_ticket"}, {"replication", Type::never_int}};
constexpr Setting kWebhdfs[] = {
    {"kerberos", Type::boolean},
    {"kerberos_principal"},
    {"proxy_to"},
    {"ssl_verify"},
    {"token"},
    {"use_https", Type::boolean},
    {"user"},
    {"password"},
    {"data_proxy_target"},
    {"verify", Type::boolean},
};
constexpr Setting kAzure[] = {
    {"connection_string"},
    {"sas_token"},
    {"account_name"},
    {"account_key"},
    {"tenant_id"},
    {"client_id"},
    {"client_secret"},
    {"allow_anonymous_login", Type::boolean},
    {"exclude_environment_credential", Type::boolean},
    {"exclude_visual_studio_code_credential", Type::boolean},
    {"exclude_shared_token_cache_credential", Type::boolean},
    {"exclude_managed_identity_credential", Type::boolean},
    {"verify", Type::boolean},
    {"timeout", Type::integer},
    {"read_timeout", Type::integer},
    {"connection_timeout", Type::integer},
};
constexpr Setting kOss[] = {{"oss_key_id"}, {"oss_key_secret"}, {"oss_endpoint"}, {"verify", Type::boolean}};
constexpr Setting kGdrive[] = {
  {"profile"}, {"gdrive_use_service_account", Type::boolean}, {"gdrive_client_id"}, {"gdrive_client_secret"},
  {"gdrive_user_credentials_file"}, {"gdrive_service_account_user_email"}, {"gdrive_service_account_json_file_path"},
  {"gdrive_trash_only", Type::boolean}, {"gdrive_acknowledge_abuse", Type::boolean}, {"verify", Type::boolean},
};
constexpr Setting kHttp[] = {
  {"auth", Type::choice, "basic, digest, custom"}, {"custom_auth_header"}, {"user"}, {"password"},
  {"ask_password", Type::boolean}, {"ssl_verify"}, {"method"}, {"connect_timeout", Type::seconds},
  {"read_timeout", Type::seconds}, {"verify", Type::boolean},
};
constexpr Setting kWebdav[] = {
  {"user"}, {"password"}, {"ask_password", Type::boolean}, {"token"}, {"bearer_token_command"}, {"custom_auth_header"},
  {"cert_path"}, {"key_path"}, {"timeout", Type::integer}, {"ssl_verify"}, {"verify", Type::boolean},
};

constexpr Setting kRun[] = {{"jobs", Type::positive}, {"warm", Type::boolean}, {"always_shell", Type::boolean},
                            {"keep_failed_outs", Type::boolean}, {"timeout", Type::seconds}, {"lock_timeout", Type::seconds},
                            {"executor", Type::choice, "warm, process, interpreter"}};

struct Section {
  std::string_view group;
  std::span<const Setting> settings;
};

constexpr Section kSections[] = {
    {"core", kCore},       {"cache", kCache},   {"state", kState}, {"index", kIndex},
    {"feature", kFeature}, {"plots", kPlots},   {"exp", kExp},     {"parsing", kParsing},
    {"hydra", kHydra},     {"studio", kStudio}, {"db", kDb},       {"machine", kMachine},
};

constexpr Section kOurSections[] = {{"run", kRun}};

constexpr Section kSchemes[] = {
    {"", kLocalRemote},    {"s3", kS3},         {"gs", kGs},          {"ssh", kSsh},          {"hdfs", kHdfs},
    {"webhdfs", kWebhdfs}, {"azure", kAzure},   {"oss", kOss},        {"gdrive", kGdrive},    {"http", kHttp},
    {"https", kHttp},      {"webdav", kWebdav}, {"webdavs", kWebdav}, {"file", kLocalRemote},
};

/// Sections of ours whose keys their readers check themselves.
constexpr std::string_view kFreeSections[] = {"fingerprint", "python", "ui", "queue", "worker"};

template <typename Table>
const Section* find_section(const Table& table, std::string_view name) {
  for (const auto& section : table)
    if (section.group == name) return &section;
  return nullptr;
}

const Setting* find_setting(std::span<const Setting> settings, std::string_view key) {
  for (const auto& setting : settings)
    if (setting.key == key) return &setting;
  return nullptr;
}

[[noreturn]] void refuse(std::string_view what, std::string_view place) {
  throw Error(cat("configuration error - config file error: ", what, " @ data", place), ErrorKind::config);
}

/// Python's int(text) or float(text), roughly: nullptr end means "not a number".
bool parse_real(std::string_view text, double& out) {
  const std::string copy(trim(text));
  char* end = nullptr;
  out = std::strtod(copy.c_str(), &end);
  return !copy.empty() && *end == '\0';
}

bool parse_integer(std::string_view text, double& out) {
  text = trim(text);
  const auto digits = !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
  const bool all = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !digits.empty() && all && parse_real(text, out);
}

std::string number_problem(const Setting& setting, const std::string& value) {
  double number = 0;
  const bool is_real = setting.type == Type::real || setting.type == Type::seconds;
  if (is_real ? !parse_real(value, number) : !parse_integer(value, number))
    return is_real ? "expected float" : "expected int";
  if (setting.type == Type::positive && number < 1) return "value must be at least 1";
  if ((setting.type == Type::seconds || setting.type == Type::percent) && number < 0) return "value must be at least 0";
  if (setting.type == Type::percent && number > 100) return "value must be at most 100";
  return "";
}

std::string link_type_problem(const std::string& value) {
  std::vector<std::string> unknown;
  for (auto word : split(value, ',')) {
    const auto type = trim(word);
    if (type != "reflink" && type != "hardlink" && type != "symlink" && type != "copy") unknown.emplace_back(type);
  }
  return unknown.empty() ? "" : cat("Unsupported cache type(s): ", join(unknown, ", "));
}

/// What is wrong with the value; "" when nothing is.
std::string problem(const Setting& setting, const std::string& value) {
  const auto low = lower(value);
  switch (setting.type) {
    case Type::text: return "";
    case Type::boolean: return low == "true" || low == "false" ? "" : "expected true or false";
    case Type::link_types: return link_type_problem(value);
    case Type::never_bool: return "expected bool";
    case Type::never_int: return "expected int";
    case Type::choice: {
      for (auto choice : split(setting.choices, ','))
        if (trim(choice) == low) return "";
      return cat("expected one of ", setting.choices);
    }
    default: return number_problem(setting, value);
  }
}

void check_value(const Setting* setting, const std::string& value, const std::string& place) {
  if (setting == nullptr) refuse("extra keys not allowed", place);
  if (const auto what = problem(*setting, value); !what.empty()) refuse(cat(what, " for dictionary value"), place);
}

std::string scheme_of(const std::string& url) {
  const auto at = url.find("://");
  return at == url.npos ? "" : lower(url.substr(0, at));
}

void validate_remote(const ConfigSection& remote) {
  const auto place = cat("['remote']['", remote.name, "']");
  const auto* url = remote.find("url");
  if (url == nullptr) refuse("expected 'url' for dictionary value", place);
  const auto scheme = scheme_of(*url);
  if (scheme == "remote") return;  // options of the other remote: DVC checks them when it is used
  const auto* own = find_section(kSchemes, scheme);
  if (own == nullptr) refuse(cat("Unsupported URL type ", scheme, ":// for dictionary value"), place);
  for (const auto& [key, value] : remote.values) {
    const auto* setting = find_setting(kRemote, key);
    if (setting == nullptr) setting = find_setting(own->settings, key);
    check_value(setting, value, cat(place, "['", key, "']"));
  }
}

bool is_free(std::string_view group) {
  return std::find(std::begin(kFreeSections), std::end(kFreeSections), group) != std::end(kFreeSections);
}

void validate_section(const ConfigSection& section, const Section* known) {
  const auto place =
      section.name.empty() ? cat("['", section.group, "']") : cat("['", section.group, "']['", section.name, "']");
  if (known == nullptr) refuse("extra keys not allowed", place);
  if (section.group == "hydra" && section.find("config_dir") != nullptr && section.find("config_module") != nullptr)
    refuse("two or more values in the same group of exclusion 'config_source'", "['hydra'][<config_source>]");
  for (const auto& [key, value] : section.values) {
    const auto* setting = find_setting(known->settings, key);
    if (setting == nullptr && section.group == "feature") continue;  // a warning only
    check_value(setting, value, cat(place, "['", key, "']"));
  }
}

}  // namespace

const std::string* ConfigSection::find(std::string_view key) const {
  for (const auto& [known, value] : values)
    if (known == key) return &value;
  return nullptr;
}

bool has_named_sections(std::string_view group) { return group == "remote" || group == "machine" || group == "db"; }

bool is_ours(std::string_view group) { return is_free(group) || find_section(kOurSections, group) != nullptr; }

bool is_known_section(std::string_view group) {
  return is_ours(group) || (find_section(kSections, group) != nullptr && !has_named_sections(group));
}

bool is_path_setting(std::string_view group, std::string_view key) {
  if (group == "cache") return key == "dir";
  if (group != "remote") return false;
  constexpr std::string_view kPaths[] = {"url", "credentialpath", "configpath", "keyfile", "cert_path", "key_path",
                                         "gdrive_user_credentials_file", "gdrive_service_account_json_file_path"};
  return std::find(std::begin(kPaths), std::end(kPaths), key) != std::end(kPaths);
}

void validate(const ConfigSections& sections) {
  for (const auto& section : sections) {
    if (section.group.empty()) {
      if (!section.values.empty()) refuse("extra keys not allowed", cat("['", section.values.front().first, "']"));
    } else if (section.group == "remote") {
      validate_remote(section);
    } else {
      validate_section(section, find_section(kSections, section.group));
    }
  }
}

void validate_ours(const ConfigSections& sections) {
  for (const auto& section : sections)
    if (!is_free(section.group)) validate_section(section, find_section(kOurSections, section.group));
}

std::string unsupported_features(const ConfigSections& sections) {
  std::vector<std::string> names;
  for (const auto& section : sections) {
    if (section.group != "feature") continue;
    for (const auto& [key, value] : section.values)
      if (find_setting(kFeature, key) == nullptr) names.push_back(cat("'feature.", key, "'"));
  }
  if (names.empty()) return "";
  return cat(join(names, ", "), names.size() > 1 ? " config options are unsupported" : " config option is unsupported");
}

}  // namespace pivot::workspace
