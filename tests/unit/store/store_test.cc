#include "store/store.h"

#include "base/faulty_disk.h"
#include "scratch_repo.h"

using namespace pivot;
using namespace pivot::store;

namespace {

model::Hash legacy(const std::string& value) { return {"md5-dos2unix", value}; }

}  // namespace

TEST_CASE("hash: absent paths, broken links, files, directories") {
  const ScratchRepo repo;
  const auto store = repo.open();
  CHECK_FALSE(store->hash(repo.path("nope")));
  ::symlink("nowhere", repo.path("broken").c_str());
  CHECK_FALSE(store->hash(repo.path("broken")));
  repo.write("d/f", "hello");
  CHECK(store->hash(repo.path("d/f"))->hash == md5_of("hello"));
  const auto dir = store->hash(repo.path("d"));
  CHECK(dir->meta.size == 5);
  CHECK(dir->meta.nfiles == 1);
  REQUIRE(dir->tree);
  CHECK(dir->tree->files[0].relpath == "f");
  CHECK_FALSE(repo.exists(".dvc/cache/files"));
}

TEST_CASE("the second hash of a directory comes from the stat table; its tree can still be had") {
  const ScratchRepo repo;
  repo.write("d/f", "hello");
  ScratchRepo::let_clock_tick();
  const auto store = repo.open();
  const auto first = store->hash(repo.path("d"));
  const auto second = store->hash(repo.path("d"));
  CHECK(second->hash == first->hash);
  CHECK(second->meta == first->meta);
  CHECK(second->tree == nullptr);
  const auto tree = store->tree_of(repo.path("d"), *second);
  REQUIRE(tree);
  CHECK(tree->files.size() == 1);
}

TEST_CASE("hash_listed brings the tree along, but for directories that the cache holds") {
  const ScratchRepo repo;
  repo.write("d/f", "hello");
  repo.write("d/a/b", "1");
  ScratchRepo::let_clock_tick();
  const auto store = repo.open();
  const auto first = store->hash(repo.path("d"));
  const auto known = store->hash_listed(repo.path("d"));
  CHECK(known->hash == first->hash);
  CHECK(known->meta == first->meta);
  REQUIRE(known->tree);
  CHECK(known->tree->serialize() == first->tree->serialize());
  store->commit(repo.path("d"));
  ScratchRepo::let_clock_tick();
  store->hash(repo.path("d"));
  const auto cached = store->hash_listed(repo.path("d"));
  CHECK(cached->hash == first->hash);
  CHECK(cached->tree == nullptr);
  CHECK(store->hash_listed(repo.path("d/f"))->hash == md5_of("hello"));
  CHECK_FALSE(store->hash_listed(repo.path("nope")));
}

TEST_CASE("every change of a directory is seen: content, names, time stamps that were set back") {
  const ScratchRepo repo;
  repo.write("d/a", "1");
  repo.write("d/b", "2");
  ScratchRepo::let_clock_tick();
  const auto first = repo.open()->hash(repo.path("d"));
  repo.write("d/a", "3");
  CHECK(repo.open()->hash(repo.path("d"))->hash.value != first->hash.value);
  repo.write("d/a", "1");
  CHECK(repo.open()->hash(repo.path("d"))->hash == first->hash);
  real_disk().rename(repo.path("d/a"), repo.path("d/c"));
  CHECK(repo.open()->hash(repo.path("d"))->hash.value != first->hash.value);
  real_disk().rename(repo.path("d/c"), repo.path("d/a"));
  CHECK(repo.open()->hash(repo.path("d"))->hash == first->hash);
  const auto stat = repo.stat("d/b");
  repo.write("d/b", "9");
  const timespec times[2] = {{stat.mtime_ns / 1000000000, stat.mtime_ns % 1000000000},
                             {stat.mtime_ns / 1000000000, stat.mtime_ns % 1000000000}};
  ::utimensat(AT_FDCWD, repo.path("d/b").c_str(), times, 0);
  CHECK(repo.open()->hash(repo.path("d"))->hash.value != first->hash.value);
}

