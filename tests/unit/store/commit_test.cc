#include "store/commit.h"

#include "scratch_repo.h"

using namespace pivot;
using namespace pivot::store;

TEST_CASE("a committed file is an object of mode 0444 under its MD5") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  const Hashed hashed = repo.open()->commit(repo.path("f"));
  CHECK(hashed.hash == md5_of("hello"));
  CHECK(hashed.meta.size == 5);
  CHECK_FALSE(hashed.meta.nfiles);
  CHECK_FALSE(hashed.meta.isexec);
  CHECK(repo.read(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592") == "hello");
  CHECK(repo.stat(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592").mode == 0444);
  CHECK(repo.read("f") == "hello");
  CHECK(repo.leftovers() == 0);
}

TEST_CASE("an executable file is remembered as such, its object is not executable") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  real_disk().chmod(repo.path("f"), 0744);
  CHECK(repo.open()->commit(repo.path("f")).meta.isexec);
  CHECK(repo.stat(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592").mode == 0444);
}

TEST_CASE("a committed directory has an object for every file and one for itself") {
  const ScratchRepo repo;
  repo.write("d/a", "1");
  repo.write("d/s/b", "22");
  repo.write("d/s/c", "1");
  real_disk().make_dirs(repo.path("d/empty"));
  ::symlink("a", repo.path("d/link").c_str());
  ::symlink("s", repo.path("d/folder-link").c_str());
  const auto store = repo.open();
  const Hashed hashed = store->commit(repo.path("d"));
  CHECK(hashed.meta.size == 5);
  CHECK(hashed.meta.nfiles == 4);
  const std::string json = *real_disk().read(store->object_path(hashed.hash));
  CHECK(json ==
        "[{\"md5\": \"c4ca4238a0b923820dcc509a6f75849b\", \"relpath\": \"a\"}, "
        "{\"md5\": \"c4ca4238a0b923820dcc509a6f75849b\", \"relpath\": \"link\"}, "
        "{\"md5\": \"b6d767d2f8ed5d21a44b0e5886680cb9\", \"relpath\": \"s/b\"}, "
        "{\"md5\": \"c4ca4238a0b923820dcc509a6f75849b\", \"relpath\": \"s/c\"}]");
  CHECK(hashed.hash.value == md5_hex(json) + ".dir");
  REQUIRE(hashed.tree);
  CHECK(hashed.tree->files.size() == 4);
  CHECK(store->has(hashed.hash));
  CHECK(repo.check_objects() == 3);
}

TEST_CASE("an empty directory is an object too") {
  const ScratchRepo repo;
  real_disk().make_dirs(repo.path("d"));
  const auto store = repo.open();
  CHECK(store->commit(repo.path("d")).hash.value == "d751713988987e9331980363e24189ce.dir");
  CHECK(store->has({"md5", "d751713988987e9331980363e24189ce.dir"}));
}

TEST_CASE("what DVC refuses in a directory is refused with its words") {
  const ScratchRepo repo;
  repo.write("d/a", "1");
  ::symlink("nowhere", repo.path("d/broken").c_str());
  CHECK_THROWS_WITH(repo.open()->commit(repo.path("d")),
                    ("[Errno 2] No such file or directory: '" + repo.path("d/broken") + "'").c_str());
  real_disk().remove_file(repo.path("d/broken"));
  repo.write("d/s/.dvcignore", "");
  CHECK_THROWS_WITH(repo.open()->commit(repo.path("d")),
                    (".dvcignore file should not be in collected dir path: '" + repo.path("d/s") + "'").c_str());
  real_disk().remove_tree(repo.path("d/s"));
  ::mkfifo(repo.path("d/pipe").c_str(), 0666);
  CHECK_THROWS_AS(repo.open()->commit(repo.path("d")), Error);
  CHECK_THROWS_WITH(repo.open()->commit(repo.path("nope")),
                    ("[Errno 2] No such file or directory: '" + repo.path("nope") + "'").c_str());
}

TEST_CASE("ignored files are left out, by paths relative to the root") {
  const ScratchRepo repo;
  repo.write("sub/d/a", "1");
  repo.write("sub/d/b.log", "2");
  repo.write("sub/d/skip/c", "3");
  const auto store = repo.open(real_disk(), [](const std::string& p, bool is_dir) {
    return p == "sub/d/b.log" || (is_dir && p == "sub/d/skip");
  });
  const Hashed hashed = store->commit(repo.path("sub/d"));
  REQUIRE(hashed.tree->files.size() == 1);
  CHECK(hashed.tree->files[0].relpath == "a");
}

TEST_CASE("existing objects are not written again") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  repo.open()->commit(repo.path("f"));
  const auto before = repo.stat(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592");
  repo.write("g", "hello");
  repo.open()->commit(repo.path("g"));
  const auto after = repo.stat(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592");
  CHECK(before.inode == after.inode);
  CHECK(before.ctime_ns == after.ctime_ns);
}

TEST_CASE("files of all sizes around the borders of the ways they are read become whole objects") {
  const ScratchRepo repo;
  std::map<std::string, std::string> expected;
  for (const std::size_t size : {0ul, 1ul, 63ul, 64ul, 65ul, 4096ul, 131072ul, 131073ul, 262144ul, 262145ul, 300001ul,
                                 4194304ul, 4194305ul, 9000001ul}) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + size + (i >> 8));
    repo.write("d/" + std::to_string(size), content);
    expected[std::to_string(size)] = md5_hex(content);
  }
  const auto store = repo.open();
  const Hashed hashed = store->commit(repo.path("d"));
  for (const auto& file : hashed.tree->files) CHECK(file.md5 == expected[file.relpath]);
  CHECK(repo.check_objects() == expected.size() + 1);
  // and one by one, without storing
  const ScratchRepo other;
  for (const auto& [name, md5] : expected) {
    CAPTURE(name);
    CHECK(other.open()->hash(repo.path("d/" + name))->hash.value == md5);
  }
  CHECK(other.open()->hash(repo.path("d"))->hash == hashed.hash);
}

TEST_CASE("a large file is copied beside the hashing") {
  const ScratchRepo repo;
  std::string content(40 << 20, 'x');
  for (std::size_t i = 0; i < content.size(); i += 4096) content[i] = static_cast<char>(i >> 12);
  repo.write("big", content);
  const auto store = repo.open();
  const Hashed hashed = store->commit(repo.path("big"));
  CHECK(hashed.hash == md5_of(content));
  CHECK(*real_disk().read(store->object_path(hashed.hash)) == content);
  CHECK(repo.leftovers() == 0);
}

TEST_CASE("more than a thousand files on several threads") {
  const ScratchRepo repo;
  for (int i = 0; i < 1200; ++i)
    repo.write("d/" + std::to_string(i % 7) + "/" + std::to_string(i),
               std::string(static_cast<std::size_t>(i % 97 * 13), static_cast<char>(i)));
  const auto store = repo.open();
  const Hashed hashed = store->commit(repo.path("d"));
  CHECK(hashed.meta.nfiles == 1200);
  for (const auto& file : hashed.tree->files) CHECK(file.md5 == md5_hex(repo.read("d/" + file.relpath)));
  repo.check_objects();
  CHECK(store->has(hashed.hash));
}

TEST_CASE("with hard links the workspace file becomes the object") {
  ScratchRepo repo;
  repo.links = {LinkType::hardlink};
  repo.write("f", "hello");
  repo.write("d/a", "hello");
  repo.write("d/empty", "");
  repo.write("d/run.sh", "#!");
  real_disk().chmod(repo.path("d/run.sh"), 0755);
  const auto inode = repo.stat("f").inode;
  const auto store = repo.open();
  const Hashed hashed = store->commit(repo.path("f"));
  CHECK(real_disk().stat(store->object_path(hashed.hash))->inode == inode);
  CHECK(repo.stat("f").mode == 0444);
  store->commit(repo.path("d"));
  CHECK(repo.stat("d/a").inode == inode);
  CHECK(repo.stat("d/empty").links == 1);
  CHECK(repo.stat("d/run.sh").links == 1);
  CHECK((repo.stat("d/run.sh").mode & 0100) != 0);
  CHECK(repo.stat(".dvc/cache/files/md5/" + md5_hex("#!").substr(0, 2) + "/" + md5_hex("#!").substr(2)).mode == 0444);
  repo.check_objects();
}

TEST_CASE("a copy of what is an object already stays a copy when copies are allowed too") {
  ScratchRepo repo;
  repo.links = {LinkType::hardlink, LinkType::copy};
  repo.write("f", "hello");
  repo.write("g", "hello");
  const auto store = repo.open();
  store->commit(repo.path("f"));
  store->commit(repo.path("g"));
  CHECK(repo.stat("f").links == 2);
  CHECK(repo.stat("g").links == 1);
}

TEST_CASE("with symlinks the workspace file becomes a link to the object") {
  ScratchRepo repo;
  repo.links = {LinkType::symlink};
  repo.write("d/a", "hello");
  const auto store = repo.open();
  store->commit(repo.path("d"));
  CHECK(real_disk().read_link(repo.path("d/a")) == store->object_path(md5_of("hello")));
  CHECK(repo.read("d/a") == "hello");
  CHECK(store->commit(repo.path("d")).meta.nfiles == 1);
  repo.check_objects();
}

TEST_CASE("a shared cache has group folders") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  Options options = repo.options();
  options.shared_group = true;
  Store(options, real_disk(), nullptr).commit(repo.path("f"));
  CHECK(repo.stat(".dvc/cache/files").mode == 02775);
  CHECK(repo.stat(".dvc/cache/files/md5/5d").mode == 02775);
  CHECK(repo.stat(".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592").mode == 0444);
}

TEST_CASE("different paths are committed from several threads") {
  const ScratchRepo repo;
  for (int i = 0; i < 8; ++i)
    for (int n = 0; n < 40; ++n) repo.write("d" + std::to_string(i) + "/" + std::to_string(n), std::to_string(i * n));
  const auto store = repo.open();
  std::vector<Hashed> results(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { results[i] = store->commit(repo.path("d" + std::to_string(i))); });
  for (auto& t : threads) t.join();
  for (const auto& result : results) CHECK(store->has(result.hash));
  repo.check_objects();
}
