#include "importers/dvc/document.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::importers::dvc {

namespace {

using text::yaml::Mark;
using text::yaml::SyntaxError;

/// How far up DVC looks for a container whose place it knows.
constexpr int kMostSteps = 5;

/// "./dvc.yaml", "../dvc.yaml".
std::string dotted_path(const std::string& file, const std::string& cwd) {
  auto rel = path_from(file, cwd);
  return rel.starts_with("/") || rel.starts_with("..") ? rel : cat("./", rel);
}

/// Python's str.capitalize: the first letter upper-case, all others lower-case.
std::string capitalize(const std::string& s) {
  auto out = lower(s);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string number_column(int line, std::size_t width) {
  auto number = std::to_string(line);
  return cat("  ", std::string(width > number.size() ? width - number.size() : 0, ' '), number, " ");
}

/// Lines first..last (from 1), each behind its number; a caret under `caret` when that is one of them.
std::string snippet(const std::vector<std::string>& lines, int first, int last, const Mark& caret) {
  first = std::max(first, 1);
  last = std::max(first, std::min(last, static_cast<int>(lines.size())));
  const auto width = std::to_string(last).size();
  std::string out;
  for (int line = first; line <= last; ++line) {
    const auto at = static_cast<std::size_t>(line - 1);
    out += cat(number_column(line, width), at < lines.size() ? lines[at] : std::string(), "\n");
    if (caret.line + 1 == line) out += cat(std::string(width + 3 + static_cast<std::size_t>(caret.column), ' '), "^\n");
  }
  return out;
}

/// Errors that ruamel gives no marked lines to.
bool is_unmarked(const SyntaxError& error) { return error.error_class() == "ReaderError" || error.error_class() == "ValueError"; }

bool has_conflict_marker(const std::vector<std::string>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    if (line.size() < 8 || line[7] != ' ') return false;
    return line.find_first_not_of("<=>") == 7;
  });
}

std::string in_place(const std::string& message, const std::optional<Mark>& mark) {
  if (!mark) return cat(message, ", ");
  return cat(message, ", in line ", std::to_string(mark->line + 1), ", column ", std::to_string(mark->column + 1));
}

bool same_place(const SyntaxError& error) {
  return error.problem_mark() && error.context_mark()->line == error.problem_mark()->line &&
         error.context_mark()->column == error.problem_mark()->column;
}

Error syntax_error(const SyntaxError& error, std::string_view content, const std::string& file, const std::string& cwd) {
  const auto lines = python_splitlines(content);
  auto message = cat("'", dotted_path(file, cwd), "' is invalid",
                     has_conflict_marker(lines) ? " (possible merge conflicts)" : "", ".");
  const auto show = [&](const Mark& mark) { return snippet(lines, mark.line + 1, mark.line + 1, mark); };
  if (error.context_mark() || !error.problem().empty()) message += "\n\n";
  if (error.context_mark()) {
    message += cat(in_place(capitalize(error.context()), error.context_mark()), "\n");
    if (!same_place(error)) message += cat(show(*error.context_mark()), "\n");
  }
  if (!error.problem().empty()) message += cat(in_place(capitalize(error.problem()), error.problem_mark()), "\n");
  if (error.problem_mark()) message += show(*error.problem_mark());
  while (message.ends_with('\n')) message.pop_back();
  Error out(std::move(message), ErrorKind::validation);
  const auto& mark = error.problem_mark() ? error.problem_mark() : error.context_mark();
  out.with_place({file, mark ? mark->line + 1 : 0, mark ? mark->column + 1 : 0});
  return out;
}

/// Where a problem is: DVC's line and column (of the innermost container whose place is known) and the place itself.
struct ProblemPlace {
  std::optional<Mark> container;
  std::optional<Mark> exact;
  int steps = 1;
};

const Value* child(const Value& value, const PathStep& step) {
  if (step.is_index) {
    const auto index = static_cast<std::size_t>(step.key.as_int());
    return value.is_list() && index < value.as_list().size() ? &value.as_list()[index] : nullptr;
  }
  if (!value.is_map()) return nullptr;
  for (const auto& [key, element] : value.as_map().items) {
    if (key.kind() == step.key.kind() && python_equal(key, step.key)) return &element;
  }
  return nullptr;
}

