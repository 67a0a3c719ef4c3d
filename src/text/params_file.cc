#include "text/params_file.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/json.h"
#include "text/python_constants.h"
#include "text/toml.h"
#include "text/yaml.h"

namespace pivot::text {

namespace {

/// DVC's message; what is wrong and where goes into the hint.
Error corrupted(const std::string& name, const char* format, const Error& cause) {
  Place place = cause.place().value_or(Place{});
  place.file = name;
  Error error(cat("unable to read: '", name, "', ", format, " file structure is corrupted"));
  error.with_hint(cause.message()).with_place(std::move(place));
  return error;
}

Value parse_as(std::string_view content, const std::string& name, const std::string& suffix) {
  if (suffix == ".json") return json::parse(content, name);
  if (suffix == ".toml") return toml_file::parse(content, name);
  if (suffix == ".py") return parse_python_constants(content);
  return yaml::load(content);
}

}  // namespace

Value parse_params(std::string_view content, const std::string& name) {
  const std::string suffix = lower(path::extension(name));
  const char* format = suffix == ".json" ? "JSON" : suffix == ".toml" ? "TOML" : suffix == ".py" ? "Python" : "YAML";
  try {
    return parse_as(content, name, suffix);
  } catch (const yaml::SyntaxError& e) {
    const std::string& kind = e.error_class();
    const bool is_ruamel = kind == "ScannerError" || kind == "ParserError" || kind == "ComposerError" ||
                           kind == "ConstructorError" || kind == "DuplicateKeyError" || kind == "ReaderError";
    if (!is_ruamel) throw Error(e.problem(), ErrorKind::unexpected);
    throw corrupted(name, format, e);
  } catch (const Error& e) {
    throw corrupted(name, format, e);
  }
}

}  // namespace pivot::text
