// pivot._pivot: functions of the engine for Python, in the same process. Stages and fingerprints do not need it.
#include <pybind11/pybind11.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/value.h"
#include "text/ignore.h"
#include "text/json.h"
#include "text/yaml.h"

namespace py = pybind11;

namespace {

using pivot::Value;

py::object to_python(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::null: return py::none();
    case Value::Kind::boolean: return py::bool_(v.as_bool());
    case Value::Kind::integer: return py::int_(v.as_int());
    case Value::Kind::real: return py::float_(v.as_real());
    case Value::Kind::string: return py::str(v.as_string());
    case Value::Kind::big_integer: return py::reinterpret_steal<py::object>(PyLong_FromString(v.as_tagged().c_str(), nullptr, 10));
    case Value::Kind::date: return py::str(v.as_tagged());
    case Value::Kind::bytes: return py::bytes(v.as_tagged());
    case Value::Kind::list: {
      py::list out;
      for (const auto& item : v.as_list()) out.append(to_python(item));
      return out;
    }
    case Value::Kind::map: {
      py::dict out;
      for (const auto& [key, item] : v.as_map().items) out[to_python(key)] = to_python(item);
      return out;
    }
  }
  return py::none();
}

Value from_python(const py::handle& object) {
  if (object.is_none()) return {};
  if (py::isinstance<py::bool_>(object)) return object.cast<bool>();
  if (py::isinstance<py::int_>(object)) {
    int overflow = 0;
    const auto small = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    if (overflow != 0) return Value::tagged(Value::Kind::big_integer, py::str(object).cast<std::string>());
    return static_cast<std::int64_t>(small);
  }
  if (py::isinstance<py::float_>(object)) return object.cast<double>();
  if (py::isinstance<py::str>(object)) return object.cast<std::string>();
  if (py::isinstance<py::bytes>(object)) return Value::tagged(Value::Kind::bytes, object.cast<std::string>());
  if (py::isinstance<py::list>(object) || py::isinstance<py::tuple>(object)) {
    pivot::List out;
    for (const auto& item : object) out.push_back(from_python(item));
    return out;
  }
  if (py::isinstance<py::dict>(object)) {
    pivot::Map out;
    for (const auto& [key, item] : object.cast<py::dict>()) out.items.emplace_back(from_python(key), from_python(item));
    return out;
  }
  throw py::type_error("a value must be made of None, bool, int, float, str, bytes, list, tuple and dict, not " +
                       py::str(py::type::of(object)).cast<std::string>());
}

bool ignores(const std::string& patterns, const std::string& path, bool is_dir) {
  return pivot::text::IgnorePatterns(patterns).match_with_parents(path, is_dir).verdict == pivot::text::IgnorePatterns::Verdict::ignored;
}

}  // namespace

PYBIND11_MODULE(_pivot, m) {
  m.doc() = "Functions of pivot's engine: DVC's dialect of YAML, hashes, ignore patterns.";
  py::register_exception<pivot::Error>(m, "Error", PyExc_ValueError);
  m.def("yaml_load", [](const std::string& text) { return to_python(pivot::text::yaml::load(text)); }, py::arg("text"),
        "The value of one YAML document as DVC reads it. Raises Error with ruamel's words.");
  m.def("yaml_dump", [](const py::object& value) { return pivot::text::yaml::dump(from_python(value)); }, py::arg("value"),
        "A value as DVC writes it into dvc.lock and dvc.yaml.");
  m.def("json_dumps", [](const py::object& value) { return pivot::text::json::dump(from_python(value)); }, py::arg("value"),
        "A value exactly as json.dumps writes it.");
  m.def("md5", [](const py::bytes& data) { return pivot::md5_hex(std::string_view(data)); }, py::arg("data"),
        "The name of a cache object with this content: 32 hex digits.");
  m.def("ignores", &ignores, py::arg("patterns"), py::arg("path"), py::arg("is_dir") = false,
        "Whether the lines of a .dvcignore hide a path (relative to its folder) or one of its parents.");
}
