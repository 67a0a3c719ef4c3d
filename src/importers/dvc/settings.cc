// `meta: pivot:` of a stage: the only place where DVC's schema lets a stage say something to us.
//
//   meta:
//     pivot:
//       timeout: 90 | 30s | 5m | 2h | 1d      seconds without a unit
//       retries: 2
//       mutex: gpu | [gpu, license]
//       env: {KEY: value}
//       resources: anything (read by runners)
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/strings.h"
#include "importers/dvc/python_types.h"
#include "importers/dvc/stage_builder.h"

namespace pivot::importers::dvc {

namespace {

class SettingsReader {
 public:
  SettingsReader(const std::string& stage, const std::string& shown) : stage_(stage), shown_(shown) {}

  model::Settings read(const Map& map) const {
    model::Settings out;
    for (const auto& [name, value] : map.items) {
      const auto key = python_str(name);
      if (key == "timeout") {
        out.timeout = seconds(value);
      } else if (key == "retries") {
        out.retries = count(value);
      } else if (key == "mutex") {
        out.mutex = names(value);
      } else if (key == "env") {
        out.env = environment(value);
      } else if (key == "resources") {
        out.resources = value;
      } else if (key == "export") {
        const Value* of = value.is_map() ? value.as_map().find("of") : nullptr;
        if (of == nullptr || !of->is_string()) throw wrong("export", "expected a map with `of`");
        out.exports = of->as_string();
      } else {
        throw wrong(key, "unknown key").with_hint("known keys: timeout, retries, mutex, env, resources");
      }
    }
    return out;
  }

  Error wrong(const std::string& key, const std::string& problem) const {
    const auto place = key.empty() ? "meta.pivot" : cat("meta.pivot.", key);
    return Error(cat("failed to parse 'stages.", stage_, ".", place, "' in '", shown_, "': ", problem));
  }

 private:
  double seconds(const Value& value) const {
    double number = -1;
    if (value.is_int()) number = static_cast<double>(value.as_int());
    if (value.is_real()) number = value.as_real();
    if (value.is_string()) {
      const auto& text = value.as_string();
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      const auto unit = std::string_view(text).substr(static_cast<std::size_t>(end - text.data()));
      const double factor = unit.empty() || unit == "s" ? 1
                            : unit == "m"             ? 60
                            : unit == "h"             ? 3600
                            : unit == "d"             ? 86400
                                                      : -1;
      number = failure == std::errc() ? number * factor : -1;
    }
    if (!std::isfinite(number) || number < 0) throw wrong("timeout", cat("expected seconds or 30s, 5m, 2h, 1d, got ", python_repr(value)));
    return number;
  }

  int count(const Value& value) const {
    constexpr std::int64_t kMost = 1000;
    if (!value.is_int() || value.as_int() < 0 || value.as_int() > kMost) {
      throw wrong("retries", cat("expected a number from 0 to 1000, got ", python_repr(value)));
    }
    return static_cast<int>(value.as_int());
  }

  std::vector<std::string> names(const Value& value) const {
    if (value.is_string()) return {value.as_string()};
    std::vector<std::string> out;
    for (const auto& name : value.is_list() ? value.as_list() : List{Value()}) {
      if (!name.is_string()) throw wrong("mutex", cat("expected a name or a list of names, got ", python_repr(value)));
      out.push_back(name.as_string());
    }
    return out;
  }

  std::vector<std::pair<std::string, std::string>> environment(const Value& value) const {
    if (!value.is_map()) throw wrong("env", cat("expected a map of names to values, got ", python_type_name(value)));
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, text] : value.as_map().items) {
      const auto key = python_str(name);
      if (key.empty() || key.find('=') != std::string::npos || key.find('\0') != std::string::npos) {
        throw wrong("env", cat("not a name of a variable: ", python_repr(name)));
      }
      if (text.is_container() || text.is_null()) throw wrong(cat("env.", key), "expected a text or a number");
      out.emplace_back(key, text.is_bool() ? (text.as_bool() ? "true" : "false") : python_str(text));
    }
    return out;
  }

  const std::string& stage_;
  const std::string& shown_;
};

}  // namespace

model::Settings read_settings(const Value& meta, const std::string& stage, const std::string& shown) {
  const Value* ours = meta.is_map() ? meta.as_map().find("pivot") : nullptr;
  if (ours == nullptr || ours->is_null()) return {};
  const SettingsReader reader(stage, shown);
  if (!ours->is_map()) throw reader.wrong("", cat("expected a map, got ", python_type_name(*ours)));
  return reader.read(ours->as_map());
}

}  // namespace pivot::importers::dvc
