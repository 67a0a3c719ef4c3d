#include "workspace/revision.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/error.h"
#include "git/git.h"
#include "git/tree_disk.h"
#include "scratch_folder.h"
#include "workspace/lockbooks.h"
#include "workspace/project_files.h"
#include "workspace/workspace.h"

using namespace pivot;
using namespace pivot::workspace;
using pivot::test::ScratchFolder;

namespace {

/// A project with two commits: the first has stage `a`, the second (branch `side`) `a` and `b`.
struct TwoCommits {
  ScratchFolder folder;
  TwoCommits() {
    run("git init -q -b main . && git config user.email a@b && git config user.name a");
    run("mkdir -p .dvc data && echo '[core]' > .dvc/config && echo '/tmp' > .dvc/.gitignore && ln -s params.yaml link.yaml");
    folder.write("params.yaml", "lr: 1\n");
    folder.write("data/in.txt", "in\n");
    folder.write("dvc.yaml", "stages:\n  a:\n    cmd: echo\n    deps: [data/in.txt]\n    metrics: [m.json: {cache: false}]\n");
    folder.write("m.json", "{\"x\": 1}");
    commit("one");
    run("git tag v1 && git checkout -q -b side");
    folder.write("dvc.yaml", folder.read("dvc.yaml") + "  b:\n    cmd: echo\n");
    folder.write("params.yaml", "lr: 2\n");
    commit("two");
    run("git checkout -q main");
    folder.write("params.yaml", "lr: 3\n");
  }
  void run(const std::string& command) const { REQUIRE(std::system(cat("cd ", folder.path(), " && ", command).c_str()) == 0); }
  void commit(const std::string& message) const {
    static int time = 1'700'000'000;
    run(cat("git add -A && GIT_COMMITTER_DATE=", std::to_string(++time), " git commit -q -m ", message));
  }
};

}  // namespace

TEST_CASE("a commit is a read-only disk over the work tree") {
  const TwoCommits project;
  git::Git git(project.folder.path());
  const auto tree = git.tree("side");
  CHECK(tree->read(project.folder / "params.yaml") == "lr: 2\n");
  CHECK(tree->read(project.folder / "link.yaml") == "lr: 2\n");
  CHECK(tree->lstat(project.folder / "link.yaml")->type == FileType::symlink);
  CHECK(tree->stat(project.folder / "data")->type == FileType::dir);
  CHECK_FALSE(tree->stat(project.folder / "data/none"));
  CHECK_FALSE(tree->read(project.folder / "params.yaml/x"));
  CHECK_FALSE(tree->stat(project.folder / ".git"));
  CHECK(tree->list(project.folder / "data").size() == 1);
  CHECK(tree->list(project.folder / "nowhere").empty());
  CHECK(tree->object_id(project.folder / "data") == git.tree("main")->object_id(project.folder / "data"));
  CHECK(tree->object_id(project.folder / "params.yaml") != git.tree("main")->object_id(project.folder / "params.yaml"));
  CHECK_THROWS_WITH_AS(tree->write(project.folder / "params.yaml", ""), doctest::Contains("Read-only file system"), DiskError);
  CHECK(project.folder.read("params.yaml") == "lr: 3\n");
}

TEST_CASE("names of revisions are those that git rev-parse takes") {
  const TwoCommits project;
  git::Git git(project.folder.path());
  const auto first = *git.resolve("main");
  const auto second = *git.resolve("side");
  CHECK(git.resolve("HEAD") == first);
  CHECK(git.resolve("v1") == first);
  CHECK(git.resolve("side~1") == first);
  CHECK(git.resolve(second.substr(0, 8)) == second);
  CHECK_FALSE(git.resolve("nope"));
  CHECK_FALSE(git.resolve("HEAD~7"));
  CHECK(git.branches() == std::vector<std::string>{"main", "side"});
  CHECK(git.tags() == std::vector<std::string>{"v1"});
  CHECK(git.commits() == std::vector<std::string>{second, first});
  CHECK(git.active_branch() == "main");
  project.run("git update-ref refs/exps/ab/cdef/lucky side");
  CHECK(git.resolve("lucky") == second);
}

TEST_CASE("a project opens at a commit without a checkout") {
  const TwoCommits project;
  Workspace live(project.folder.path(), LockWait{});
  Revisions revisions(live);
  auto& side = revisions.at(revisions.resolve("side"));
  CHECK(side.stages().stages.size() == 2);
  CHECK(revisions.at("").stages().stages.size() == 1);
  CHECK(side.read("params.yaml") == "lr: 2\n");
  CHECK(revisions.at("").read("params.yaml") == "lr: 3\n");
  CHECK(side.files().type("m.json") == FileType::file);
  CHECK(side.files().read("m.json") == "{\"x\": 1}");
  CHECK_THROWS_WITH_AS(revisions.resolve("nope"), "unknown Git revision 'nope'", Error);
}

TEST_CASE("revisions are chosen once each, the workspace first, under all the names that chose them") {
  const TwoCommits project;
  Workspace live(project.folder.path(), LockWait{});
  Revisions revisions(live);
  const auto main = revisions.resolve("main"), side = revisions.resolve("side");
  auto names = [&](const RevisionChoice& choice) {
    std::vector<std::string> out;
    for (const auto& r : revisions.choose(choice)) out.push_back(r.name);
    return out;
  };
  CHECK(names({}) == std::vector<std::string>{""});
  CHECK(names({.all_branches = true}) == std::vector<std::string>{"workspace", "main", "side"});
  CHECK(names({.all_branches = true, .all_tags = true}) == std::vector<std::string>{"workspace", "main,v1", "side"});
  CHECK(names({.all_commits = true}) == std::vector<std::string>{"workspace", side, main});
  CHECK(names({.named = {"side", "workspace", "HEAD"}}) == std::vector<std::string>{"workspace", "side", "HEAD"});
}

TEST_CASE("commits with the same stage files share one import, others don't") {
  const TwoCommits project;
  project.folder.write("notes.txt", "later\n");
  project.run("git checkout -q params.yaml");
  project.commit("three");
  project.folder.write("new/dvc.yaml", "stages:\n  c:\n    cmd: echo\n");
  project.commit("four");
  Workspace live(project.folder.path(), LockWait{});
  ImportMemory memory;
  auto stages = [&](const std::string& rev) { return Revision(live, *live.git().resolve(rev), memory).stages().stages.size(); };
  CHECK(stages("HEAD~2") == 1);
  CHECK(memory.find(*live.git().tree("HEAD~1")) != nullptr);
  CHECK(memory.find(*live.git().tree("HEAD")) == nullptr);
  CHECK(stages("HEAD~1") == 1);
  CHECK(stages("HEAD") == 2);
  CHECK(stages("side") == 2);
}