const Value* value_at(const Value& document, const std::vector<PathStep>& path, std::size_t length) {
  const Value* at = &document;
  for (std::size_t i = 0; i < length && at != nullptr; ++i) at = child(*at, path[i]);
  return at;
}

std::vector<text::yaml::Step> yaml_path(const std::vector<PathStep>& path, std::size_t length) {
  std::vector<text::yaml::Step> out;
  for (std::size_t i = 0; i < length; ++i) {
    if (path[i].is_index) {
      out.emplace_back(static_cast<std::size_t>(path[i].key.as_int()));
    } else {
      out.emplace_back(python_str(path[i].key));
    }
  }
  return out;
}

ProblemPlace find_place(const Value& document, std::string_view content, const std::vector<PathStep>& path) {
  ProblemPlace place;
  auto length = path.size();
  for (; length > 0 && place.steps < kMostSteps; --length, ++place.steps) {
    const Value* value = value_at(document, path, length);
    if (value != nullptr && value->is_container()) {
      place.container = text::yaml::locate(content, yaml_path(path, length));
      if (place.container) break;
    }
  }
  for (length = path.size(); length > 0 && !place.exact; --length) {
    if (value_at(document, path, length) == nullptr) continue;
    place.exact = text::yaml::locate(content, yaml_path(path, length), !path[length - 1].is_index);
  }
  return place;
}

std::string path_text(const std::vector<PathStep>& path) {
  std::string out;
  for (const auto& step : path) out += cat(out.empty() ? "" : " -> ", python_str(step.key));
  return out;
}

std::string problem_text(const Problem& problem, const ProblemPlace& place, const std::vector<std::string>& lines) {
  auto out = problem.message;
  if (!problem.path.empty()) out += cat(", in ", path_text(problem.path));
  if (!place.container) return cat(out, "\n");
  const int line = place.container->line + 1;
  out += cat(", line ", std::to_string(line), ", column ", std::to_string(place.container->column + 1), "\n");
  const auto caret = place.exact.value_or(*place.container);
  return cat(out, snippet(lines, line - 1, std::max(line + place.steps - 1, caret.line + 1), caret));
}

Error validation_error(const std::vector<Problem>& problems, const Value& document, std::string_view content,
                       const std::string& file, const std::string& cwd) {
  auto message = cat("'", dotted_path(file, cwd), "' validation failed");
  if (problems.size() > 1) message += cat(": ", std::to_string(problems.size()), " errors");
  if (!document.is_map()) {
    return Error(cat(message, ": ", problems.front().message, "."), ErrorKind::validation).with_place({file, 1, 1});
  }
  message += ".\n";
  const auto lines = python_splitlines(content);
  Place first{file, 0, 0};
  for (const auto& problem : problems) {
    const auto place = find_place(document, content, problem.path);
    message += cat("\n", problem_text(problem, place, lines));
    if (first.line == 0 && place.exact) first = {file, place.exact->line + 1, place.exact->column + 1};
  }
  while (message.ends_with('\n')) message.pop_back();
  return Error(std::move(message), ErrorKind::validation).with_place(first);
}

bool is_falsy(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return true;
    case Value::Kind::boolean: return !value.as_bool();
    case Value::Kind::integer: return value.as_int() == 0;
    case Value::Kind::real: return value.as_real() == 0;
    case Value::Kind::string: return value.as_string().empty();
    case Value::Kind::list: return value.as_list().empty();
    case Value::Kind::map: return value.as_map().empty();
    default: return false;
  }
}

/// Eight bytes at a time: this runs over whole lock files.
bool is_ascii(std::string_view s) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  std::uint64_t all = 0;
  std::size_t i = 0;
  for (; i + sizeof all <= s.size(); i += sizeof all) {
    std::uint64_t word;
    std::memcpy(&word, s.data() + i, sizeof word);
    all |= word;
  }
  for (; i < s.size(); ++i) all |= static_cast<std::uint64_t>(static_cast<unsigned char>(s[i]) & 0x80u);
  return (all & kHighBits) == 0;
}

