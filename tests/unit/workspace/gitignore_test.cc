#include "workspace/gitignore.h"

#include <doctest/doctest.h>

#include "git/git.h"
#include "scratch_folder.h"

using namespace pivot;
using workspace::GitIgnore;

namespace {

struct Project : test::ScratchFolder {
  Project() {
    write(".git/HEAD", "ref: refs/heads/main\n");
    write(".git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
    real_disk().make_dirs(*this / ".git/objects");
    real_disk().make_dirs(*this / ".git/refs");
  }
  /// .gitignore of `sub` after an output there was added by a new process.
  std::string after_adding(std::string_view name, std::string_view before) const {
    write("sub/.gitignore", before);
    git::Git git(path());
    GitIgnore ignore(real_disk(), git, path());
    ignore.add(*this / cat("sub/", name), false);
    return read("sub/.gitignore");
  }
};

}  // namespace

TEST_CASE("a line that is there is not added again") {
  const Project project;
  for (const std::string before : {"/a\n", "/x\n/a\n/y\n", "a\n", "/a", "*\n", "\xef\xbb\xbf/a\n", "/a\r\n", "!/b\n/a\n"}) {
    CAPTURE(before);
    CHECK(project.after_adding("a", before) == before);
  }
  CHECK(project.after_adding("a b[1]", "/a b\\[1\\]\n") == "/a b\\[1\\]\n");
}

TEST_CASE("a line that does not ignore the output is not enough") {
  const Project project;
  CHECK(project.after_adding("a", "/ab\n") == "/ab\n/a\n");
  CHECK(project.after_adding("a", "/a/b\n") == "/a/b\n/a\n");
  CHECK(project.after_adding("a", "#/a\n") == "#/a\n/a\n");
  CHECK(project.after_adding("a", "/a\n!/a\n") == "/a\n!/a\n/a\n");
  CHECK(project.after_adding("a", "/a\n!a") == "/a\n!a\n/a\n");
  CHECK(project.after_adding("a", "") == "/a\n");
}

TEST_CASE("many outputs of one folder: each line once") {
  const Project project;
  project.write("sub/.gitignore", "");
  for (int round = 0; round < 2; ++round) {
    git::Git git(project.path());
    GitIgnore ignore(real_disk(), git, project.path());
    for (int i = 0; i < 20; ++i) ignore.add(project / cat("sub/", std::to_string(i)), false);
  }
  std::string all;
  for (int i = 0; i < 20; ++i) all += cat("/", std::to_string(i), "\n");
  CHECK(project.read("sub/.gitignore") == all);
}
