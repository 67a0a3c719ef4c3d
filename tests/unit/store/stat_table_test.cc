#include "store/stat_table.h"

#include "base/clock.h"
#include "base/faulty_disk.h"
#include "scratch_repo.h"

using namespace pivot;
using namespace pivot::store;

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

FileStat stat_of(std::int64_t size, std::int64_t changed_ns, std::uint64_t inode = 7) {
  FileStat s;
  s.type = FileType::file;
  s.size = size;
  s.mtime_ns = s.ctime_ns = changed_ns;
  s.inode = inode;
  return s;
}

std::string state_of(const ScratchRepo& repo) { return repo.path(".dvc/tmp/pivot"); }
std::string path_of(const ScratchRepo& repo, int i) { return repo.path("d/" + std::to_string(i)); }

}  // namespace

TEST_CASE("a hash is remembered for exactly the stat it was recorded with") {
  const ScratchRepo repo;
  StatTable table(state_of(repo), repo.root, real_disk());
  const auto old = stat_of(5, kNow - kSecond);
  table.record(repo.path("f"), HashKind::md5, old, md5("hello"), kNow);
  CHECK(table.find(repo.path("f"), HashKind::md5, old) == md5("hello"));
  CHECK_FALSE(table.find(repo.path("f"), HashKind::dos2unix, old));
  CHECK_FALSE(table.find(repo.path("g"), HashKind::md5, old));
  CHECK_FALSE(table.find(repo.path("f"), HashKind::md5, stat_of(6, kNow - kSecond)));
  CHECK_FALSE(table.find(repo.path("f"), HashKind::md5, stat_of(5, kNow - kSecond + 1)));
  CHECK_FALSE(table.find(repo.path("f"), HashKind::md5, stat_of(5, kNow - kSecond, 8)));
  CHECK(table.guess(repo.path("f"), HashKind::md5, 5) == md5("hello"));
  CHECK_FALSE(table.guess(repo.path("f"), HashKind::md5, 6));
}

TEST_CASE("a file that changed within the clock's granularity of its hashing is not believed") {
  const ScratchRepo repo;
  StatTable table(state_of(repo), repo.root, real_disk());
  const auto young = stat_of(5, kNow - 5'000'000);
  table.record(repo.path("f"), HashKind::md5, young, md5("hello"), kNow);
  CHECK_FALSE(table.find(repo.path("f"), HashKind::md5, young));
  table.record(repo.path("f"), HashKind::md5, young, md5("hello"), kNow + 20'000'000);
  CHECK(table.find(repo.path("f"), HashKind::md5, young));
  // from the future
  const auto future = stat_of(5, kNow + kSecond);
  table.record(repo.path("f"), HashKind::md5, future, md5("hello"), kNow);
  CHECK_FALSE(table.find(repo.path("f"), HashKind::md5, future));
}

TEST_CASE("a file that changes and changes back within one tick of the clock is seen") {
  const ScratchRepo repo;
  repo.write("f", "aaaa");
  {
    const auto store = repo.open();
    CHECK(store->hash(repo.path("f"))->hash == md5_of("aaaa"));
    repo.write("f", "bbbb");  // same size, often the same tick
    CHECK(store->hash(repo.path("f"))->hash == md5_of("bbbb"));
    repo.write("f", "cccc");
  }
  CHECK(repo.open()->hash(repo.path("f"))->hash == md5_of("cccc"));
}

TEST_CASE("the table outlives the process and a move of the repository") {
  const ScratchRepo repo;
  const auto old = stat_of(5, kNow - kSecond);
  {
    StatTable table(state_of(repo), repo.root, real_disk());
    for (int i = 0; i < 1000; ++i) table.record(path_of(repo, i), HashKind::md5, old, md5(std::to_string(i)), kNow);
    table.record_tree(repo.path("d"), HashKind::md5, {1, 2}, {md5("tree"), 99, 1000}, kNow);
    table.record_presence(HashKind::md5, "abc.dir", {{3, 4}, kNow});
    table.flush();
  }
  StatTable table(state_of(repo), "/elsewhere", real_disk());
  for (int i = 0; i < 1000; ++i)
    CHECK(table.find("/elsewhere/d/" + std::to_string(i), HashKind::md5, old) == md5(std::to_string(i)));
  const auto tree = table.find_tree("/elsewhere/d", HashKind::md5, {1, 2}, kNow - kSecond);
  REQUIRE(tree);
  CHECK(tree->md5 == md5("tree"));
  CHECK(tree->size == 99);
  CHECK(tree->nfiles == 1000);
  CHECK_FALSE(table.find_tree("/elsewhere/d", HashKind::md5, {1, 3}, kNow - kSecond));
  CHECK_FALSE(table.find_tree("/elsewhere/d", HashKind::md5, {1, 2}, kNow));
  REQUIRE(table.find_presence(HashKind::md5, "abc.dir"));
  CHECK(table.find_presence(HashKind::md5, "abc.dir")->digest == Hash128{3, 4});
}

