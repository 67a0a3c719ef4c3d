#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace pivot {

int core_count() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

struct Crew::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void(int)>> tasks;
  std::vector<std::thread> helpers;
  std::exception_ptr failure;
  int jobs = 1;
  int busy = 0;
  bool running = false;

  void work(int worker) {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return !tasks.empty() || busy == 0; });
      if (tasks.empty()) return;
      auto task = std::move(tasks.front());
      tasks.pop_front();
      ++busy;
      lock.unlock();
      std::exception_ptr failed;
      try {
        task(worker);
      } catch (...) {
        failed = std::current_exception();
      }
      task = nullptr;  // what it owns dies outside of the lock
      lock.lock();
      --busy;
      if (failed) {
        if (!failure) failure = failed;
        tasks.clear();
      }
      if (busy == 0 && tasks.empty()) wake.notify_all();
    }
  }

  /// With the mutex held: one more helper when tasks wait and the crew is not complete.
  void reinforce() {
    if (!running || tasks.empty() || static_cast<int>(helpers.size()) + 1 >= jobs) return;
    const int worker = static_cast<int>(helpers.size()) + 1;
    try {
      helpers.emplace_back([this, worker] { work(worker); });
    } catch (const std::system_error&) {
      jobs = worker;  // no more threads to be had: those that run do the work
    }
  }
};

Crew::Crew(int jobs) : state_(std::make_unique<State>()) { state_->jobs = jobs > 0 ? jobs : core_count(); }

Crew::~Crew() {
  for (auto& helper : state_->helpers)
    if (helper.joinable()) helper.join();
}

int Crew::jobs() const { return state_->jobs; }

void Crew::add(std::function<void(int)> task) {
  const std::lock_guard lock(state_->mutex);
  if (state_->failure) return;
  state_->tasks.push_back(std::move(task));
  // A task that waits while all are busy is worth a thread; the first one is the caller's own.
  state_->reinforce();
  state_->wake.notify_one();
}

void Crew::run() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->running = true;
    const auto extra = std::min<std::size_t>(state_->tasks.size(), static_cast<std::size_t>(state_->jobs));
    for (std::size_t i = 1; i < extra; ++i) state_->reinforce();
  }
  state_->work(0);
  for (auto& helper : state_->helpers) helper.join();
  state_->helpers.clear();
  state_->running = false;
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

void parallel_for(std::size_t n, std::size_t grain, int jobs,
                  const std::function<void(std::size_t, std::size_t)>& body) {
  if (n <= grain || jobs == 1) {
    if (n > 0) body(0, n);
    return;
  }
  Crew crew(jobs);
  for (std::size_t begin = 0; begin < n; begin += grain)
    crew.add([&body, begin, end = std::min(n, begin + grain)](int) { body(begin, end); });
  crew.run();
}

}  // namespace pivot
