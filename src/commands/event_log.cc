#include "commands/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/strings.h"
#include "base/value.h"
#include "text/json.h"

namespace pivot::commands {

namespace {

Map named(const char* event, const std::string& stage) {
  Map m;
  m.set("event", event);
  m.set("stage", stage);
  return m;
}

List strings(const std::vector<std::string>& from) {
  List out;
  for (const auto& s : from) out.emplace_back(s);
  return out;
}

const char* effect_name(engine::StageFailed::Effect effect) {
  switch (effect) {
    case engine::StageFailed::Effect::stops: return "stops";
    case engine::StageFailed::Effect::skips_downstream: return "skips_downstream";
    case engine::StageFailed::Effect::ignored: break;
  }
  return "ignored";
}

/// Null for events that are only layout.
Value event_value(const engine::Event& event) {
  using namespace engine;
  return std::visit(
      Visitor{
          [](const StageSkipped& e) -> Value { return named("stage_skipped", e.stage); },
          [](const StageStarted& e) -> Value { return named("stage_started", e.stage); },
          [](const CommandStarted& e) -> Value {
            auto m = named("command_started", e.stage);
            m.set("command", e.command);
            return m;
          },
          [](const StageOutput& e) -> Value {
            auto m = named("stage_output", e.stage);
            m.set("text", e.text);
            return m;
          },
          [](const StageRan& e) -> Value {
            auto m = named("stage_ran", e.stage);
            m.set("seconds", e.seconds);
            return m;
          },
          [](const StageRestored& e) -> Value { return named("stage_restored", e.stage); },
          [](const StageVerified& e) -> Value {
            auto m = named("stage_verified", e.stage);
            m.set("frozen", e.frozen);
            return m;
          },
          [](const StageImported& e) -> Value {
            auto m = named("stage_imported", e.stage);
            m.set("source", e.source);
            m.set("output", e.output);
            return m;
          },
          [](const StageFailed& e) -> Value {
            auto m = named("stage_failed", e.stage);
            m.set("message", e.message);
            m.set("effect", effect_name(e.effect));
            m.set("skipped", strings(e.skipped));
            return m;
          },
          [](const StageRetried& e) -> Value {
            auto m = named("stage_retried", e.stage);
            m.set("message", e.message);
            m.set("attempt", e.attempt);
            m.set("of", e.of);
            return m;
          },
          [](const StageExplained& e) -> Value {
            auto m = named("stage_explained", e.stage);
            m.set("reasons", strings(e.reasons));
            return m;
          },
          [](const Note&) -> Value { return {}; },
          [](const Separator&) -> Value { return {}; },
      },
      event);
}

}  // namespace

EventLog::EventLog(const std::optional<std::string>& file) {
  const char* env = getenv("PIVOT_EVENTS");
  const std::string name = file ? *file : env != nullptr ? env : "";
  if (name.empty()) return;
  fd_ = open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) throw_disk_error(errno, name);
}

EventLog::~EventLog() {
  if (fd_ >= 0) close(fd_);
}

void EventLog::write(const engine::Event& event) {
  if (fd_ < 0) return;
  const auto value = event_value(event);
  if (value.is_null()) return;
  const auto line = cat(text::json::dump(value), "\n");
  if (::write(fd_, line.data(), line.size()) < 0) throw_disk_error(errno, "the event file");
}

}  // namespace pivot::commands
