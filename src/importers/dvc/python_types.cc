#include "importers/dvc/python_types.h"

namespace pivot::importers::dvc {

const char* python_type_name(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return "NoneType";
    case Value::Kind::boolean: return "bool";
    case Value::Kind::integer:
    case Value::Kind::big_integer: return "int";
    case Value::Kind::real: return "float";
    case Value::Kind::string: return "str";
    case Value::Kind::date: return "date";
    case Value::Kind::bytes: return "bytes";
    case Value::Kind::list: return "list";
    case Value::Kind::map: return "dict";
  }
  return "object";
}

}  // namespace pivot::importers::dvc
