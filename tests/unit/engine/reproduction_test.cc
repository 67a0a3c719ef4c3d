#include "engine/reproduction.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "base/faulty_disk.h"
#include "base/hash.h"
#include "scratch_pipeline.h"

using namespace pivot;
using namespace pivot::test;

namespace {

constexpr std::string_view kPipeline =
    "stages:\n"
    "  a:\n    cmd: cp in out && mkdir -p dir/sub && cp in dir/sub/f\n    deps: [in]\n    outs: [out, dir]\n"
    "  b:\n    cmd: cat out dir/sub/f > last\n    deps: [out, dir]\n    outs: [last]\n"
    "  c:\n    cmd: cp in side\n    deps: [in]\n    outs: [side]\n";

enum class Attempt { done, refused, no_fault };

/// A repro in a process of its own, whose Nth write to the disk fails (and all that follow it: `stay_down`).
Attempt attempt(const ScratchPipeline& folder, int n, bool stay_down, int jobs) {
  std::cout.flush();  // or the child's copy of what doctest has not written yet comes twice
  const auto pid = fork();
  if (pid == 0) {
    auto answer = Attempt::done;
    FaultyDisk disk(real_disk(), n, ENOSPC, stay_down);
    try {
      OpenPipeline p(folder, disk);
      p.options.jobs = jobs;
      p.repro();
    } catch (const Error&) {
      answer = Attempt::refused;
    }
    if (!disk.has_failed()) answer = Attempt::no_fault;
    _exit(static_cast<int>(answer));
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) <= 2);
  return static_cast<Attempt>(WEXITSTATUS(status));
}

void check_objects(const ScratchPipeline& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / ".dvc/cache")) {
    if (entry.is_directory()) continue;
    const auto file = entry.path().string();
    CHECK_MESSAGE(!file.ends_with(".tmp"), file);
    if (file.find("/files/md5/") == file.npos) continue;
    CHECK_MESSAGE(md5_hex(*real_disk().read(file)) == file.substr(file.size() - 33 - (file.ends_with(".dir") ? 4 : 0), 33).erase(2, 1), file);
  }
}

/// Old or new, but whole, and what dvc.lock says: no stage has a reason that speaks of its outputs.
void check_outputs_are_as_recorded(const ScratchPipeline& folder) {
  OpenPipeline p(folder);
  p.ws.recover();
  for (const auto* name : {"a", "b", "c"})
    for (const auto& reason : p.reasons(name)) CHECK_MESSAGE(!reason.starts_with("output"), name << ": " << reason);
  const auto out = folder.read("out");
  CHECK((out == "1\n" || out == "2\n"));
  CHECK(folder.read("dir/sub/f") == out);
}

void check_next_run_ends_well(const ScratchPipeline& folder) {
  OpenPipeline(folder).repro();
  CHECK(OpenPipeline(folder).repro() == Words{"skipped a", "skipped b", "skipped c"});
  CHECK(folder.read("last") == "2\n2\n");
  CHECK(folder.read("side") == "2\n");
  CHECK(folder.read(".gitignore") == "/out\n/dir\n/last\n/side\n");
  CHECK(folder.list(".dvc/tmp/pivot/aside").empty());
  CHECK(folder.list(".dvc/tmp/pivot/journal").empty());
  check_objects(folder);
}

/// Every Nth call, until a run gets through without one.
void run_with_every_fault(bool stay_down, int jobs) {
  const ScratchPipeline made(kPipeline);
  made.write("in", "1\n");
  OpenPipeline(made).repro();
  made.write("in", "2\n");
  for (int n = 1; n < 500; ++n) {
    CAPTURE(n);
    const ScratchPipeline folder(kPipeline);
    std::filesystem::copy(made.path(), folder.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    const auto answer = attempt(folder, n, stay_down, jobs);
    if (!stay_down) CHECK_MESSAGE(folder.read(".dvc/tmp/rwlock") == "{}", "a claim of a process that has ended");
    check_outputs_are_as_recorded(folder);
    check_next_run_ends_well(folder);
    if (answer == Attempt::no_fault) {
      CHECK(n > 20);
      return;
    }
  }
  FAIL("never without a failure");
}

}  // namespace

TEST_CASE("stages run once, then nothing does, then only what changed does") {
  const ScratchPipeline folder(kPipeline);
  folder.write("in", "1\n");
  CHECK(OpenPipeline(folder).repro() == Words{"ran a", "ran b", "ran c"});
  CHECK(OpenPipeline(folder).repro() == Words{"skipped a", "skipped b", "skipped c"});
  folder.write("last", "changed\n");
  CHECK(OpenPipeline(folder).repro() == Words{"skipped a", "restored b", "skipped c"});
  CHECK(folder.read("last") == "1\n1\n");
}

TEST_CASE("a stage that makes what it made before does not wake the stages after it") {
  const ScratchPipeline folder(
      "stages:\n  a: {cmd: head -c 1 in > out, deps: [in], outs: [out]}\n  b: {cmd: cp out last, deps: [out], outs: [last]}\n");
  folder.write("in", "1 first\n");
  CHECK(OpenPipeline(folder).repro() == Words{"ran a", "ran b"});
  folder.write("in", "1 second\n");
  CHECK(OpenPipeline(folder).repro() == Words{"ran a", "skipped b"});
}

TEST_CASE("a failing stage stops the run, or only what depends on it, or nothing") {
  const std::string text(replace_all(std::string(kPipeline), "cp in out &&", "exit 3;"));
  for (const auto how : {engine::OnError::fail, engine::OnError::keep_going, engine::OnError::ignore}) {
    const ScratchPipeline folder(text);
    folder.write("in", "1\n");
    OpenPipeline p(folder);
    p.options.on_error = how;
    const auto failure = "failed a: failed to run: exit 3; mkdir -p dir/sub && cp in dir/sub/f, exited with 3";
    if (how == engine::OnError::ignore) {
      p.repro();
      CHECK(p.events == Words{failure, p.events.at(1), "ran c"});
      CHECK(p.events[1].starts_with("failed b: "));
    } else {
      CHECK_THROWS_AS(p.repro(), Error);
      CHECK(p.events == (how == engine::OnError::fail ? Words{failure} : Words{failure, "ran c"}));
    }
    CHECK(folder.list(".dvc/tmp/pivot/aside").empty());
  }
}

TEST_CASE("when one write to the disk fails, outputs are as recorded and the next run ends well") { run_with_every_fault(false, 1); }

TEST_CASE("when the disk fails for good, outputs are as recorded after recovery and the next run ends well") { run_with_every_fault(true, 1); }

TEST_CASE("the same with stages in parallel") {
  run_with_every_fault(false, 3);
  run_with_every_fault(true, 3);
}
