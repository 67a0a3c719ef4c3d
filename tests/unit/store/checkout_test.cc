#include "store/checkout.h"

#include "base/faulty_disk.h"
#include "base/strings.h"
#include "scratch_repo.h"

using namespace pivot;
using namespace pivot::store;

namespace {

using Names = std::vector<std::string>;
using Files = std::map<std::string, std::string>;

/// A directory "d" with a = 1, s/b = 2, s/c = 3 that is committed and then removed.
struct Committed {
  ScratchRepo repo;
  Hashed dir;
  explicit Committed(std::vector<LinkType> links = {LinkType::copy}) {
    repo.links = std::move(links);
    repo.write("d/a", "1");
    repo.write("d/s/b", "2");
    repo.write("d/s/c", "3");
    dir = repo.open()->commit(repo.path("d"));
    real_disk().remove_tree(repo.path("d"));
  }
  Store::CheckoutResult checkout(const Store::CheckoutOptions& options = {}) const {
    return repo.open()->checkout(repo.path("d"), dir.hash, dir.meta, options);
  }
  Files files() const { return repo.files("d"); }
};

const Files kAll = {{"a", "1"}, {"s/b", "2"}, {"s/c", "3"}};

}  // namespace

TEST_CASE("an absent directory is created with all its files, writable ones") {
  const Committed c;
  const auto result = c.checkout();
  CHECK(result.changed);
  CHECK(result.added == Names{"a", "s/b", "s/c"});
  CHECK(result.modified.empty());
  CHECK(result.deleted.empty());
  CHECK(c.files() == kAll);
  CHECK((c.repo.stat("d/a").mode & 0200) != 0);
  CHECK(c.repo.stat("d/a").links == 1);
}

TEST_CASE("a directory that is right already is left alone") {
  const Committed c;
  c.checkout();
  const auto before = c.repo.stat("d/a");
  const auto result = c.checkout();
  CHECK_FALSE(result.changed);
  CHECK(c.repo.stat("d/a").ctime_ns == before.ctime_ns);
}

TEST_CASE("saved content is replaced, added and removed; foreign folders of one's own stay") {
  const Committed c;
  c.repo.write("d/a", "2");          // content of s/b: in the cache
  c.repo.write("d/s/extra/x", "3");  // content of s/c
  c.repo.write("d/s/b", "2");
  real_disk().make_dirs(c.repo.path("d/mine"));
  const auto result = c.checkout();
  CHECK(result.added == Names{"s/c"});
  CHECK(result.modified == Names{"a"});
  CHECK(result.deleted == Names{"s/extra/x"});
  CHECK(c.files() == kAll);
  CHECK_FALSE(c.repo.exists("d/s/extra"));
  CHECK(c.repo.exists("d/mine"));
}

TEST_CASE("unsaved files stop it before anything is touched, and are all named") {
  const Committed c;
  c.repo.write("d/a", "mine");
  c.repo.write("d/new", "mine too");
  c.repo.write("d/s/b", "3");
  try {
    c.checkout();
    FAIL("no error");
  } catch (const UnsavedFiles& e) {
    CHECK(e.paths() == Names{c.repo.path("d/a"), c.repo.path("d/new")});
    CHECK(e.message() == "Can't remove the following unsaved files without confirmation. Use `--force` to force.\n" +
                             c.repo.path("d/a") + "\n" + c.repo.path("d/new"));
  }
  CHECK(c.files() == Files{{"a", "mine"}, {"new", "mine too"}, {"s/b", "3"}});
  CHECK(c.checkout({.force = true}).changed);
  CHECK(c.files() == kAll);
}

TEST_CASE("a missing object stops it before anything is touched, unless it may be missing") {
  const Committed c;
  real_disk().remove_file(c.repo.open()->object_path(md5_of("2")));
  c.repo.write("d/a", "3");
  try {
    c.checkout();
    FAIL("no error");
  } catch (const MissingObjects& e) {
    CHECK(e.objects() == std::vector<model::Hash>{md5_of("2")});
    CHECK(e.message() == "missing in the cache:\nmd5: c81e728d9d4c2f636f067f89cc14862c");
  }
  CHECK(c.files() == Files{{"a", "3"}});
  c.checkout({.allow_missing = true});
  CHECK(c.files() == Files{{"a", "1"}, {"s/c", "3"}});
}