TEST_CASE("matches: equal, different, of another kind, absent") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  repo.write("d/a", "1");
  repo.write("d/b", "2");
  const auto store = repo.open();
  const auto file = store->commit(repo.path("f"));
  const auto dir = store->commit(repo.path("d"));
  const auto check = [&](bool with_cache) {
    CAPTURE(with_cache);
    const auto fresh = repo.open();
    CHECK(fresh->matches(repo.path("f"), file.hash, file.meta));
    CHECK(fresh->matches(repo.path("d"), dir.hash, dir.meta));
    CHECK_FALSE(fresh->matches(repo.path("f"), dir.hash, {}));
    CHECK_FALSE(fresh->matches(repo.path("d"), file.hash, {}));
    CHECK_FALSE(fresh->matches(repo.path("nope"), file.hash, {}));
    CHECK_FALSE(fresh->matches(repo.path("f"), {}, {}));
    CHECK_FALSE(fresh->matches(repo.path("f"), md5_of("hellx"), {}));
    model::Meta size;
    size.size = 6;
    CHECK_FALSE(fresh->matches(repo.path("f"), file.hash, size));
  };
  check(true);
  real_disk().remove_tree(repo.path(".dvc/tmp"));
  check(true);
  real_disk().remove_tree(repo.path(".dvc/tmp"));
  real_disk().remove_tree(repo.path(".dvc/cache"));
  check(false);
  repo.write("f", "hellx");
  repo.write("d/c", "3");
  CHECK_FALSE(repo.open()->matches(repo.path("f"), file.hash, {}));
  CHECK_FALSE(repo.open()->matches(repo.path("d"), dir.hash, {}));
  real_disk().remove_file(repo.path("d/c"));
  repo.write("d/b", "x");
  CHECK_FALSE(repo.open()->matches(repo.path("d"), dir.hash, dir.meta));
  repo.write("d/b", "2");
  CHECK(repo.open()->matches(repo.path("d"), dir.hash, dir.meta));
}

TEST_CASE(
    "matches compares with the object instead of hashing: a large file that differs at its end, start or nowhere") {
  const ScratchRepo repo;
  std::string content(70 << 20, 'x');
  repo.write("big", content);
  const auto store = repo.open();
  const auto hashed = store->commit(repo.path("big"));
  for (const std::size_t at : {std::size_t{0}, content.size() / 2, content.size() - 1}) {
    content[at] = 'y';
    repo.write("big", content);
    CHECK_FALSE(store->matches(repo.path("big"), hashed.hash, hashed.meta));
    content[at] = 'x';
  }
  repo.write("big", content);
  CHECK(store->matches(repo.path("big"), hashed.hash, hashed.meta));
  CHECK(store->hash(repo.path("big"))->hash == hashed.hash);
}

TEST_CASE("a damaged object proves nothing") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  const auto store = repo.open();
  const auto hashed = store->commit(repo.path("f"));
  real_disk().chmod(store->object_path(hashed.hash), 0644);
  real_disk().write(store->object_path(hashed.hash), "jello");
  repo.write("f", "jello");
  CHECK_FALSE(repo.open()->matches(repo.path("f"), hashed.hash, hashed.meta));
  CHECK_FALSE(repo.open()->has(hashed.hash));
}

TEST_CASE("has: objects, trees with a missing or damaged file, small and large ones") {
  for (const int count : {3, 400}) {
    CAPTURE(count);
    const ScratchRepo repo;
    for (int i = 0; i < count; ++i) repo.write("d/" + std::to_string(i), "content " + std::to_string(i));
    const auto dir = repo.open()->commit(repo.path("d"));
    CHECK(repo.open()->has(dir.hash));
    ScratchRepo::let_clock_tick();
    CHECK(repo.open()->has(dir.hash));
    CHECK(repo.open()->has(dir.hash));
    const auto store = repo.open();
    CHECK(store->has_object(md5_of("content 2")));
    // another object comes: still whole
    repo.write("x", "another");
    store->commit(repo.path("x"));
    CHECK(store->has(dir.hash));
    // one goes
    real_disk().remove_file(store->object_path(md5_of("content 2")));
    CHECK_FALSE(store->has(dir.hash));
    CHECK(store->has_object(dir.hash));
    CHECK_FALSE(repo.open()->has(dir.hash));
    repo.open()->commit(repo.path("d"));
    CHECK(repo.open()->has(dir.hash));
    real_disk().remove_file(store->object_path(dir.hash));
    CHECK_FALSE(repo.open()->has(dir.hash));
  }
}

