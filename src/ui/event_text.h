// The events of a run as the lines that DVC prints.
#pragma once

#include "commands/command.h"
#include "engine/events.h"

namespace pivot::ui {

/// Turns events into reporter calls; remembers whether a blank line is due between two stages. Flushes before a command starts.
class EventText {
 public:
  explicit EventText(commands::Reporter& out) : out_(out) {}
  void show(const engine::Event& event);

 private:
  void separate();
  commands::Reporter& out_;
  bool separator_due_ = false;
};

}  // namespace pivot::ui
