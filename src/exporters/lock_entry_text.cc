#include "exporters/lock_entry_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "exporters/dvc_lock.h"
#include "exporters/entry_value.h"
#include "exporters/lock_order.h"
#include "text/simple_scalar.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

constexpr int kNameIndent = 2;
constexpr std::string_view kKeyIndent = "    ";
constexpr std::string_view kItemIndent = "      ";
constexpr std::size_t kLongestKey = 50;    ///< far from where keys get "? "
constexpr std::size_t kLongestLine = 78;   ///< far from where scalars are folded

/// Each step returns false, with anything written, when the general writer has to be asked.
class UsualEntry {
 public:
  explicit UsualEntry(std::string& out) : out_(out) {}

  bool write(const std::string& stage, const model::StageRecord& record) {
    out_.reserve(96 + 160 * (record.deps.size() + record.outs.size() + record.params.size()));
    if (!key("  ", stage)) return false;
    out_ += '\n';
    cmd(record.cmd);
    return entries("deps", record.deps) && params(record.params) && entries("outs", record.outs);
  }

 private:
  bool key(std::string_view indent, std::string_view name) {
    if (name.size() > kLongestKey || !text::is_simple_text(name)) return false;
    out_.append(indent).append(name) += ':';
    return true;
  }

  bool scalar(std::string_view indent, std::string_view name, std::string_view value) {
    if (indent.size() + name.size() + 2 + value.size() > kLongestLine || !text::is_simple_text(value)) return false;
    line(indent, name, value);
    return true;
  }

  /// Of what is surely simple.
  void line(std::string_view indent, std::string_view name, std::string_view value) { out_.append(indent).append(name).append(": ").append(value) += '\n'; }

  void number(std::string_view name, std::int64_t value) {
    char digits[24];
    line(kItemIndent, name, {digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
  }

  void cmd(const Value& value) {
    if (value.is_string() && scalar(kKeyIndent, "cmd", value.as_string())) return;
    text::yaml::dump_entry(out_, Value("cmd"), value, static_cast<int>(kKeyIndent.size()));
  }

  bool entries(std::string_view name, const std::vector<model::LockEntry>& list) {
    if (list.empty()) return true;
    out_.append(kKeyIndent).append(name).append(":\n");
    if (std::is_sorted(list.begin(), list.end(), [](const auto& a, const auto& b) { return comes_first(a, b); }))
      return std::all_of(list.begin(), list.end(), [&](const auto& entry) { return one(entry); });
    const auto sorted = in_lock_order(list);
    return std::all_of(sorted.begin(), sorted.end(), [&](const auto* entry) { return one(*entry); });
  }

  bool one(const model::LockEntry& entry) {
    if (!entry.extra.is_null() || !scalar("    - ", "path", entry.path)) return false;
    const bool is_legacy = entry.hash.name == kLegacyHash;
    if (!is_legacy) line(kItemIndent, "hash", "md5");
    if (entry.hash.known() && !entry.hash.name.empty() && !scalar(kItemIndent, is_legacy ? "md5" : entry.hash.name, entry.hash.value)) return false;
    if (entry.meta.size) number("size", *entry.meta.size);
    if (entry.meta.nfiles) number("nfiles", *entry.meta.nfiles);
    if (entry.meta.isexec) line(kItemIndent, "isexec", "true");
    return true;
  }

  bool params(const std::vector<model::LockParams>& list) {
    if (list.empty()) return true;
    if (list.size() > 1) return false;  // in an order of their own
    out_.append(kKeyIndent).append("params:\n");
    if (!key(kItemIndent, list.front().file)) return false;
    out_ += '\n';
    const auto& values = list.front().values;
    if (!values.is_map() || values.as_map().empty()) return false;
    const std::string* last = nullptr;
    for (const auto& [name, value] : values.as_map().items) {
      if (!name.is_string() || (last != nullptr && !(*last < name.as_string()))) return false;
      last = &name.as_string();
      if (!key("        ", *last) || !param(value)) return false;
      out_ += '\n';
    }
    return true;
  }

  bool param(const Value& value) {
    constexpr std::size_t kLongestParam = 16;  // below the longest key there is room for that
    char digits[24];
    switch (value.kind()) {
      case Value::Kind::string:
        if (value.as_string().size() > kLongestParam || !text::is_simple_text(value.as_string())) return false;
        out_.append(" ").append(value.as_string());
        return true;
      case Value::Kind::boolean: return out_.append(value.as_bool() ? " true" : " false"), true;
      case Value::Kind::integer:
        out_.append(" ").append(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value.as_int()).ptr - digits));
        return true;
      case Value::Kind::real:
        if (!std::isfinite(value.as_real())) return false;
        return out_.append(" ").append(python_float_repr(value.as_real())), true;
      default: return false;
    }
  }

  std::string& out_;
};

}  // namespace

std::string lock_entry_text(const std::string& stage, const model::StageRecord& record) {
  std::string out;
  if (UsualEntry(out).write(stage, record)) return out;
  return lock_entry_text_by_values(stage, record);
}

std::string lock_entry_text_by_values(const std::string& stage, const model::StageRecord& record) {
  std::string out;
  text::yaml::dump_entry(out, Value(stage), lock_value(record), kNameIndent);
  return out;
}

}  // namespace pivot::exporters