TEST_CASE("has deletes a damaged file of a tree when it first looks at it") {
  const ScratchRepo repo;
  repo.write("d/a", "1");
  const auto dir = repo.open()->commit(repo.path("d"));
  const std::string object = repo.open()->object_path(md5_of("1"));
  real_disk().chmod(object, 0600);
  real_disk().write(object, "damaged");
  CHECK_FALSE(repo.open()->has(dir.hash));
  CHECK_FALSE(real_disk().stat(object));
}

TEST_CASE("hashes that are no hashes never become paths") {
  const ScratchRepo repo;
  const auto store = repo.open();
  CHECK_THROWS_AS(store->object_path({"md5", "../../../../etc/passwd"}), Error);
  CHECK_THROWS_AS(store->checkout(repo.path("f"), {"md5", "../../x"}, {}), Error);
  CHECK_FALSE(store->has({"md5", "../../x"}));
  CHECK_FALSE(store->has_object({"etag", "\"abc\""}));
  CHECK_FALSE(store->has({"md5", ""}));
}

TEST_CASE("legacy hashes count CRLF as LF in text only, chunk by chunk") {
  const ScratchRepo repo;
  const auto store = repo.open();
  const auto hash = [&](std::string_view content) {
    repo.write("f", content);
    return store->hash(repo.path("f"), "md5-dos2unix")->hash.value;
  };
  CHECK(hash("a\r\nb\r\n") == md5_hex("a\nb\n"));
  CHECK(hash("a\rb\n\r") == md5_hex("a\rb\n\r"));
  CHECK(hash(std::string_view("a\0\r\n", 4)) == md5_hex(std::string_view("a\0\r\n", 4)));
  CHECK(hash("\r\r\n") == md5_hex("\r\n"));
  CHECK(hash("") == md5_hex(""));
  // 30 % of unusual bytes are still text, 31 % are not
  CHECK(hash(std::string(68, 'a') + "\r\n" + std::string(30, '\x01')) ==
        md5_hex(std::string(68, 'a') + "\n" + std::string(30, '\x01')));
  CHECK(hash(std::string(67, 'a') + "\r\n" + std::string(31, '\x01')) ==
        md5_hex(std::string(67, 'a') + "\r\n" + std::string(31, '\x01')));
  // the second chunk of 1 MiB is looked at anew, and a CRLF across the border stays
  const std::string first = std::string((1 << 20) - 1, 'a') + "\r";
  CHECK(hash(first + "\nb\r\n") == md5_hex(first + "\nb\n"));
  const std::string binary = std::string("\0\r\n", 3) + std::string((1 << 20) - 3, 'a');
  CHECK(hash(binary + "b\r\n") == md5_hex(binary + "b\n"));
}

TEST_CASE("legacy objects are found in the old place, and only there") {
  const ScratchRepo repo;
  const std::string md5 = md5_hex("a\nb\n");
  repo.write("f", "a\r\nb\r\n");
  repo.write(".dvc/cache/" + md5.substr(0, 2) + "/" + md5.substr(2), "a\r\nb\r\n");
  real_disk().chmod(repo.path(".dvc/cache/" + md5.substr(0, 2) + "/" + md5.substr(2)), 0444);
  const auto store = repo.open();
  CHECK(store->has(legacy(md5)));
  CHECK_FALSE(store->has({"md5", md5}));
  CHECK(store->matches(repo.path("f"), legacy(md5), {}));
  repo.write("f", "a\nb\n");
  CHECK(store->matches(repo.path("f"), legacy(md5), {}));
  CHECK_FALSE(store->matches(repo.path("f"), {"md5", md5_hex("a\r\nb\r\n")}, {}));
  real_disk().remove_file(repo.path("f"));
  CHECK(store->checkout(repo.path("f"), legacy(md5), {}).changed);
  CHECK(repo.read("f") == "a\r\nb\r\n");
}