TEST_CASE("a missing directory object") {
  const Committed c;
  real_disk().remove_file(c.repo.open()->object_path(c.dir.hash));
  CHECK_THROWS_AS(c.checkout(), MissingObjects);
  CHECK_FALSE(c.checkout({.allow_missing = true}).changed);
}

TEST_CASE("a damaged object is never put into the workspace: it is deleted and named") {
  const Committed c;
  const std::string object = c.repo.open()->object_path(md5_of("2"));
  real_disk().chmod(object, 0644);
  real_disk().write(object, "evil");
  CHECK_THROWS_AS(c.checkout(), MissingObjects);
  CHECK_FALSE(real_disk().stat(object));
  CHECK_FALSE(c.repo.exists("d/s/b"));
}

TEST_CASE("an object that lost its mode but not its content is used and protected again") {
  const Committed c;
  const std::string object = c.repo.open()->object_path(md5_of("2"));
  real_disk().chmod(object, 0644);
  c.checkout();
  CHECK(c.files() == kAll);
  CHECK(real_disk().stat(object)->mode == 0444);
}

TEST_CASE("an object that was emptied is damaged even with the right mode") {
  const Committed c;
  const std::string object = c.repo.open()->object_path(md5_of("2"));
  real_disk().chmod(object, 0644);
  real_disk().write(object, "");
  real_disk().chmod(object, 0444);
  CHECK_THROWS_AS(c.checkout(), MissingObjects);
  CHECK_FALSE(real_disk().stat(object));
}

TEST_CASE("files and directories change places") {
  const Committed c;
  c.repo.write("f", "3");
  const auto store = c.repo.open();
  store->commit(c.repo.path("f"));
  // a file where the directory belongs
  c.repo.write("d", "3");
  c.checkout();
  CHECK(c.files() == kAll);
  // a directory where the file belongs
  CHECK(store->checkout(c.repo.path("d"), md5_of("3"), {}).changed);
  CHECK(c.repo.read("d") == "3");
  // inside of the directory
  real_disk().remove_file(c.repo.path("d"));
  c.repo.write("d/a/x", "2");
  c.repo.write("d/s", "1");
  const auto result = c.checkout();
  CHECK(result.deleted == Names{"a/x", "s"});
  CHECK(c.files() == kAll);
}

TEST_CASE("a single file: created, replaced, executable") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  const auto store = repo.open();
  const auto hash = store->commit(repo.path("f")).hash;
  CHECK_FALSE(store->checkout(repo.path("f"), hash, {}).changed);
  real_disk().remove_file(repo.path("f"));
  CHECK(store->checkout(repo.path("f"), hash, {}).added == Names{""});
  CHECK(repo.read("f") == "hello");
  CHECK((repo.stat("f").mode & 0100) == 0);
  model::Meta exec;
  exec.isexec = true;
  CHECK(store->checkout(repo.path("f"), hash, exec).modified == Names{""});
  CHECK((repo.stat("f").mode & 0777) == 0744);
  CHECK_FALSE(store->checkout(repo.path("f"), hash, exec).changed);
  repo.write("f", "unsaved");
  CHECK_THROWS_AS(store->checkout(repo.path("f"), hash, {}), UnsavedFiles);
  CHECK(repo.read("f") == "unsaved");
  CHECK(store->checkout(repo.path("sub/dir/f"), hash, {}).changed);
  CHECK(repo.read("sub/dir/f") == "hello");
}

TEST_CASE("old links into the cache are replaced, never written through") {
  for (const LinkType type : {LinkType::hardlink, LinkType::symlink}) {
    const Committed linked({type});
    linked.checkout();
    // another version of the directory, by copies
    ScratchRepo& repo = const_cast<ScratchRepo&>(linked.repo);
    repo.links = {LinkType::copy};
    repo.write("e/a", "other");
    const auto store = repo.open();
    const auto other = store->commit(repo.path("e"));
    CHECK(store->checkout(repo.path("d"), other.hash, other.meta).changed);
    CHECK(linked.files() == Files{{"a", "other"}});
    CHECK(*real_disk().read(store->object_path(md5_of("1"))) == "1");
    repo.check_objects();
  }
}

TEST_CASE("links of the configured type") {
  const Committed hard({LinkType::hardlink});
  hard.checkout();
  CHECK(hard.repo.stat("d/a").links == 2);
  CHECK(hard.repo.stat("d/a").mode == 0444);
  const Committed soft({LinkType::symlink});
  soft.checkout();
  CHECK(real_disk().read_link(soft.repo.path("d/s/b")) == soft.repo.open()->object_path(md5_of("2")));
  CHECK(soft.files() == kAll);
}

