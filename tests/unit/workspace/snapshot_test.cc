#include "workspace/snapshot.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "git/git.h"
#include "model/stage_binary.h"
#include "scratch_folder.h"
#include "workspace/dvc_ignore.h"
#include "workspace/gitignore.h"

using namespace pivot;
using namespace pivot::workspace;
using pivot::test::ScratchFolder;

namespace {

constexpr const char* kText = R"(stages:
  plain:
    cmd: [echo a, echo b]
    deps: [in, sub/other]
    params: [lr, other.yaml: [x.y]]
    outs:
    - out: {cache: false, persist: true, desc: text, labels: [a], meta: {k: 1.5}}
    plots:
    - p.csv: {x: a, y: b, template: linear}
  ours:
    cmd: sleep 1
    wdir: sub
    frozen: true
    always_changed: true
    desc: slow
    meta: {pivot: {timeout: 2.5, retries: 3, mutex: [gpu], env: {A: b}}}
params: [params.yaml]
)";

void wait_for_the_clock() { std::this_thread::sleep_for(std::chrono::milliseconds(45)); }

/// One command's view: imports or takes the snapshot, as Workspace does.
struct Visit {
  explicit Visit(const std::string& root, Hash128 key = {1, 2})
      : snapshot(real_disk(), root, root + "/.dvc/tmp/pivot/stages", key), git(""), git_ignore(watching, git, root), ignore(watching, root) {
    if (auto imported = snapshot.load()) {
      was_kept = true;
      stages = imported->stages;
      return;
    }
    const auto started = wall_ns();
    watching.watch(true);
    Collection collection(watching, root, ".", ignore, git_ignore, importers::dvc::ParsingOptions{});
    watching.watch(false);
    stages = collection.stages;
    snapshot.take(collection.imported(), watching, started);
    snapshot.save(true);
  }
  WatchingDisk watching{real_disk()};
  Snapshot snapshot;
  git::Git git;
  GitIgnore git_ignore;
  DvcIgnore ignore;
  std::vector<model::Stage> stages;
  bool was_kept = false;
};

/// A project whose stages were imported and kept.
struct Kept : ScratchFolder {
  Kept() {
    write(".dvc/config", "");
    write("dvc.yaml", kText);
    wait_for_the_clock();
    (void)Visit(path());
  }
  const std::string stages = *this / ".dvc/tmp/pivot/stages";
};

std::string encode(const std::vector<model::Stage>& stages) {
  BinaryWriter to;
  for (const auto& stage : stages) model::write_stage(to, stage);
  return to.take();
}

}  // namespace

TEST_CASE("a snapshot gives the stages that were imported") {
  ScratchFolder folder;
  folder.write(".dvc/config", "");
  folder.write("dvc.yaml", kText);
  folder.write("data.dvc", "outs:\n- md5: d8e8fca2dc0f896fd7cb4cb0031ba249\n  size: 5\n  hash: md5\n  path: data\n");
  wait_for_the_clock();
  const Visit first(folder.path());
  const Visit second(folder.path());
  CHECK(!first.was_kept);
  CHECK(second.was_kept);
  REQUIRE(second.stages.size() == 3);
  CHECK(encode(first.stages) == encode(second.stages));
  for (const auto& stage : second.stages)
    if (stage.name == "ours") {
      CHECK(stage.settings.timeout == 2.5);
      CHECK(stage.settings.mutex == std::vector<std::string>{"gpu"});
      CHECK(stage.frozen);
    }
  CHECK(!Visit(folder.path(), {1, 3}).was_kept);
}

TEST_CASE("a snapshot does not outlive what it was made from") {
  ScratchFolder folder;
  folder.write(".dvc/config", "");
  folder.write("dvc.yaml", kText);
  folder.write("sub/.keep", "");
  auto kept_after = [&](auto change) {
    wait_for_the_clock();
    (void)Visit(folder.path());
    REQUIRE(Visit(folder.path()).was_kept);
    change();
    return Visit(folder.path()).was_kept;
  };
  CHECK(!kept_after([&] { folder.write("dvc.yaml", std::string(kText) + "# more\n"); }));
  CHECK(!kept_after([&] { folder.write("sub/dvc.yaml", "stages: {}\n"); }));
  CHECK(!kept_after([&] { folder.write("sub/x.dvc", "outs:\n- path: x\n"); }));
  CHECK(!kept_after([&] { folder.write(".dvcignore", "sub\n"); }));
  CHECK(!kept_after([&] { folder.write("new/file", ""); }));
  CHECK(kept_after([&] { folder.write("in", "an output or a dep comes"); }));
}

TEST_CASE("an input that was written a moment ago is not believed") {
  ScratchFolder folder;
  folder.write(".dvc/config", "");
  folder.write("dvc.yaml", kText);
  (void)Visit(folder.path());
  CHECK(!Visit(folder.path()).was_kept);
}

TEST_CASE("a damaged snapshot is as good as none") {
  const Kept folder;
  const auto& stages = folder.stages;
  const auto load = [&] { return Snapshot(real_disk(), folder.path(), stages, {1, 2}).load(); };
  for (const auto& file : {stages, stages + "-inputs"}) {
    REQUIRE(load());
    const auto whole = *real_disk().read(file);
    for (std::size_t n = 0; n < whole.size(); n += 7) {
      real_disk().write(file, whole.substr(0, n));
      CHECK(!load());
      auto damaged = whole;
      damaged[n] = static_cast<char>(damaged[n] ^ 0x20);
      real_disk().write(file, damaged);
      CHECK(!load());
    }
    real_disk().write(file, whole);
  }
}

TEST_CASE("stages of another import are not taken for those of these inputs") {
  ScratchFolder folder;
  folder.write(".dvc/config", "");
  folder.write("dvc.yaml", "stages:\n  old:\n    cmd: x\n");
  wait_for_the_clock();
  (void)Visit(folder.path());
  const auto stages = folder.path() + "/.dvc/tmp/pivot/stages";
  const auto old = *real_disk().read(stages);
  folder.write("dvc.yaml", "stages:\n  new:\n    cmd: x\n");
  wait_for_the_clock();
  (void)Visit(folder.path());
  REQUIRE(Visit(folder.path()).was_kept);
  real_disk().write(stages, old);  // as when the command that wrote it was killed before it wrote its inputs
  const Visit visit(folder.path());
  CHECK(!visit.was_kept);
  CHECK(visit.stages.front().name == "new");
}

TEST_CASE("folders that moved alone are written down when nothing else was") {
  const Kept folder;
  const auto& stages = folder.stages;
  const auto look = [&](bool stamps) {
    Snapshot snapshot(real_disk(), folder.path(), stages, {1, 2});
    REQUIRE(snapshot.load());
    snapshot.save(stamps);
    return *real_disk().read(stages + "-inputs");
  };
  folder.write("a dep", "");
  wait_for_the_clock();
  const auto before = look(false), after = look(true);
  CHECK(before != after);
  CHECK(look(true) == after);
  CHECK(Visit(folder.path()).was_kept);
}
