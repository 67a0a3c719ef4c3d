// The schemas of dvc.yaml, *.dvc and dvc.lock, and a checker that reports problems as DVC's does: same texts, same paths, same
// choice of the problem to show when several alternatives fail.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"

namespace pivot::importers::dvc {

/// What a value must be. Schemas are immutable and live as long as the process.
struct Schema {
  enum class Kind : unsigned char {
    anything,
    text,
    boolean,
    integer,
    null,
    any_map,
    any_list,
    checksum,        ///< null, "" or a text (or number) of three characters and more
    schema_version,  ///< the text 2.0
    map,             ///< `keys`, else `other_keys` for text keys
    list,            ///< every element is one of `options`
    one_of,          ///< one of `options`
    one_of_stage_forms,  ///< options[1] when there is a foreach or do, options[0] otherwise
  };
  struct Key {
    std::string name;
    const Schema* value;
    bool required = false;
  };
  Kind kind = Kind::anything;
  std::vector<Key> keys;
  const Schema* other_keys = nullptr;  ///< null: other keys are errors
  bool needs_a_key = false;            ///< an empty map is an error
  std::size_t most_keys = 0;           ///< 0: any number
  std::vector<const Schema*> options;
};

/// A step to a value inside a document: a key (of any type) or an index.
struct PathStep {
  Value key;
  bool is_index = false;
};

struct Problem {
  std::string message;         ///< "extra keys not allowed"
  std::vector<PathStep> path;  ///< to the value (or the missing key)
};

/// All problems that DVC would report; empty when the value fits.
std::vector<Problem> find_problems(const Schema& schema, const Value& value);

const Schema& dvc_yaml_schema();
const Schema& dvc_file_schema();
const Schema& lock_file_schema();

}  // namespace pivot::importers::dvc
