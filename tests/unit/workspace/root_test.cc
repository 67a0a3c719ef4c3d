#include "workspace/root.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "scratch_folder.h"

using namespace pivot;
using namespace pivot::workspace;

TEST_CASE("the root is the nearest folder upwards that holds .dvc") {
  test::ScratchFolder scratch;
  real_disk().make_dirs(scratch / "repo/.dvc");
  real_disk().make_dirs(scratch / "repo/a/b");
  CHECK(find_root(scratch / "repo") == scratch / "repo");
  CHECK(find_root(scratch / "repo/a/b") == scratch / "repo");
  real_disk().make_dirs(scratch / "repo/a/.dvc");
  CHECK(find_root(scratch / "repo/a/b") == scratch / "repo/a");
}

TEST_CASE("a file called .dvc is no repository, and symlinks on the way are resolved") {
  test::ScratchFolder scratch;
  real_disk().make_dirs(scratch / "repo/.dvc");
  real_disk().make_dirs(scratch / "repo/sub");
  scratch.write("repo/sub/.dvc", "");
  real_disk().symlink(scratch / "repo/sub", scratch / "link");
  CHECK(find_root(scratch / "link") == scratch / "repo");
}

TEST_CASE("outside of a repository the error says how far the search went") {
  test::ScratchFolder scratch;
  CHECK_FALSE(find_root_if_any(scratch.path()));
  try {
    find_root(scratch.path());
    FAIL("found one");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::no_repo);
    CHECK(error.message().starts_with("you are not inside of a DVC repository (checked up to mount point '/"));
  }
}
