// The event stream as JSON lines: `repro --json-events FILE`, PIVOT_EVENTS=FILE.
//
// Version 1: one object a line, {"event": NAME, "stage": ADDRESS, ...}; names: stage_skipped, stage_started, command_started ("command"),
// stage_output ("text"), stage_ran ("seconds"), stage_restored, stage_verified ("frozen"), stage_failed ("message", "effect", "skipped"),
// stage_retried ("message", "attempt", "of"), stage_explained ("reasons").
#pragma once

#include <optional>
#include <string>

#include "engine/events.h"

namespace pivot::commands {

class EventLog {
 public:
  /// Opens the file (also the one named by PIVOT_EVENTS when `file` is absent) for appending. Throws Error.
  explicit EventLog(const std::optional<std::string>& file);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  void write(const engine::Event& event);

 private:
  int fd_ = -1;
};

}  // namespace pivot::commands
