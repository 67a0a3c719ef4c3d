// Work on all cores: a crew of threads that starts only when there is enough to do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace pivot {

/// Cores that this process may use.
int core_count();

/// Tasks that may add further tasks. The caller works too; helper threads start when a second task waits, so that small
/// amounts of work never pay for a thread.
class Crew {
 public:
  /// `jobs` threads at most, the caller included; 0: as many as cores.
  explicit Crew(int jobs);
  ~Crew();
  /// Also from inside a task. `worker` counts from 0 and is smaller than jobs().
  void add(std::function<void(int worker)> task);
  /// Returns when nothing is left to do; rethrows the first exception (tasks not yet started are dropped then).
  void run();
  int jobs() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `body(begin, end)` on slices of [0, n) of about `grain` items.
void parallel_for(std::size_t n, std::size_t grain, int jobs,
                  const std::function<void(std::size_t, std::size_t)>& body);

}  // namespace pivot
