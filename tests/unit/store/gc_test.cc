#include "store/gc.h"

#include "scratch_repo.h"

using namespace pivot;
using namespace pivot::store;

TEST_CASE("what is used stays, the files of used trees too; the rest goes and is counted") {
  const ScratchRepo repo;
  repo.write("d/a", "1");
  repo.write("d/b", "22");
  repo.write("old", "333");
  repo.write("olddir/x", "4444");
  const auto store = repo.open();
  const auto dir = store->commit(repo.path("d"));
  const auto old = store->commit(repo.path("old"));
  const auto olddir = store->commit(repo.path("olddir"));
  const std::string legacy_value = md5_hex("legacy");
  const std::string legacy_path = ".dvc/cache/" + legacy_value.substr(0, 2) + "/" + legacy_value.substr(2);
  repo.write(legacy_path, "legacy");
  repo.write(".dvc/cache/runs/ab/abc/def", "cmd: x\n");
  repo.write(
      ".dvc/cache/files/md5/" + olddir.hash.value.substr(0, 2) + "/" + olddir.hash.value.substr(2) + ".unpacked/x",
      "4444");

  const auto dry = store->gc({dir.hash}, true);
  CHECK(dry.removed == 3);
  CHECK(dry.removed_legacy == 1);
  CHECK(dry.objects.size() == 4);
  CHECK(store->has(old.hash));

  const auto result = store->gc({dir.hash}, false);
  CHECK(result.removed == 3);
  CHECK(result.removed_legacy == 1);
  CHECK(result.bytes == dry.bytes);
  CHECK(store->has(dir.hash));
  CHECK_FALSE(store->has(old.hash));
  CHECK_FALSE(store->has_object(olddir.hash));
  CHECK_FALSE(repo.exists(legacy_path));
  CHECK_FALSE(repo.exists(".dvc/cache/files/md5/" + olddir.hash.value.substr(0, 2) + "/" + olddir.hash.value.substr(2) +
                          ".unpacked"));
  CHECK(repo.exists(".dvc/cache/runs/ab/abc/def"));
  CHECK(repo.check_objects() == 3);
  CHECK(store->gc({dir.hash}, false).removed == 0);
}

TEST_CASE("legacy objects are used by legacy hashes only") {
  const ScratchRepo repo;
  const std::string value = md5_hex("x");
  const std::string p = ".dvc/cache/" + value.substr(0, 2) + "/" + value.substr(2);
  repo.write(p, "x");
  CHECK(repo.open()->gc({{"md5-dos2unix", value}}, false).removed_legacy == 0);
  CHECK(repo.exists(p));
  CHECK(repo.open()->gc({{"md5", value}}, false).removed_legacy == 1);
  CHECK_FALSE(repo.exists(p));
}

TEST_CASE("temporary files of a writer at work stay, those of a dead one go") {
  const ScratchRepo repo;
  repo.write(".dvc/cache/files/md5/ab/.young.tmp", "x");
  repo.write(".dvc/cache/files/md5/.old.tmp", "x");
  repo.write(".dvc/cache/files/md5/ab/.old.tmp", "x");
  for (const char* p : {".dvc/cache/files/md5/.old.tmp", ".dvc/cache/files/md5/ab/.old.tmp"}) {
    const timespec times[2] = {{1000, 0}, {1000, 0}};
    ::utimensat(AT_FDCWD, repo.path(p).c_str(), times, 0);
  }
  const auto result = repo.open()->gc({}, false);
  CHECK(result.removed == 0);
  CHECK(repo.exists(".dvc/cache/files/md5/ab/.young.tmp"));
  CHECK_FALSE(repo.exists(".dvc/cache/files/md5/.old.tmp"));
  CHECK_FALSE(repo.exists(".dvc/cache/files/md5/ab/.old.tmp"));
}

TEST_CASE("an empty or absent cache has nothing to remove") {
  const ScratchRepo repo;
  CHECK(repo.open()->gc({}, false).removed == 0);
  real_disk().remove_tree(repo.path(".dvc/cache"));
  CHECK(repo.open()->gc({}, false).removed == 0);
}
