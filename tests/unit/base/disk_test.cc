#include "base/disk.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/faulty_disk.h"

using namespace pivot;

namespace {

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pivot-disk-XXXXXX").string();
    root = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(root); }
  std::string operator/(const std::string& name) const { return root + "/" + name; }
  std::string root;
};

std::set<std::string> names(const std::string& p) {
  std::set<std::string> out;
  for (const auto& e : real_disk().list(p)) out.insert(e.name);
  return out;
}

}  // namespace

TEST_CASE("what is absent is a value, not an error") {
  const Folder f;
  Disk& disk = real_disk();
  CHECK_FALSE(disk.stat(f / "x"));
  CHECK_FALSE(disk.lstat(f / "x"));
  CHECK_FALSE(disk.read(f / "x"));
  CHECK_FALSE(disk.read_link(f / "x"));
  CHECK(disk.list(f / "x").empty());
  CHECK_FALSE(disk.remove_file(f / "x"));
  CHECK_FALSE(disk.remove_tree(f / "x"));
  CHECK_FALSE(disk.remove_dir(f / "x"));
  disk.write(f / "file", "");
  CHECK_FALSE(disk.stat(f / "file/below"));
}

TEST_CASE("errors read as Python prints them") {
  const Folder f;
  try {
    real_disk().write(f / "no/such/folder", "x");
    FAIL("no error");
  } catch (const DiskError& e) {
    CHECK(e.number() == ENOENT);
    CHECK(e.message() == "[Errno 2] No such file or directory: '" + (f / "no/such/folder") + "'");
  }
  CHECK_THROWS_WITH(throw_disk_error(ENOSPC, "it's"), "[Errno 28] No space left on device: \"it's\"");
}

TEST_CASE("reading, writing, appending, patching") {
  const Folder f;
  Disk& disk = real_disk();
  disk.write(f / "a", "hello");
  CHECK(disk.read(f / "a") == "hello");
  disk.write(f / "a", "hi");
  CHECK(disk.read(f / "a") == "hi");
  disk.append(f / "a", " there");
  disk.append(f / "b", "new");
  CHECK(disk.read(f / "a") == "hi there");
  CHECK(disk.read(f / "b") == "new");
  disk.write_at(f / "a", 1, "!!");
  CHECK(disk.read(f / "a") == "h!!there");
  const std::string large(3'000'000, 'x');
  disk.write(f / "large", large);
  CHECK(disk.read(f / "large") == large);
  CHECK(disk.read("/proc/self/status")->starts_with("Name:"));
}

TEST_CASE("stat sees types, links and times") {
  const Folder f;
  Disk& disk = real_disk();
  disk.write(f / "a", "hello");
  disk.hard_link(f / "a", f / "h");
  disk.symlink("a", f / "s");
  disk.make_dirs(f / "x/y/z");
  CHECK(disk.stat(f / "a")->size == 5);
  CHECK(disk.stat(f / "a")->links == 2);
  CHECK(disk.stat(f / "s")->type == FileType::file);
  CHECK(disk.lstat(f / "s")->type == FileType::symlink);
  CHECK(disk.read_link(f / "s") == "a");
  CHECK_FALSE(disk.read_link(f / "a"));
  CHECK(disk.stat(f / "x/y")->type == FileType::dir);
  CHECK(disk.stat(f / "a")->mtime_ns > 1'500'000'000'000'000'000);
  CHECK(disk.stat(f / "a")->inode == disk.stat(f / "h")->inode);
  CHECK(names(f.root) == std::set<std::string>{"a", "h", "s", "x"});
}

TEST_CASE("looking from a folder changes no answer") {
  const Folder folder;
  Disk& disk = real_disk();
  disk.make_dirs(folder / "near/sub");
  disk.make_dirs(folder / "nearby");
  disk.write(folder / "near/sub/file", "abc");
  disk.write(folder / "nearby/file", "abcd");
  disk.symlink("sub/file", folder / "near/link");
  look_from(folder / "near");
  const auto size = [&](const std::string& p) { return disk.stat(folder / p).value_or(FileStat{.size = -1}).size; };
  CHECK(size("near/sub/file") == 3);
  CHECK(size("near//sub//file") == 3);
  CHECK(size("near/../nearby/file") == 4);
  CHECK(size("nearby/file") == 4);
  CHECK(size("near/link") == 3);
  CHECK(size("near/nosuch") == -1);
  CHECK(disk.lstat(folder / "near/link")->type == FileType::symlink);
  CHECK(disk.stat(folder / "near")->type == FileType::dir);
  CHECK(disk.stat(folder / "near/")->type == FileType::dir);
}

TEST_CASE("a look into a folder sees what stat sees") {
  const Folder folder;
  Disk& disk = real_disk();
  disk.make_dirs(folder / "in/sub");
  disk.write(folder / "in/file", "abc");
  disk.symlink("file", folder / "in/link");
  disk.symlink("gone", folder / "in/broken");
  FaultyDisk other(disk, 1, EIO);  // has no look of its own
  for (Disk* each : {&disk, static_cast<Disk*>(&other)}) {
    const auto look = each->look_into(folder / "in");
    CHECK(look->stat("file")->size == 3);
    CHECK(look->stat("link")->size == 3);
    CHECK(look->stat("sub")->type == FileType::dir);
    CHECK_FALSE(look->stat("broken"));
    CHECK_FALSE(look->stat("nosuch"));
    CHECK_FALSE(look->stat("file/below"));
    CHECK_FALSE(each->look_into(folder / "nosuch")->stat("file"));
    CHECK_FALSE(each->look_into(folder / "in/file")->stat("file"));
  }
}

