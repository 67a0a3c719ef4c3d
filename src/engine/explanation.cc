#include "engine/explanation.h"

#include "base/path.h"
#include "base/strings.h"

namespace pivot::engine {

namespace {

std::string_view kind_name(Reason::Kind kind) {
  switch (kind) {
    case Reason::Kind::command: return "command";
    case Reason::Kind::always: return "always_changed";
    case Reason::Kind::dep: return "dep";
    case Reason::Kind::param: return "param";
    case Reason::Kind::out: return "out";
    case Reason::Kind::code: return "code";
    case Reason::Kind::distribution: return "distribution";
    case Reason::Kind::read: return "read";
    case Reason::Kind::checksum: break;
  }
  return "checksum";
}

std::string change_words(const Reason& reason) {
  switch (reason.change) {
    case Change::added: return "is not in the lock file";
    case Change::modified: return reason.before.is_null() && reason.kind != Reason::Kind::param ? "is not in the lock file" : "was modified";
    case Change::deleted: return "is missing";
    case Change::not_in_cache: break;
  }
  return "is not in the cache";
}

std::string hash_words(const Reason& reason) {
  if (reason.before.is_null() || reason.after.is_null()) return "";
  return cat(" (", python_str(reason.before), " -> ", python_str(reason.after), ")");
}

std::string place_words(const Reason& reason, const std::string& cwd) {
  if (reason.place.file.empty()) return "";
  const auto file = path::is_absolute(reason.place.file) ? reason.place.file : path::relative(reason.place.file, cwd);
  return cat(file, ":", std::to_string(reason.place.line));
}

std::string code_words(const Reason& reason, const std::string& cwd) {
  const auto place = place_words(reason, cwd);
  const auto where = place.empty() ? "" : cat(" at ", place);
  switch (reason.change) {
    case Change::added: return cat("code '", reason.key, "' is new", where);
    case Change::deleted: return cat("code '", reason.key, "' is no longer used");
    default: return cat("code '", reason.key, "' was modified", where, hash_words(reason));
  }
}

}  // namespace

std::string explanation(const Reason& reason, const std::string& cwd) {
  const auto file = reason.file.empty() || path::is_url(reason.file) ? reason.file : path::relative(reason.file, cwd);
  switch (reason.kind) {
    case Reason::Kind::command:
      if (reason.change == Change::added) return "never ran: no entry in the lock file";
      return cat("command changed: ", python_repr(reason.before), " -> ", python_repr(reason.after));
    case Reason::Kind::always: return "always runs (no dependencies, or always_changed)";
    case Reason::Kind::dep: return cat("dependency '", file, "' ", change_words(reason), hash_words(reason));
    case Reason::Kind::out: return cat("output '", file, "' ", change_words(reason), hash_words(reason));
    case Reason::Kind::code: return code_words(reason, cwd);
    case Reason::Kind::distribution:
      return cat("package '", reason.key, "' is another version (", python_str(reason.before), " -> ", python_str(reason.after), ")");
    case Reason::Kind::read: return cat("file '", file, "', which it reads without declaring it, ", change_words(reason), hash_words(reason));
    case Reason::Kind::param: break;
    case Reason::Kind::checksum: return "the recorded checksum of the import differs";
  }
  if (reason.key.empty()) return cat("parameter file '", file, "' ", change_words(reason));
  auto text = cat("parameter '", reason.key, "' ", file.empty() ? "" : cat("of '", file, "' "), change_words(reason));
  if (!reason.before.is_null() || !reason.after.is_null())
    text += cat(" (", python_repr(reason.before), " -> ", python_repr(reason.after), ")");
  return text;
}

Value explanation_value(const Reason& reason, const std::string& cwd) {
  Map map;
  map.set("kind", Value(kind_name(reason.kind)));
  map.set("change", Value(change_name(reason.change)));
  if (!reason.file.empty()) map.set("path", path::is_url(reason.file) ? reason.file : path::relative(reason.file, cwd));
  if (!reason.key.empty()) map.set("key", reason.key);
  if (!reason.before.is_null()) map.set("before", reason.before);
  if (!reason.after.is_null()) map.set("after", reason.after);
  if (!reason.place.file.empty()) {
    map.set("file", reason.place.file);
    map.set("line", static_cast<std::int64_t>(reason.place.line));
  }
  return map;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += cat(i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", "'", names[i], "'");
  return out;
}

}  // namespace pivot::engine
