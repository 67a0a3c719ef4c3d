#include "store/arrivals.h"

#include <filesystem>

#include "base/faulty_disk.h"
#include "base/strings.h"
#include "scratch_repo.h"
#include "store/remotes/remote.h"
#include "store/transfer.h"

using namespace pivot;
using namespace pivot::store;

namespace {

constexpr int kFiles = 90;  ///< some of them empty, or twice the same, or in folders

/// A repository whose directory "d" lies on a remote and nowhere else.
struct Published {
  /// `with_large`: some that are not held in memory, and more of others than may wait there.
  explicit Published(bool with_large = false) {
    for (int i = 0; i < kFiles; ++i)
      origin.write(cat("d/", i % 3 == 0 ? "" : i % 3 == 1 ? "s/" : "s/t/", std::to_string(i)), i % 10 == 0 ? "" : cat("content ", std::to_string(i % 80)));
    if (with_large) origin.write("d/large", std::string(400 << 10, 'x'));
    for (int i = 0; i < 20 && with_large; ++i) origin.write(cat("d/medium", std::to_string(i)), std::string((200 << 10) + i, 'y'));
    const auto hashed = origin.open()->commit(origin.path("d"));
    hash = hashed.hash;
    meta = hashed.meta;
    expected = origin.files("d");
  }
  /// Fetches "d" into another repository, announced when `announced`.
  Transfer::Result fetch(const ScratchRepo& repo, Store& store, Disk& disk, bool announced = true) const {
    RemoteSettings settings;
    settings.url = origin.path(".dvc/cache");
    const auto remote = open_remote(settings, disk);
    Transfer transfer(store, *remote, disk, "");
    transfer.on_begin = [&](std::size_t) {
      if (announced) store.fill_on_arrival(repo.path("d"), hash, meta);
    };
    return transfer.fetch({{hash, "d", std::nullopt}}, [](std::int64_t) {});
  }
  ScratchRepo origin;
  model::Hash hash;
  model::Meta meta;
  std::map<std::string, std::string> expected;
};

std::size_t staged_folders(const ScratchRepo& repo) {
  std::size_t count = 0;
  if (repo.exists(".dvc/tmp/pivot"))
    for (const auto& entry : real_disk().list(repo.path(".dvc/tmp/pivot"))) count += entry.name.ends_with(".staged.tmp") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("what is fetched is in its folder before the checkout, which only gives the name") {
  const Published data(true);
  int writes[2];
  for (const bool announced : {false, true}) {
    const ScratchRepo repo;
    FaultyDisk counting(real_disk(), 1 << 30, 0);
    {
      const auto store = repo.open(counting);
      CHECK(data.fetch(repo, *store, counting, announced).failed.empty());
      CHECK_FALSE(repo.exists("d"));
      const int before = counting.calls();
      const auto done = store->checkout(repo.path("d"), data.hash, data.meta);
      CHECK(done.added.size() == data.expected.size());
      writes[announced ? 1 : 0] = counting.calls() - before;
    }
    CHECK(repo.files("d") == data.expected);
    CHECK(staged_folders(repo) == 0);
    CHECK(repo.leftovers() == 0);
    const auto store = repo.open();
    CHECK(store->has(data.hash));
    CHECK(store->matches(repo.path("d"), data.hash, data.meta));
    CHECK((repo.stat("d/12").mode & 0200) != 0);
    CHECK(repo.stat("d/12").links == 1);
  }
  CHECK(writes[0] > kFiles);
  CHECK(writes[1] < writes[0] / 2);  // the last few may still be on their way
}

TEST_CASE("a folder that is there, another content, links, few files: the checkout does it all") {
  const Published data;
  for (const auto* what : {"there meanwhile", "there before", "another hash", "hardlinks", "partly in the cache"}) {
    CAPTURE(what);
    ScratchRepo repo;
    const auto is = [&](std::string_view name) { return what == name; };
    if (is("hardlinks")) repo.links = {LinkType::hardlink, LinkType::copy};
    if (is("there before")) repo.write("d/mine", "not tracked");
    const auto store = repo.open();
    if (is("partly in the cache")) {
      for (int i = 1; i < 40; ++i) repo.write(cat("known/", std::to_string(i)), cat("content ", std::to_string(i)));
      store->commit(repo.path("known"));
    }
    CHECK(data.fetch(repo, *store, real_disk()).failed.empty());
    if (is("there meanwhile")) repo.write("d/mine", "not tracked");
    const CheckoutOptions force{.force = true};
    if (is("another hash")) {
      repo.write("e/one", "1");
      const auto other = store->commit(repo.path("e"));
      store->checkout(repo.path("d"), other.hash, other.meta);
      CHECK(repo.files("d") == repo.files("e"));
    }
    store->checkout(repo.path("d"), data.hash, data.meta, force);
    CHECK(repo.files("d") == data.expected);
    CHECK(repo.stat("d/12").links == (is("hardlinks") ? 2 : 1));
    CHECK(repo.check_objects() > 50);
  }
}

TEST_CASE("what arrived and is not checked out goes") {
  const Published data;
  const ScratchRepo repo;
  {
    const auto store = repo.open();
    data.fetch(repo, *store, real_disk());
    CHECK(staged_folders(repo) == 1);
  }
  CHECK(staged_folders(repo) == 0);
  CHECK_FALSE(repo.exists("d"));
}

TEST_CASE("a symlinked way out of the repository is not taken") {
  const Published data;
  const ScratchRepo repo, elsewhere;
  real_disk().symlink(elsewhere.root, repo.path("out"));
  const auto store = repo.open();
  store->fill_on_arrival(repo.path("out/d"), data.hash, data.meta);
  data.fetch(repo, *store, real_disk());
  store->fill_on_arrival(repo.path("out/d"), data.hash, data.meta);
  CHECK_THROWS_WITH_AS(store->checkout(repo.path("out/d"), data.hash, data.meta), doctest::Contains("leads out of"), Error);
  CHECK_FALSE(elsewhere.exists("d"));
}

TEST_CASE("each write of a fetch and its checkout fails once, or all from then on: nothing half stays, the next try completes") {
  const Published data;
  int calls = 0;
  {
    const ScratchRepo repo;
    FaultyDisk counting(real_disk(), 1 << 30, 0);
    const auto store = repo.open(counting);
    data.fetch(repo, *store, counting);
    store->checkout(repo.path("d"), data.hash, data.meta);
    calls = counting.calls();
  }
  REQUIRE(calls > 2 * kFiles);
  for (int n = 1; n <= calls; n += n < 20 || n > calls - 20 ? 1 : 37) {
    for (const bool stay_down : {false, true}) {
      CAPTURE(n);
      CAPTURE(stay_down);
      const ScratchRepo repo;
      FaultyDisk disk(real_disk(), n, 28, stay_down);
      bool complete = true;
      try {
        const auto store = repo.open(disk);
        complete = data.fetch(repo, *store, disk).failed.empty();
        store->checkout(repo.path("d"), data.hash, data.meta);
      } catch (const Error&) {
        complete = false;
      }
      if (complete) CHECK(repo.files("d") == data.expected);
      else CHECK((!repo.exists("d") || repo.files("d") == data.expected));
      repo.check_objects();
      const auto store = repo.open();
      CHECK(data.fetch(repo, *store, real_disk()).failed.empty());
      store->checkout(repo.path("d"), data.hash, data.meta, {.force = true});
      CHECK(repo.files("d") == data.expected);
    }
  }
}
