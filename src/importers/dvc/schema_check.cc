#include <algorithm>

#include "importers/dvc/schema.h"

namespace pivot::importers::dvc {

namespace {

/// The way down to the value at hand: frames on the stack, turned into a path only when there is a problem to report.
struct Frame {
  const Frame* parent;
  const Value* key;     ///< null for an index
  std::size_t index;
  std::size_t depth;
};

std::vector<PathStep> path_of(const Frame* frame) {
  std::vector<PathStep> out;
  for (; frame != nullptr; frame = frame->parent) {
    out.push_back(frame->key != nullptr ? PathStep{*frame->key, false}
                                        : PathStep{Value(static_cast<std::int64_t>(frame->index)), true});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

using Problems = std::vector<Problem>;

class Checker {
 public:
  Problems check(const Schema& schema, const Value& value, const Frame* at) const;

 private:
  Problems check_map(const Schema& schema, const Value& value, const Frame* at) const;
  Problems check_list(const Schema& schema, const Value& value, const Frame* at) const;
  Problems check_options(const Schema& schema, const Value& value, const Frame* at) const;
  Problems check_stage(const Schema& schema, const Value& value, const Frame* at) const;
};

Problems fail(std::string message, const Frame* at) { return {{std::move(message), path_of(at)}}; }

bool is_integer(const Value& value) {
  return value.is_int() || value.is_bool() || value.kind() == Value::Kind::big_integer;
}

bool is_checksum(const Value& value) {
  if (value.is_null() || value.is_bool() || value.kind() == Value::Kind::big_integer) return true;
  if (value.is_int()) return value.as_int() > 99 || value.as_int() < -9;
  return value.is_string() && (value.as_string().empty() || value.as_string().size() >= 3);
}

/// Index of a known key, or npos.
std::size_t known_key(const Schema& schema, const Value& key) {
  if (!key.is_string()) return std::string::npos;
  const auto& name = key.as_string();
  for (std::size_t i = 0; i < schema.keys.size(); ++i) {
    if (schema.keys[i].name == name) return i;
  }
  return std::string::npos;
}

Problems Checker::check_map(const Schema& schema, const Value& value, const Frame* at) const {
  if (!value.is_map()) return fail("expected a dictionary", at);
  Problems problems;
  const auto depth = at == nullptr ? 1 : at->depth + 1;
  std::uint64_t seen = 0;
  for (const auto& [key, element] : value.as_map().items) {
    const Frame frame{at, &key, 0, depth};
    const auto known = known_key(schema, key);
    const Schema* expected = known != std::string::npos ? schema.keys[known].value : schema.other_keys;
    if (known != std::string::npos) seen |= std::uint64_t{1} << known;
    Problems found;
    if (expected == nullptr) {
      found = fail("extra keys not allowed", &frame);
    } else if (known == std::string::npos && !key.is_string()) {
      found = fail("expected str", &frame);
    } else {
      found = check(*expected, element, &frame);
    }
    std::move(found.begin(), found.end(), std::back_inserter(problems));
  }
  for (std::size_t i = 0; i < schema.keys.size(); ++i) {
    if (!schema.keys[i].required || (seen >> i & 1) != 0) continue;
    const Value name(schema.keys[i].name);
    const Frame frame{at, &name, 0, depth};
    problems.push_back({"required key not provided", path_of(&frame)});
  }
  const auto& items = value.as_map().items;
  if (schema.needs_a_key && std::none_of(items.begin(), items.end(), [](const auto& item) { return item.first.is_string(); })) {
    const Value name("<class 'str'>");  // what DVC prints for "some key"
    const Frame frame{at, &name, 0, depth};
    problems.push_back({"required key not provided", path_of(&frame)});
  }
  if (problems.empty() && schema.most_keys != 0 && value.as_map().size() > schema.most_keys) {
    return fail("length of value must be at most " + std::to_string(schema.most_keys), at);
  }
  return problems;
}

Problems Checker::check_list(const Schema& schema, const Value& value, const Frame* at) const {
  if (!value.is_list()) return fail("expected a list", at);
  Problems problems;
  const auto depth = at == nullptr ? 1 : at->depth + 1;
  for (std::size_t i = 0; i < value.as_list().size(); ++i) {
    const Frame frame{at, nullptr, i, depth};
    Problems found;
    for (const Schema* option : schema.options) {
      found = check(*option, value.as_list()[i], &frame);
      if (found.empty()) break;
      // A problem deeper inside means that the form was recognised: it is reported alone, also without those found before.
      if (found.front().path.size() > depth) return found;
    }
    std::move(found.begin(), found.end(), std::back_inserter(problems));
  }
  return problems;
}

Problems Checker::check_options(const Schema& schema, const Value& value, const Frame* at) const {
  Problems best;
  for (const Schema* option : schema.options) {
    auto found = check(*option, value, at);
    if (found.empty()) return {};
    if (best.empty() || found.front().path.size() > best.front().path.size()) best = std::move(found);
  }
  return best;
}

Problems Checker::check_stage(const Schema& schema, const Value& value, const Frame* at) const {
  const bool loops = value.is_map() && (value.as_map().find("foreach") != nullptr || value.as_map().find("do") != nullptr);
  return check(*schema.options[loops ? 1 : 0], value, at);
}

Problems Checker::check(const Schema& schema, const Value& value, const Frame* at) const {
  const auto expect = [&](bool holds, const char* message) { return holds ? Problems{} : fail(message, at); };
  switch (schema.kind) {
    case Schema::Kind::anything: return {};
    case Schema::Kind::text: return expect(value.is_string(), "expected str");
    case Schema::Kind::boolean: return expect(value.is_bool(), "expected bool");
    case Schema::Kind::integer: return expect(is_integer(value), "expected int");
    case Schema::Kind::null: return expect(value.is_null(), "not a valid value");
    case Schema::Kind::any_map: return expect(value.is_map(), "expected dict");
    case Schema::Kind::any_list: return expect(value.is_list(), "expected list");
    case Schema::Kind::checksum: return expect(is_checksum(value), "not a valid value");
    case Schema::Kind::schema_version:
      return expect(value.is_string() && value.as_string() == "2.0", "invalid schema version");
    case Schema::Kind::map: return check_map(schema, value, at);
    case Schema::Kind::list: return check_list(schema, value, at);
    case Schema::Kind::one_of: return check_options(schema, value, at);
    case Schema::Kind::one_of_stage_forms: return check_stage(schema, value, at);
  }
  return {};
}

}  // namespace

std::vector<Problem> find_problems(const Schema& schema, const Value& value) { return Checker().check(schema, value, nullptr); }

}  // namespace pivot::importers::dvc