/// Why Python's UTF-8 decoder stops at an offset, and which bytes it names.
std::string decode_error(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(at);
  const std::size_t wanted = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::size_t good = 1;
  while (good < wanted && at + good < s.size() && (byte(at + good) & 0xC0) == 0x80) {
    // The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    const auto second = byte(at + 1);
    const bool outside = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                         (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (good == 1 && outside) break;
    ++good;
  }
  const char* reason = wanted == 0               ? "invalid start byte"
                       : at + good == s.size() ? "unexpected end of data"
                                               : "invalid continuation byte";
  if (good > 1) {
    return cat("can't decode bytes in position ", std::to_string(at), "-", std::to_string(at + good - 1), ": ", reason);
  }
  char hex[8];
  std::snprintf(hex, sizeof hex, "0x%02x", lead);
  return cat("can't decode byte ", hex, " in position ", std::to_string(at), ": ", reason);
}

/// ruamel's snippet of a mark.
std::string mark_snippet(const Mark& mark, const std::vector<std::string>& lines) {
  const auto index = static_cast<std::size_t>(mark.line);
  return cat("  in \"<unicode string>\", line ", std::to_string(mark.line + 1), ", column ", std::to_string(mark.column + 1),
             ":\n    ", index < lines.size() ? lines[index] : std::string(), "\n",
             std::string(4 + static_cast<std::size_t>(mark.column), ' '), "^ (line: ", std::to_string(mark.line + 1), ")");
}

/// A YAML error as ruamel prints it, with both snippets.
std::string ruamel_text(const SyntaxError& error, std::string_view content) {
  const auto lines = python_splitlines(content);
  if (error.error_class() == "ReaderError" && error.problem_mark()) {
    auto position = static_cast<std::size_t>(error.problem_mark()->column);
    for (std::size_t i = 0; i < static_cast<std::size_t>(error.problem_mark()->line) && i < lines.size(); ++i) {
      position += utf8_length(lines[i]) + 1;
    }
    return cat(error.problem(), "\n  in \"<unicode string>\", position ", std::to_string(position));
  }
  std::string out;
  const auto add = [&](const std::string& line) { out += out.empty() ? line : cat("\n", line); };
  if (!error.context().empty()) add(error.context());
  if (error.context_mark() && !same_place(error)) add(mark_snippet(*error.context_mark(), lines));
  if (!error.problem().empty()) add(error.problem());
  if (error.problem_mark()) add(mark_snippet(*error.problem_mark(), lines));
  if (error.error_class() == "DuplicateKeyError") {
    out += "\n\nTo suppress this check see:\n    https://yaml.dev/doc/ruamel.yaml/api/#Duplicate_keys\n";
  }
  return out;
}

}  // namespace

std::string path_from(const std::string& file, const std::string& cwd) {
  return cwd.empty() || cwd == "." || path::is_absolute(file) ? file : path::relative(file, cwd);
}

void check_utf8(std::string_view content, const std::string& shown) {
  if (is_ascii(content)) return;
  const auto at = invalid_utf8(content);
  if (at == std::string_view::npos) return;
  throw Error(cat("unable to read: '", shown, "', is not valid utf-8: 'utf-8' codec ", decode_error(content, at)));
}

void check_document(const Value& document, std::string_view content, const std::string& file, const std::string& cwd,
                    const Schema& schema) {
  const auto problems = find_problems(schema, document);
  if (!problems.empty()) throw validation_error(problems, document, content, file, cwd);
}

Value load_document(std::string_view content, const std::string& file, const std::string& cwd, const Schema& schema) {
  check_utf8(content, path_from(file, cwd));
  Value document;
  try {
    document = text::yaml::load(content);
  } catch (const SyntaxError& error) {
    if (is_unmarked(error)) throw unreadable_yaml(error, content, path_from(file, cwd));
    throw syntax_error(error, content, file, cwd);
  }
  if (is_falsy(document)) document = Value(Map{});
  check_document(document, content, file, cwd, schema);
  return document;
}

Error unreadable_yaml(const SyntaxError& error, std::string_view content, const std::string& shown) {
  Place place{shown, 0, 0};
  if (const auto& mark = error.problem_mark() ? error.problem_mark() : error.context_mark()) {
    place.line = mark->line + 1;
    place.column = mark->column + 1;
  }
  if (error.error_class() == "ValueError") {
    return Error(error.problem(), ErrorKind::unexpected).with_place(place);
  }
  return Error(cat("unable to read: '", shown, "', YAML file structure is corrupted: ", ruamel_text(error, content)))
      .with_place(place);
}

}  // namespace pivot::importers::dvc