TEST_CASE("two processes that write at the same time keep each other's rows") {
  const ScratchRepo repo;
  const auto old = stat_of(5, kNow - kSecond);
  StatTable a(state_of(repo), repo.root, real_disk());
  StatTable b(state_of(repo), repo.root, real_disk());
  for (int round = 0; round < 20; ++round) {
    // few rows (written in place) and many (a new file) in turn
    const int count = round % 2 == 0 ? 3 : 300;
    for (int i = 0; i < count; ++i) {
      a.record(repo.path("a" + std::to_string(round * 1000 + i)), HashKind::md5, old, md5("a" + std::to_string(i)),
               kNow);
      b.record(repo.path("b" + std::to_string(round * 1000 + i)), HashKind::md5, old, md5("b" + std::to_string(i)),
               kNow);
    }
    a.flush();
    b.flush();
  }
  const StatTable table(state_of(repo), repo.root, real_disk());
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < (round % 2 == 0 ? 3 : 300); ++i) {
      CHECK(table.find(repo.path("a" + std::to_string(round * 1000 + i)), HashKind::md5, old) ==
            md5("a" + std::to_string(i)));
      CHECK(table.find(repo.path("b" + std::to_string(round * 1000 + i)), HashKind::md5, old) ==
            md5("b" + std::to_string(i)));
    }
  }
}

TEST_CASE("a table that was cut off, overwritten or is of another version is no table, and is written anew") {
  const ScratchRepo repo;
  const auto old = stat_of(5, kNow - kSecond);
  const auto fill = [&] {
    StatTable table(state_of(repo), repo.root, real_disk());
    for (int i = 0; i < 100; ++i) table.record(path_of(repo, i), HashKind::md5, old, md5("x"), kNow);
    table.flush();
  };
  const auto found = [&] {
    const StatTable table(state_of(repo), repo.root, real_disk());
    int count = 0;
    for (int i = 0; i < 100; ++i)
      if (const auto hit = table.find(path_of(repo, i), HashKind::md5, old)) {
        CHECK(*hit == md5("x"));
        ++count;
      }
    return count;
  };
  fill();
  CHECK(found() == 100);
  const std::string whole = repo.read(".dvc/tmp/pivot/stat");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{144},
                                 whole.size() / 2, whole.size() - 1}) {
    repo.write(".dvc/tmp/pivot/stat", whole.substr(0, size));
    CHECK(found() == 0);
  }
  repo.write(".dvc/tmp/pivot/stat", whole + "x");
  CHECK(found() == 0);
  repo.write(".dvc/tmp/pivot/stat", "PIVSTAT2" + whole.substr(8));
  CHECK(found() == 0);
  // single torn rows are passed over, the others stay
  std::string torn = whole;
  for (std::size_t at = 64; at + 80 <= torn.size(); at += 400) torn[at + 30] = static_cast<char>(torn[at + 30] ^ 1);
  repo.write(".dvc/tmp/pivot/stat", torn);
  CHECK(found() > 50);
  CHECK(found() < 100);
  // random bytes
  std::string noise = whole;
  std::uint32_t x = 1;
  for (std::size_t i = 64; i < noise.size(); ++i) noise[i] = static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  repo.write(".dvc/tmp/pivot/stat", noise);
  CHECK(found() == 0);
  fill();
  CHECK(found() == 100);
}

TEST_CASE("a disk that fails at any call while the table is written leaves the old or the new rows") {
  const ScratchRepo repo;
  const auto old = stat_of(5, kNow - kSecond);
  {
    StatTable table(state_of(repo), repo.root, real_disk());
    for (int i = 0; i < 10; ++i) table.record(path_of(repo, i), HashKind::md5, old, md5("x"), kNow);
    table.flush();
  }
  for (const int rows : {3, 500}) {
    for (int n = 1;; ++n) {
      FaultyDisk disk(real_disk(), n, 28, true);
      StatTable table(state_of(repo), repo.root, disk);
      for (int i = 0; i < rows; ++i) table.record(path_of(repo, 1000 + i), HashKind::md5, old, md5("y"), kNow);
      table.flush();
      const StatTable after(state_of(repo), repo.root, real_disk());
      for (int i = 0; i < 10; ++i) CHECK(after.find(path_of(repo, i), HashKind::md5, old) == md5("x"));
      if (!disk.has_failed()) break;
    }
  }
}

TEST_CASE("without a state folder everything is forgotten with the process") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  Options options = repo.options();
  options.state_dir.clear();
  Store(options, real_disk(), nullptr).commit(repo.path("f"));
  CHECK_FALSE(repo.exists(".dvc/tmp"));
}

TEST_CASE("small files that a stage has just written are settled when the table is written") {
  const ScratchRepo repo;
  repo.write("f", "hello");
  const auto stat = repo.stat("f");
  {
    StatTable table(state_of(repo), repo.root, real_disk());
    table.record(repo.path("f"), HashKind::md5, stat, md5("hello"), stat.ctime_ns + 1);
    ScratchRepo::let_clock_tick();
    table.flush();
  }
  const StatTable table(state_of(repo), repo.root, real_disk());
  CHECK(table.find(repo.path("f"), HashKind::md5, stat) == md5("hello"));
}