TEST_CASE("a legacy directory") {
  const ScratchRepo repo;
  repo.write("d/a", "x\r\n");
  const std::string file = md5_hex("x\n");
  const std::string json = "[{\"md5\": \"" + file + "\", \"relpath\": \"a\"}]";
  const std::string dir = md5_hex(json) + ".dir";
  repo.write(".dvc/cache/" + file.substr(0, 2) + "/" + file.substr(2), "x\r\n");
  repo.write(".dvc/cache/" + dir.substr(0, 2) + "/" + dir.substr(2), json);
  const auto store = repo.open();
  CHECK(store->hash(repo.path("d"), "md5-dos2unix")->hash == legacy(dir));
  CHECK(store->matches(repo.path("d"), legacy(dir), {}));
  CHECK(store->has(legacy(dir)));
  real_disk().remove_tree(repo.path("d"));
  CHECK(store->checkout(repo.path("d"), legacy(dir), {}).added == std::vector<std::string>{"a"});
  CHECK(repo.read("d/a") == "x\r\n");
}

TEST_CASE(
    "a file that grows, shrinks or is rewritten while it is committed: the object is whole, whatever was caught") {
  const ScratchRepo repo;
  for (const std::size_t size : {std::size_t{1000}, std::size_t{3 << 20}}) {
    std::atomic<bool> stop{false};
    repo.write("f", std::string(size, 'a'));
    std::thread writer([&] {
      for (int i = 0; !stop; ++i)
        real_disk().write(repo.path("f"),
                          std::string(size - static_cast<std::size_t>(i % 3) * 300, static_cast<char>('a' + i % 26)));
    });
    for (int i = 0; i < 20; ++i) {
      const auto store = repo.open();
      try {
        store->commit(repo.path("f"));
        store->hash(repo.path("f"));
      } catch (const Error&) {
        // "changes all the time" is a fair answer
      }
    }
    stop = true;
    writer.join();
    repo.check_objects();
  }
}

TEST_CASE("any failing write of a commit leaves only whole objects, and the next commit succeeds") {
  for (const auto& links :
       {std::vector{LinkType::copy}, std::vector{LinkType::hardlink}, std::vector{LinkType::symlink}}) {
    for (const bool stay_down : {false, true}) {
      for (int n = 1;; ++n) {
        ScratchRepo repo;
        repo.links = links;
        repo.write("d/a", "1");
        repo.write("d/s/b", std::string(300'000, 'b'));
        repo.write("d/s/c", std::string(5000, 'c'));
        real_disk().write(repo.path("d/run"), "#!");
        real_disk().chmod(repo.path("d/run"), 0755);
        FaultyDisk disk(real_disk(), n, 28, stay_down);
        const bool failed = repo.fails_to_commit(disk, "d");
        repo.check_objects();
        CHECK(repo.leftovers() == 0);
        CHECK(repo.files("d")["a"] == "1");
        CHECK(repo.files("d")["s/b"] == std::string(300'000, 'b'));
        CHECK(repo.files("d")["run"] == "#!");
        const auto again = repo.open()->commit(repo.path("d"));
        CHECK(repo.open()->has(again.hash));
        if (!failed && !disk.has_failed()) break;
      }
    }
  }
}

TEST_CASE("any failing write of a checkout damages no object, and the next checkout succeeds") {
  for (const auto& links : {std::vector{LinkType::reflink, LinkType::copy}, std::vector{LinkType::hardlink},
                            std::vector{LinkType::symlink}}) {
    for (int n = 1;; ++n) {
      ScratchRepo repo;
      repo.links = links;
      repo.write("d/a", "1");
      repo.write("d/s/b", std::string(300'000, 'b'));
      const auto hashed = repo.open()->commit(repo.path("d"));
      repo.write("e/a", "other");
      repo.write("e/x/y", "old");
      repo.open()->commit(repo.path("e"));
      real_disk().remove_tree(repo.path("d"));
      real_disk().rename(repo.path("e"), repo.path("d"));
      FaultyDisk disk(real_disk(), n, 5, true);
      bool failed = false;
      try {
        repo.open(disk)->checkout(repo.path("d"), hashed.hash, hashed.meta);
      } catch (const DiskError&) {
        failed = true;
      }
      repo.check_objects();
      repo.open()->checkout(repo.path("d"), hashed.hash, hashed.meta);
      CHECK(repo.files("d") == std::map<std::string, std::string>{{"a", "1"}, {"s/b", std::string(300'000, 'b')}});
      CHECK(repo.open()->matches(repo.path("d"), hashed.hash, hashed.meta));
      if (!failed && !disk.has_failed()) break;
    }
  }
}
