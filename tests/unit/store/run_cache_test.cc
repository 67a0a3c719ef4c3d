#include "store/run_cache.h"

#include "scratch_repo.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::store;

namespace {

// Made by DVC 3.67.1: `cmd: cp d o; mkdir -p dd; cp d dd/1; chmod +x o`, dep d ("hi\n"), params p and train, outs o and
// dd.
constexpr const char* kEntry = R"(cmd: cp d o; mkdir -p dd; cp d dd/1; chmod +x o
deps:
- path: d
  hash: md5
  md5: 764efa883dda1e11db47671c4a3bbd9e
  size: 3
params:
  params.yaml:
    p: 1.5
    train:
      size: 3
      é: x
outs:
- path: dd
  hash: md5
  md5: 2c9fb654ff4329fb1d68808e7f3bbf80.dir
  size: 3
  nfiles: 1
- path: o
  hash: md5
  md5: 764efa883dda1e11db47671c4a3bbd9e
  size: 3
  isexec: true
)";
constexpr const char* kFile =
    ".dvc/cache/runs/56/568273c85daa9d3fe96f1c635bc83b8d6cba403c929411a9d18081613e7335aa/"
    "a8aeceae3765fc9facb64160d70ec6776dd194fd3ea76590e74369d1c972b529";

Value entry() { return text::yaml::load(kEntry); }

/// The same without what the run gave, as a stage that is about to run knows it.
Value question() {
  Value v = entry();
  v.as_map().set("outs", List{Value("dd"), Value("o")});
  return v;
}

struct Saved {
  ScratchRepo repo;
  Saved() {
    repo.write("d", "hi\n");
    repo.write("dd/1", "hi\n");
    const auto store = repo.open();
    store->commit(repo.path("d"));
    store->commit(repo.path("dd"));
    store->save_run(entry());
  }
};

}  // namespace

TEST_CASE("a run is saved under DVC's names with DVC's bytes") {
  const Saved saved;
  CHECK(saved.repo.read(kFile) == kEntry);
  CHECK((saved.repo.stat(kFile).mode & 0700) == 0600);
}

TEST_CASE("a saved run is found again by what is known before the run") {
  const Saved saved;
  const auto store = saved.repo.open();
  const auto found = store->find_run(question(), {"o", "dd"});
  REQUIRE(found);
  CHECK(python_equal(*found, entry()));
  CHECK(store->find_run(entry(), {"dd", "o"}));
  CHECK_FALSE(store->find_run(question(), {"dd"}));
  Value other = question();
  other.as_map().set("cmd", "echo");
  CHECK_FALSE(store->find_run(other, {"dd", "o"}));
}

TEST_CASE("a run whose outs are not in the cache any more is not found") {
  const Saved saved;
  real_disk().remove_file(saved.repo.open()->object_path(md5_of("hi\n")));
  CHECK_FALSE(saved.repo.open()->find_run(question(), {"dd", "o"}));
}

TEST_CASE("parameters named size count, although DVC's key leaves them out") {
  const Saved saved;
  Value other = question();
  Value& train = *other.as_map().find("params")->as_map().find("params.yaml")->as_map().find("train");
  train = train.clone();
  train.as_map().set("size", 4);
  CHECK(RunCache::key_of(other, {"dd", "o"}) == RunCache::key_of(question(), {"dd", "o"}));
  CHECK_FALSE(saved.repo.open()->find_run(other, {"dd", "o"}));
}

TEST_CASE("of several runs the newest complete one is taken, broken entries are deleted") {
  const Saved saved;
  const std::string folder = std::filesystem::path(saved.repo.path(kFile)).parent_path().string();
  Value newer = entry();
  newer.as_map().find("outs")->as_list()[1].as_map().set("md5", md5_hex("gone"));
  ScratchRepo::let_clock_tick();
  saved.repo.open()->save_run(newer);
  const std::string broken = folder + "/" + std::string(64, '0');
  real_disk().write(broken, "cmd: [unclosed");
  const std::string no_record = folder + "/" + std::string(64, '1');
  real_disk().write(no_record, "- 1\n");
  const auto found = saved.repo.open()->find_run(question(), {"dd", "o"});
  REQUIRE(found);
  CHECK(python_equal(*found, entry()));
  CHECK_FALSE(real_disk().stat(broken));
  CHECK_FALSE(real_disk().stat(no_record));
}

TEST_CASE("an entry that is there is not written again, a broken one is") {
  const Saved saved;
  const auto before = saved.repo.stat(kFile);
  saved.repo.open()->save_run(entry());
  CHECK(saved.repo.stat(kFile).inode == before.inode);
  saved.repo.write(kFile, "{");
  saved.repo.open()->save_run(entry());
  CHECK(saved.repo.read(kFile) == kEntry);
}
