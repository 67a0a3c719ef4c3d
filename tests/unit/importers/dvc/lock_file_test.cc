#include <doctest/doctest.h>

#include "../../text/golden.h"
#include "base/error.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/dvc/lock_lines.h"

using namespace pivot;
using namespace pivot::importers::dvc;

namespace {

constexpr const char* kPlain =
    "schema: '2.0'\n"
    "stages:\n"
    "  a:\n"
    "    cmd: echo a > o\n"
    "    deps:\n"
    "    - path: d\n"
    "      hash: md5\n"
    "      md5: d41d8cd98f00b204e9800998ecf8427e\n"
    "      size: 3\n"
    "      isexec: true\n"
    "    params:\n"
    "      params.yaml:\n"
    "        lr: 0.1\n"
    "        n: 5\n"
    "        name: x y\n"
    "        none:\n"
    "    outs:\n"
    "    - path: o\n"
    "      hash: md5\n"
    "      md5: aaaaaaaa8f00b204e9800998ecf8427e.dir\n"
    "      size: 30\n"
    "      nfiles: 2\n"
    "  b@x:\n"
    "    cmd:\n"
    "    - one\n"
    "    - two\n";

/// The error of reading every entry, "" when there is none.
std::string error_of(const std::string& text) {
  try {
    const auto lock = LockFile::parse(text, "dvc.lock");
    for (const auto name : lock.names()) lock.find(name);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::validation);
    return error.message();
  }
  return "";
}