TEST_CASE("relink changes the kind of link and nothing else") {
  const Committed c;
  c.checkout();
  ScratchRepo& repo = const_cast<ScratchRepo&>(c.repo);
  repo.links = {LinkType::hardlink};
  CHECK_FALSE(c.checkout().changed);
  CHECK(repo.stat("d/a").links == 1);
  CHECK_FALSE(c.checkout({.relink = true}).changed);
  CHECK(repo.stat("d/a").links == 2);
  CHECK_FALSE(c.checkout({.relink = true}).changed);
  CHECK(repo.stat("d/a").links == 2);
  repo.links = {LinkType::copy};
  c.checkout({.relink = true});
  CHECK(repo.stat("d/a").links == 1);
  CHECK((repo.stat("d/a").mode & 0200) != 0);
  CHECK(c.files() == kAll);
  for (const auto& entry : std::filesystem::directory_iterator(repo.path("d")))
    CHECK_FALSE(entry.path().string().ends_with(".tmp"));
}

TEST_CASE("only a part of a directory") {
  const Committed c;
  CHECK(c.checkout({.subpath = "s/b"}).added == Names{"s/b"});
  CHECK(c.files() == Files{{"s/b", "2"}});
  c.repo.write("d/other", "unsaved, but not asked for");
  CHECK(c.checkout({.subpath = "s"}).added == Names{"s/c"});
  CHECK(c.repo.exists("d/other"));
}

TEST_CASE("a symlink out of the repository is not followed by writes") {
  const Committed c;
  const ScratchRepo outside;
  real_disk().make_dirs(c.repo.path("d"));
  ::symlink(outside.root.c_str(), c.repo.path("d/s").c_str());
  CHECK_THROWS_WITH(c.checkout(), ("'" + c.repo.path("d/s") + "' is a symlink that leads out of '" + c.repo.root +
                                   "': nothing is written through it")
                                      .c_str());
  CHECK_FALSE(outside.exists("b"));
  // the out itself
  real_disk().remove_tree(c.repo.path("d"));
  ::symlink(outside.root.c_str(), c.repo.path("d").c_str());
  CHECK_THROWS_AS(c.checkout(), Error);
  // a folder above it
  ::symlink(outside.root.c_str(), c.repo.path("up").c_str());
  CHECK_THROWS_AS(c.repo.open()->checkout(c.repo.path("up/d"), c.dir.hash, {}), Error);
  CHECK_FALSE(outside.exists("d"));
}

TEST_CASE("a symlink to another folder of the repository is followed") {
  const Committed c;
  real_disk().make_dirs(c.repo.path("elsewhere"));
  ::symlink("elsewhere", c.repo.path("d").c_str());
  c.checkout();
  CHECK(c.repo.files("elsewhere") == kAll);
}

TEST_CASE("ignored files are neither deleted nor silently overwritten") {
  const Committed c;
  const auto store = c.repo.open(real_disk(), [](const std::string& p, bool) { return p == "d/a" || p == "d/x.log"; });
  c.repo.write("d/x.log", "log");
  c.repo.write("d/a", "unsaved");
  CHECK_THROWS_AS(store->checkout(c.repo.path("d"), c.dir.hash, {}), UnsavedFiles);
  CHECK(c.repo.read("d/a") == "unsaved");
  store->checkout(c.repo.path("d"), c.dir.hash, {}, {.force = true});
  CHECK(c.repo.read("d/a") == "1");
  CHECK(c.repo.read("d/x.log") == "log");
}

TEST_CASE("after a checkout nothing is hashed again") {
  const Committed c;
  c.checkout();
  // Objects gone: only the stat table can know.
  real_disk().remove_tree(c.repo.path(".dvc/cache"));
  const auto store = c.repo.open();
  CHECK(store->matches(c.repo.path("d"), c.dir.hash, {}));
  CHECK(store->hash(c.repo.path("d"))->tree == nullptr);
}

TEST_CASE("after a checkout of many files, too, nothing is hashed again, and what is edited at once is seen") {
  for (const bool touched : {false, true}) {
    ScratchRepo repo;
    for (int i = 0; i < 20; ++i) repo.write(cat("d/s", std::to_string(i % 3), "/", std::to_string(i)), cat("content ", std::to_string(i + 100)));
    const auto dir = repo.open()->commit(repo.path("d"));
    real_disk().remove_tree(repo.path("d"));
    CHECK(repo.open()->checkout(repo.path("d"), dir.hash, dir.meta, {}).added.size() == 20);
    if (touched) repo.write("d/s1/7", "content 999");
    real_disk().remove_tree(repo.path(".dvc/cache"));
    const auto store = repo.open();
    CHECK(store->matches(repo.path("d"), dir.hash, {}) == !touched);
    if (!touched) CHECK(store->hash(repo.path("d"))->tree == nullptr);
  }
}

