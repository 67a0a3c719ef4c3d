#include "engine/aside.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

#include "../workspace/scratch_folder.h"
#include "base/faulty_disk.h"

using namespace pivot;
using engine::Aside;

namespace {

/// A file, a folder and a symlink, as a stage leaves them.
struct Outputs : test::ScratchFolder {
  Outputs() {
    write("out", "old\n");
    write("dir/sub/f", "deep\n");
    real_disk().symlink("out", *this / "link");
  }
  std::string aside() const { return *this / "aside"; }
  std::vector<std::string> all() const { return {*this / "out", *this / "dir", *this / "link"}; }
  bool intact() const { return read("out") == "old\n" && read("dir/sub/f") == "deep\n" && real_disk().read_link(*this / "link") == "out"; }
  bool nothing_left() const { return !real_disk().stat(aside()) || real_disk().list(aside()).empty(); }
};

}  // namespace

TEST_CASE("outputs that were moved aside come back, over what a command left") {
  const Outputs outputs;
  Aside aside(real_disk(), outputs.aside(), 3);
  CHECK(aside.empty());
  for (const auto& path : outputs.all()) CHECK(aside.move(path));
  CHECK_FALSE(aside.move(outputs / "absent"));
  for (const auto& path : outputs.all()) CHECK_FALSE(real_disk().lstat(path));
  outputs.write("out", "half");
  outputs.write("dir/other", "half");
  aside.bring_back();
  CHECK(outputs.intact());
  CHECK_FALSE(real_disk().stat(outputs / "dir/other"));
  CHECK(outputs.nothing_left());
}

TEST_CASE("dropped outputs leave nothing behind") {
  const Outputs outputs;
  Aside aside(real_disk(), outputs.aside(), 0);
  for (const auto& path : outputs.all()) aside.move(path);
  outputs.write("out", "new\n");
  aside.drop();
  CHECK(outputs.read("out") == "new\n");
  CHECK_FALSE(real_disk().stat(outputs / "dir"));
  CHECK(outputs.nothing_left());
}

TEST_CASE("when the Nth disk call of moving fails, all outputs come back") {
  for (int n = 1; n < 50; ++n) {
    CAPTURE(n);
    const Outputs outputs;
    FaultyDisk disk(real_disk(), n, EIO);
    Aside aside(disk, outputs.aside(), 0);
    bool failed = false;
    try {
      for (const auto& path : outputs.all()) aside.move(path);
    } catch (const DiskError&) {
      failed = true;
    }
    if (!disk.has_failed()) return;
    // A rename that failed once is tried under another name; then the move goes on.
    for (const auto& path : outputs.all()) CHECK((failed || !real_disk().lstat(path)));
    aside.bring_back();
    CHECK(outputs.intact());
    CHECK(outputs.nothing_left());
    CHECK_FALSE(real_disk().lstat(outputs / "out.pivot-aside"));
  }
  FAIL("never without a failure");
}

TEST_CASE("after a kill at any disk call the next run finds every output") {
  for (int n = 1; n < 50; ++n) {
    CAPTURE(n);
    const Outputs outputs;
    FaultyDisk disk(real_disk(), n, EIO, true);
    const auto killed = [&] {  // every call from the Nth on fails: what a kill leaves
      Aside aside(disk, outputs.aside(), 0);
      try {
        for (const auto& path : outputs.all()) aside.move(path);
        aside.bring_back();
      } catch (const DiskError&) {
      }
    };
    killed();
    const auto ours = cat(outputs.aside(), "/", std::to_string(getpid()), "-0");
    if (real_disk().stat(ours)) real_disk().rename(ours, cat(outputs.aside(), "/999999999-0"));  // nobody has this number
    engine::recover_asides(real_disk(), outputs.aside(), [](const std::string&) { return false; });
    CHECK(outputs.intact());
    CHECK(outputs.nothing_left());
    if (!disk.has_failed()) return;
  }
  FAIL("never without a failure");
}

TEST_CASE("names with newlines and backslashes are recovered, and what is kept stays") {
  const test::ScratchFolder folder;
  const std::string odd = "a\\b\nc\\";
  folder.write(odd, "old\n");
  folder.write("kept", "old\n");
  Aside aside(real_disk(), folder / "aside", 0);
  aside.move(folder / odd);
  aside.move(folder / "kept");
  folder.write("kept", "new\n");
  CHECK(engine::orphaned_asides(real_disk(), folder / "aside").empty());  // we are alive
  real_disk().rename(cat(folder.path(), "/aside/", std::to_string(getpid()), "-0"), folder / "aside/999999999-0");
  engine::recover_asides(real_disk(), folder / "aside", [&](const std::string& path) { return path == folder / "kept"; });
  CHECK(folder.read(odd) == "old\n");
  CHECK(folder.read("kept") == "new\n");
  CHECK(real_disk().list(folder / "aside").empty());
}