std::string without_snippets(const std::string& message) {
  std::string out;
  for (const auto& line : python_splitlines(message)) {
    if (line.empty() || line.starts_with("  ") || trim(line) == "^") continue;
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

}  // namespace

TEST_CASE("a lock in DVC's style is read by lines, with all types") {
  REQUIRE(index_lock_lines(kPlain));
  const auto lock = LockFile::parse(kPlain, "dvc.lock");
  CHECK(lock.names() == std::vector<std::string_view>{"a", "b@x"});
  const auto a = lock.find("a");
  REQUIRE(a);
  CHECK(a->cmd.as_string() == "echo a > o");
  REQUIRE(a->deps.size() == 1);
  CHECK(a->deps[0].path == "d");
  CHECK(a->deps[0].hash == model::Hash{"md5", "d41d8cd98f00b204e9800998ecf8427e"});
  CHECK(a->deps[0].meta.size == 3);
  CHECK(a->deps[0].meta.isexec);
  REQUIRE(a->params.size() == 1);
  CHECK(a->params[0].file == "params.yaml");
  CHECK(python_repr(a->params[0].values) == "{'lr': 0.1, 'n': 5, 'name': 'x y', 'none': None}");
  CHECK(a->outs[0].hash.is_dir());
  CHECK(a->outs[0].meta.nfiles == 2);
  CHECK(python_repr(lock.find("b@x")->cmd) == "['one', 'two']");
  CHECK_FALSE(lock.find("c"));
}

TEST_CASE("golden locks: refused with DVC's text, or readable") {
  for (const auto& one : golden::cases("lock/cases.json")) {
    CAPTURE(golden::text_of(one, "name"));
    const auto& expected = *one.as_map().find("error");
    const auto error = error_of(golden::text_of(one, "text"));
    if (expected.is_null()) {
      CHECK(error == "");
    } else {
      CHECK(without_snippets(error) == expected.as_string());
    }
  }
}

TEST_CASE("what lines give is what the general reader gives") {
  for (const auto& one : golden::cases("lock/cases.json")) {
    const auto& text = golden::text_of(one, "text");
    const auto spans = index_lock_lines(text);
    if (!spans || !one.as_map().find("error")->is_null()) continue;
    CAPTURE(golden::text_of(one, "name"));
    // A comment makes the whole file one for the general reader.
    const auto general = LockFile::parse("# comment\n" + text, "dvc.lock");
    for (const auto& span : *spans) {
      const auto record = read_lock_lines(span.body);
      if (!record) continue;
      CHECK(python_repr(exporters::lock_value(*record)) == python_repr(exporters::lock_value(*general.find(span.name))));
    }
  }
}

TEST_CASE("a lock that was found good before gives the same, by its names alone") {
  std::size_t by_names = 0;
  for (const auto& one : golden::cases("lock/cases.json")) {
    const auto& text = golden::text_of(one, "text");
    if (!one.as_map().find("error")->is_null()) continue;
    CAPTURE(golden::text_of(one, "name"));
    const auto checked = LockFile::parse(text, "dvc.lock"), known = LockFile::parse(text, "dvc.lock", ".", true);
    REQUIRE(known.names() == checked.names());
    for (const auto name : checked.names())
      CHECK(python_repr(exporters::lock_value(*known.find(name))) == python_repr(exporters::lock_value(*checked.find(name))));
    by_names += index_lock_names(text) ? 1 : 0;
  }
  CHECK(by_names > 3);
}

TEST_CASE("names alone do not hide what is no lock in DVC's style") {
  const std::string head = "schema: '2.0'\nstages:\n";
  CHECK(index_lock_names(head + "  a:\n    cmd: x\n"));
  CHECK_FALSE(index_lock_names(head + "  a:\n    cmd: x\nmore: 1\n"));
  CHECK_FALSE(index_lock_names(head + "  a:\n    cmd: x\n  # comment\n"));
  CHECK_FALSE(index_lock_names(head + "  a:\n    cmd: x\n\n  b:\n    cmd: x\n"));
  CHECK_FALSE(index_lock_names(head + "  a: {cmd: x}\n"));
  CHECK_FALSE(index_lock_names(head + "    a:\n      cmd: x\n"));
  CHECK_FALSE(index_lock_names("stages:\n  a:\n    cmd: x\n"));
  CHECK_FALSE(index_lock_names(head));
  // A line that is too short, below a name: for the general reader, which says what is wrong.
  const auto lock = LockFile::parse(head + "  a:\n    cmd: x\n   y\n  b:\n    cmd: z\n", "dvc.lock", ".", true);
  CHECK(lock.find("b")->cmd.as_string() == "z");
  CHECK_THROWS_AS(lock.find("a"), Error);
}

TEST_CASE("entries without hash: are DVC 2's, but not outside of the repository") {
  const std::string md5 = "      md5: d41d8cd98f00b204e9800998ecf8427e\n";
  const std::string text = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: d\n" + md5 + "    - path: /abs\n" + md5 +
                           "    - path: s3://b/k\n      etag: abc\n";
  for (const auto& prefix : {std::string(), std::string("# general reader\n")}) {
    const auto record = LockFile::parse(prefix + text, "dvc.lock").find("a");
    REQUIRE(record);
    CHECK(record->deps[0].hash.name == "md5-dos2unix");
    CHECK(record->deps[1].hash.name == "md5");
    CHECK(record->deps[2].hash == model::Hash{"etag", "abc"});
  }
}

TEST_CASE("old and half-written locks come with a hint") {
  const auto hint_of = [](const std::string& text) {
    try {
      LockFile::parse(text, "sub/dvc.lock");
    } catch (const Error& error) {
      return error.hint();
    }
    return std::string("no error");
  };
  CHECK(hint_of("a:\n  cmd: x\n").find("DVC 1") != std::string::npos);
  CHECK(hint_of("schema: '1.0'\nstages: {}\n").find("DVC 1") != std::string::npos);
  CHECK(hint_of("schema: 2.0\nstages: {}\n") == "write the version in quotes: schema: '2.0'");
  CHECK(hint_of("").find("empty lock file") != std::string::npos);
  CHECK(hint_of("a: [\n") == "");
}

TEST_CASE("an error deep in one entry has its place in the whole file") {
  const std::string text = std::string(kPlain) + "  c:\n    cmd: x\n    params:\n      params.yaml:\n        a: 'open\n";
  const auto lock = LockFile::parse(text, "dvc.lock");
  CHECK(lock.find("a"));
  try {
    lock.find("c");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.message().starts_with("'./dvc.lock' is invalid.\n\nWhile scanning a quoted scalar, in line 31, column 12"));
  }
}

TEST_CASE("hostile paths and names are only data") {
  const std::string text =
      "schema: '2.0'\nstages:\n  ../x:\n    cmd: x\n    outs:\n    - path: ../../etc/passwd\n      hash: md5\n"
      "      md5: d41d8cd98f00b204e9800998ecf8427e\n";
  const auto record = LockFile::parse(text, "dvc.lock").find("../x");
  REQUIRE(record);
  CHECK(record->outs[0].path == "../../etc/passwd");
}
