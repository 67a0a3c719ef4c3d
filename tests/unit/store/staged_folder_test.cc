#include "store/staged_folder.h"

#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "base/faulty_disk.h"
#include "base/strings.h"
#include "scratch_repo.h"
#include "store/object_batch.h"

using namespace pivot;
using namespace pivot::store;

namespace {

constexpr int kMany = 80;  ///< enough for a batch

void write_many(const ScratchRepo& repo, const std::string& folder, int count = kMany) {
  for (int i = 0; i < count; ++i) repo.write(cat(folder, "/", std::to_string(i % 3), "/", std::to_string(i)), cat("content ", std::to_string(i)));
}

std::size_t staged_folders(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : real_disk().list(folder)) count += entry.name.ends_with(".staged.tmp") ? 1 : 0;
  return count;
}

void put(ObjectBatch& batch, const std::string& content) { batch.put(md5_hex(content), content, std::nullopt); }

void make_old(const std::string& path) {
  const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a staged folder gets its name whole, also beside files that came meanwhile, and goes without publish") {
  const ScratchRepo repo;
  for (const bool taken : {false, true}) {
    const std::string name = taken ? "taken" : "free";
    StagedFolder staged(real_disk(), repo.path("staging-" + name), repo.path(name));
    repo.write("staging-" + name + "/a", "new");
    repo.write("staging-" + name + "/s/b", "new");
    if (taken) {
      repo.write(name + "/a", "old");
      repo.write(name + "/s/c", "old");
    }
    staged.publish();
    auto expected = std::map<std::string, std::string>{{"a", "new"}, {"s/b", "new"}};
    if (taken) expected["s/c"] = "old";
    CHECK(repo.files(name) == expected);
  }
  { const StagedFolder dropped(real_disk(), repo.path("dropped"), repo.path("never")); }
  for (const auto* gone : {"staging-free", "staging-taken", "dropped", "never"}) CHECK_FALSE(repo.exists(gone));
}

TEST_CASE("only staged folders that nobody holds and that are not young are swept") {
  const ScratchRepo repo;
  const auto area = repo.path("area");
  real_disk().make_dirs(area);
  const StagedFolder living(real_disk(), staged_folder_name(area), repo.path("x"));
  const auto dead = staged_folder_name(area), young = staged_folder_name(area), other = area + "/other.tmp";
  for (const auto& p : {dead, young, other}) real_disk().make_dirs(p + "/sub");
  for (const auto& p : {living.path(), dead, other}) make_old(p);
  sweep_staged_folders(real_disk(), area);
  CHECK(real_disk().lstat(living.path()));
  CHECK_FALSE(real_disk().lstat(dead));
  CHECK(real_disk().lstat(young));
  CHECK(real_disk().lstat(other));
}

TEST_CASE("a folder that hands its group down is not filled elsewhere") {
  const ScratchRepo repo;
  real_disk().make_dirs(repo.path("area"));
  real_disk().make_dirs(repo.path("shared"));
  CHECK(staging_name(real_disk(), repo.path("area"), repo.root) != "");
  real_disk().chmod(repo.path("shared"), 02775);
  CHECK(staging_name(real_disk(), repo.path("area"), repo.path("shared")) == "");
  CHECK(staging_name(real_disk(), repo.path("area"), "/proc") == "");
}

TEST_CASE("many objects at once, from two processes' worth of threads, are all there and nothing else") {
  const ScratchRepo repo;
  const auto work = [&](int first) {
    Objects objects(repo.path(".dvc/cache"), false, real_disk());
    ObjectBatch batch(objects, kMany);
    for (int i = first; i < first + 400; ++i) {
      const auto content = cat("object ", std::to_string(i % 500));
      put(batch, content);
    }
    batch.publish();
  };
  std::thread one(work, 0), two(work, 200);
  one.join();
  two.join();
  CHECK(repo.check_objects() == 500);
  CHECK(staged_folders(repo.path(".dvc/cache/files/md5")) == 0);
  for (const auto& [name, content] : repo.files(".dvc/cache/files/md5")) CHECK((repo.stat(".dvc/cache/files/md5/" + name).mode & 0777) == 0444);
}

TEST_CASE("a batch that is not published leaves nothing") {
  const ScratchRepo repo;
  {
    Objects objects(repo.path(".dvc/cache"), false, real_disk());
    ObjectBatch batch(objects, kMany);
    put(batch, "a");
    CHECK_FALSE(objects.find(HashKind::md5, md5_hex("a")));
  }
  CHECK(repo.files(".dvc/cache").empty());
}

TEST_CASE("any failing write of a commit of many files leaves only whole objects, and the next commit succeeds") {
  for (const bool stay_down : {false, true}) {
    for (int n = 1;; n += n < 20 ? 1 : 7) {
      ScratchRepo repo;
      write_many(repo, "d");
      FaultyDisk disk(real_disk(), n, 28, stay_down);
      const bool failed = repo.fails_to_commit(disk, "d");
      repo.check_objects();
      if (!stay_down) CHECK(repo.leftovers() == 0);
      const auto again = repo.open()->commit(repo.path("d"));
      CHECK(repo.open()->has(again.hash));
      CHECK(repo.check_objects() == kMany + 1);
      if (!failed && !disk.has_failed()) break;
    }
  }
}

TEST_CASE("any failing write of a checkout of a whole directory shows no part of it, and the next checkout succeeds") {
  for (const auto& links : {std::vector{LinkType::reflink, LinkType::copy}, std::vector{LinkType::hardlink}, std::vector{LinkType::symlink}}) {
    ScratchRepo repo;
    repo.links = links;
    write_many(repo, "d", 30);
    const auto hashed = repo.open()->commit(repo.path("d"));
    const auto content = repo.files("d");
    for (int n = 1;; ++n) {
      real_disk().remove_tree(repo.path("d"));
      FaultyDisk disk(real_disk(), n, 5, true);
      bool failed = false;
      try {
        repo.open(disk)->checkout(repo.path("d"), hashed.hash, hashed.meta);
      } catch (const DiskError&) {
        failed = true;
      }
      CHECK((!repo.exists("d") || repo.files("d") == content));
      for (const auto& entry : real_disk().list(repo.path(".dvc/tmp/pivot")))
        if (entry.name.ends_with(".staged.tmp")) make_old(repo.path(".dvc/tmp/pivot/" + entry.name));
      repo.open()->checkout(repo.path("d"), hashed.hash, hashed.meta);
      CHECK(repo.files("d") == content);
      CHECK(repo.open()->matches(repo.path("d"), hashed.hash, hashed.meta));
      CHECK(repo.check_objects() == 31);
      real_disk().remove_tree(repo.path("d"));
      repo.open()->checkout(repo.path("d"), hashed.hash, hashed.meta);
      CHECK(staged_folders(repo.path(".dvc/tmp/pivot")) == 0);
      if (!failed && !disk.has_failed()) break;
    }
  }
}