TEST_CASE("a folder of many small files, empty and larger ones among them, is filled whole") {
  for (const auto& links : {std::vector{LinkType::copy}, {LinkType::reflink, LinkType::copy}, {LinkType::hardlink}}) {
    ScratchRepo repo;
    repo.links = links;
    for (int i = 0; i < 700; ++i) repo.write(cat("d/", std::to_string(i)), std::string(static_cast<std::size_t>(i * i % 50'000), static_cast<char>('a' + i % 26)));
    const auto before = repo.files("d");
    const auto dir = repo.open()->commit(repo.path("d"));
    real_disk().rename(repo.path("d"), repo.path("old"));
    CHECK(repo.open()->checkout(repo.path("d"), dir.hash, dir.meta, {}).added.size() == 700);
    CHECK(repo.files("d") == before);
    CHECK(repo.open()->matches(repo.path("d"), dir.hash, {}));
    CHECK(repo.check_objects() > 600);
  }
}

TEST_CASE("any failing write among many small files shows no part of them") {
  ScratchRepo repo;
  repo.links = {LinkType::copy};
  for (int i = 0; i < 300; ++i) repo.write(cat("d/", std::to_string(i)), std::to_string(i));
  const auto dir = repo.open()->commit(repo.path("d"));
  real_disk().rename(repo.path("d"), repo.path("old"));
  for (const int call : {5, 20, 300, 700, 1100, 1200}) {
    FaultyDisk disk(real_disk(), call, 28);
    CHECK_THROWS_AS(repo.open(disk)->checkout(repo.path("d"), dir.hash, dir.meta, {}), DiskError);
    CHECK_FALSE(repo.exists("d"));
  }
  CHECK(repo.open()->checkout(repo.path("d"), dir.hash, dir.meta, {}).added.size() == 300);
}

TEST_CASE("a part of a directory is not taken for the whole, however many files it has") {
  ScratchRepo repo;
  for (int i = 0; i < 20; ++i) repo.write(cat("d/part/", std::to_string(i)), cat("content ", std::to_string(i)));
  repo.write("d/other", "other");
  const auto dir = repo.open()->commit(repo.path("d"));
  real_disk().remove_tree(repo.path("d"));
  Store::CheckoutOptions options;
  options.subpath = "part";
  CHECK(repo.open()->checkout(repo.path("d"), dir.hash, dir.meta, options).added.size() == 20);
  CHECK_FALSE(repo.open()->matches(repo.path("d"), dir.hash, {}));
}

TEST_CASE("unprotect makes links writable copies") {
  for (const LinkType type : {LinkType::hardlink, LinkType::symlink}) {
    const Committed c({type});
    c.checkout();
    const auto store = c.repo.open();
    store->unprotect(c.repo.path("d"));
    CHECK(c.repo.stat("d/a").type == FileType::file);
    CHECK(c.repo.stat("d/a").links == 1);
    CHECK((c.repo.stat("d/a").mode & 0200) != 0);
    c.repo.write("d/a", "changed");
    CHECK(*real_disk().read(store->object_path(md5_of("1"))) == "1");
  }
  const Committed c;
  CHECK_THROWS_WITH(c.repo.open()->unprotect(c.repo.path("nope")),
                    ("can't unprotect non-existing data '" + c.repo.path("nope") + "'").c_str());
}

TEST_CASE("remove takes files and trees, but not through symlinks out of the repository") {
  const Committed c;
  c.checkout();
  const auto store = c.repo.open();
  store->remove(c.repo.path("d"));
  CHECK_FALSE(c.repo.exists("d"));
  store->remove(c.repo.path("d"));
  const ScratchRepo outside;
  outside.write("x", "1");
  ::symlink(outside.root.c_str(), c.repo.path("up").c_str());
  CHECK_THROWS_AS(store->remove(c.repo.path("up/x")), Error);
  CHECK(outside.exists("x"));
  store->remove(c.repo.path("up"));
  CHECK(outside.exists("x"));
  CHECK_FALSE(c.repo.exists("up"));
}
