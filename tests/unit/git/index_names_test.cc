#include "git/index_names.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "../workspace/scratch_folder.h"
#include "git/git.h"

using namespace pivot;
using pivot::test::ScratchFolder;

namespace {

struct GitProject {
  ScratchFolder folder;
  explicit GitProject(const std::string& options = "") { run(cat("git init -q ", options, " . && git config user.email a@b && git config user.name a")); }
  void run(const std::string& command) const { REQUIRE(std::system(cat("cd ", folder.path(), " && { ", command, "; } >/dev/null 2>&1").c_str()) == 0); }
  void write(std::initializer_list<const char*> names) const {
    for (const auto* name : names) folder.write(name, "text\n");
  }
  /// The answer of the whole class, libgit2 behind it.
  bool tracked(const std::string& name) const { return git::Git(folder.path()).is_tracked(folder / name); }
  /// Only what is read without libgit2.
  std::optional<bool> seen(const std::string& name) const { return git::IndexFile(folder / ".git").holds(name); }
};

constexpr std::initializer_list<const char*> kNames = {"a", "a-b", "a.txt", "dir/one", "dir/sub/two", "dir.x", "日本.txt", "z z"};

}  // namespace

TEST_CASE("names of an index are found, and folders by what is below them") {
  const GitProject project;
  project.write(kNames);
  project.write({"new", "dir/new"});
  CHECK(project.seen("a") == false);  // no index yet
  project.run("git add -A && git rm -q --cached new dir/new");
  for (const auto* name : kNames) CHECK(project.seen(name) == true);
  for (const auto* name : {"dir", "dir/sub"}) CHECK(project.seen(name) == true);
  for (const auto* name : {"new", "dir/new", "di", "dir/o", "dir/sub/two/x", "b", "zz", "a-", ".git"}) CHECK(project.seen(name) == false);
}

TEST_CASE("an index that Git replaced is read again") {
  const GitProject project;
  project.write({"a", "b"});
  project.run("git add a");
  git::IndexFile index(project.folder / ".git");
  CHECK(index.holds("b") == false);
  project.run("git add b && git rm -q --cached a");
  CHECK(index.holds("b") == true);
  CHECK(index.holds("a") == false);
}

TEST_CASE("names longer than the flags can say, flags of version 3, conflicts") {
  const GitProject project;
  std::string deep;
  for (int i = 0; i < 22; ++i) deep += std::string(199, static_cast<char>('a' + i)) + "/";
  // A file behind a path of this length can't be made in one step: the index takes it all the same.
  project.write({"a", "intended"});
  project.run(cat("git add a && git add -N intended && id=$(git hash-object -w a) && git update-index --add --cacheinfo 100644,$id,", deep, "x"));
  CHECK(project.seen(deep + "x") == true);
  CHECK(project.seen(deep + "y") == false);
  CHECK(project.seen("intended") == true);
  CHECK(project.seen("a") == true);
  project.run("git commit -qm one && git checkout -q -b side && echo side > a && git commit -qam side && git checkout -q - && echo main > a && git commit -qam main && ! git merge -q side");
  CHECK(project.seen("a") == true);
}

TEST_CASE("what is no plain index is left to libgit2, or to Git itself") {
  GitProject project;
  project.write(kNames);
  project.run("git add -A");
  SUBCASE("version 4") { project.run("git update-index --index-version 4"); }
  SUBCASE("split") { project.run("git update-index --split-index"); }
  CHECK(!project.seen("a"));
  CHECK(project.tracked("a"));
  CHECK(project.tracked("dir"));
  CHECK(!project.tracked("b"));
}

TEST_CASE("an index of a sparse work tree or of another hash is not read") {
  SUBCASE("sparse") {
    const GitProject project;
    project.write(kNames);
    project.run("git add -A && git commit -qm one && git sparse-checkout init --cone --sparse-index && git sparse-checkout set other");
    CHECK(!project.seen("dir/one"));
    CHECK(project.tracked("dir/one"));
    CHECK(!project.tracked("dir/three"));
  }
  SUBCASE("SHA-256") {
    const GitProject project("--object-format=sha256");
    project.write(kNames);
    project.run("git add -A");
    CHECK(!project.seen("a"));
    CHECK(project.tracked("a"));
    CHECK(!project.tracked("b"));
  }
}

TEST_CASE("damaged indexes are not read") {
  const GitProject project;
  project.write(kNames);
  project.run("git add -A");
  const auto content = project.folder.read(".git/index");
  CHECK(git::IndexNames::parse(content));
  for (const auto size : {std::size_t{0}, std::size_t{11}, std::size_t{40}, content.size() / 2, content.size() - 1})
    CHECK(!git::IndexNames::parse(content.substr(0, size)));
  CHECK(!git::IndexNames::parse(content + "x"));
  auto more = content;
  more[11] = static_cast<char>(more[11] + 1);
  CHECK(!git::IndexNames::parse(more));
  project.folder.write(".git/index", "DIRC");
  CHECK(!project.seen("a"));
}
