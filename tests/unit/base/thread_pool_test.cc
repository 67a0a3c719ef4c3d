#include "base/thread_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace pivot;

TEST_CASE("every index is visited once, whatever the grain and the number of threads") {
  for (const std::size_t n : {0ul, 1ul, 7ul, 1000ul})
    for (const std::size_t grain : {1ul, 3ul, 64ul, 5000ul})
      for (const int jobs : {0, 1, 2, 5}) {
        std::vector<std::atomic<int>> visits(n);
        parallel_for(n, grain, jobs, [&](std::size_t begin, std::size_t end) {
          for (auto i = begin; i < end; ++i) ++visits[i];
        });
        for (const auto& v : visits) CHECK(v == 1);
      }
}

TEST_CASE("tasks may add tasks, and run() waits for all of them") {
  Crew crew(4);
  std::atomic<int> done{0};
  std::function<void(int)> split = [&](int depth) {
    ++done;
    if (depth > 0)
      for (int i = 0; i < 3; ++i) crew.add([&, depth](int) { split(depth - 1); });
  };
  crew.add([&](int) { split(5); });
  crew.run();
  CHECK(done == 1 + 3 + 9 + 27 + 81 + 243);
}

TEST_CASE("workers are numbered below jobs()") {
  Crew crew(3);
  std::mutex mutex;
  std::set<int> seen;
  for (int i = 0; i < 100; ++i)
    crew.add([&](int worker) {
      const std::lock_guard lock(mutex);
      seen.insert(worker);
    });
  crew.run();
  CHECK(*seen.begin() >= 0);
  CHECK(*seen.rbegin() < crew.jobs());
}

TEST_CASE("one task alone runs on the caller's thread") {
  Crew crew(8);
  std::thread::id id;
  crew.add([&](int) { id = std::this_thread::get_id(); });
  crew.run();
  CHECK(id == std::this_thread::get_id());
}

TEST_CASE("the first exception comes out of run(), waiting tasks are dropped") {
  Crew crew(2);
  std::atomic<int> done{0};
  for (int i = 0; i < 1000; ++i)
    crew.add([&, i](int) {
      if (i == 3) throw std::runtime_error("third");
      ++done;
    });
  CHECK_THROWS_WITH(crew.run(), "third");
  CHECK(done < 1000);
}