TEST_CASE("an atomic write replaces the file, keeps its mode, follows a symlink and leaves nothing behind") {
  const Folder f;
  Disk& disk = real_disk();
  disk.write_atomic(f / "a", "1");
  disk.chmod(f / "a", 0640);
  const auto inode = disk.stat(f / "a")->inode;
  disk.write_atomic(f / "a", "2");
  CHECK(disk.read(f / "a") == "2");
  CHECK(disk.stat(f / "a")->mode == 0640);
  CHECK(disk.stat(f / "a")->inode != inode);
  disk.symlink("a", f / "s");
  disk.write_atomic(f / "s", "3");
  CHECK(disk.lstat(f / "s")->type == FileType::symlink);
  CHECK(disk.read(f / "a") == "3");
  CHECK(names(f.root) == std::set<std::string>{"a", "s"});
}

TEST_CASE("a new file that is not finished leaves nothing behind") {
  const Folder f;
  Disk& disk = real_disk();
  {
    const auto file = disk.create(temporary_name(f.root), 0600);
    file->write("half");
    CHECK(names(f.root).size() == 1);
  }
  CHECK(names(f.root).empty());
  disk.write(f / "source", "0123456789");
  const int source = ::open((f / "source").c_str(), O_RDONLY);
  const auto file = disk.create(temporary_name(f.root), 0600);
  CHECK(file->append_from(source, 2, 3) == 3);
  CHECK(file->append_from(source, 8, 100) == 2);
  file->set_mode(0444);
  file->set_mtime(1'600'000'000'123'456'789);
  file->finish(f / "final");
  ::close(source);
  CHECK(disk.read(f / "final") == "23489");
  CHECK(disk.stat(f / "final")->mode == 0444);
  CHECK(disk.stat(f / "final")->mtime_ns == 1'600'000'000'123'456'789);
  CHECK_THROWS_AS(disk.create(f / "final", 0600), DiskError);
}

TEST_CASE("copies and clones are new files") {
  const Folder f;
  Disk& disk = real_disk();
  disk.write(f / "a", std::string(2'000'000, 'a'));
  disk.copy(f / "a", f / "b");
  CHECK(disk.read(f / "b") == disk.read(f / "a"));
  CHECK_THROWS_AS(disk.copy(f / "a", f / "b"), DiskError);
  if (disk.reflink(f / "a", f / "c")) CHECK(disk.read(f / "c") == disk.read(f / "a"));
  else CHECK_FALSE(disk.stat(f / "c"));
}

TEST_CASE("trees are removed without following symlinks; folders only when empty") {
  const Folder f;
  Disk& disk = real_disk();
  disk.make_dirs(f / "keep");
  disk.write(f / "keep/x", "1");
  disk.make_dirs(f / "t/a/b");
  disk.write(f / "t/a/b/c", "1");
  disk.symlink(f / "keep", f / "t/link");
  CHECK_FALSE(disk.remove_dir(f / "t"));
  CHECK(disk.remove_tree(f / "t"));
  CHECK(disk.read(f / "keep/x") == "1");
  CHECK_FALSE(disk.stat(f / "t"));
  disk.symlink(f / "keep", f / "link");
  CHECK(disk.remove_tree(f / "link"));
  CHECK(disk.read(f / "keep/x") == "1");
  disk.make_dir(f / "empty");
  disk.make_dir(f / "empty");
  CHECK(disk.remove_dir(f / "empty"));
  CHECK_THROWS_AS(disk.make_dir(f / "keep/x"), DiskError);
  CHECK_THROWS_AS(disk.make_dirs(f / "keep/x/y"), DiskError);
}

TEST_CASE("temporary names have DVC's form and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(temporary_name("/d"));
  CHECK(seen.size() == 1000);
  CHECK(seen.begin()->size() == std::string("/d/.").size() + 22 + 4);
  CHECK(seen.begin()->ends_with(".tmp"));
}

TEST_CASE("a faulty disk fails the Nth change, once or from then on, and never a read") {
  const Folder f;
  FaultyDisk once(real_disk(), 2, ENOSPC);
  once.write(f / "a", "1");
  CHECK_THROWS_AS(once.write(f / "b", "1"), DiskError);
  CHECK(once.read(f / "a") == "1");
  once.write(f / "c", "1");
  CHECK(once.calls() == 3);
  CHECK(names(f.root) == std::set<std::string>{"a", "c"});
  FaultyDisk down(real_disk(), 2, EIO, true);
  const auto file = down.create(f / "t", 0600);
  CHECK_THROWS_AS(file->write("x"), DiskError);
  CHECK_THROWS_AS(file->finish(f / "final"), DiskError);
  CHECK_THROWS_AS(down.remove_file(f / "a"), DiskError);
  CHECK(down.stat(f / "a"));
  CHECK(down.has_failed());
}
