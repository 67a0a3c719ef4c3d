// The typed stream of all that happens in a run. Text, JSON lines and (later) progress bars are visitors of it.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace pivot::engine {

/// "Stage 'a' didn't change, skipping".
struct StageSkipped {
  std::string stage;
  bool is_data = false;  ///< a *.dvc file
};
/// The command is about to start.
struct StageStarted {
  std::string stage;
};
struct CommandStarted {
  std::string stage, command;
};
/// A captured piece of a stage's output (parallel runs only).
struct StageOutput {
  std::string stage, text;
};
/// The command succeeded and its result is recorded.
struct StageRan {
  std::string stage;
  double seconds = 0;
};
/// Outputs came from the cache instead of a run.
struct StageRestored {
  std::string stage;
};
/// A frozen stage or a data source is checked and saved again.
struct StageVerified {
  std::string stage;
  bool frozen = false;
};
/// An import that isn't frozen follows its source: the data comes in again.
struct StageImported {
  std::string stage, source, output;
};
struct StageFailed {
  std::string stage, message;
  enum class Effect : unsigned char { stops, skips_downstream, ignored } effect = Effect::stops;
  std::vector<std::string> skipped;  ///< stages that will not run because of it
};
struct StageRetried {
  std::string stage, message;
  int attempt = 0, of = 0;
};
/// Why a stage is going to run, or why it isn't: --explain.
struct StageExplained {
  std::string stage;
  std::vector<std::string> reasons;
};
/// A line for the user that belongs to no other kind.
struct Note {
  std::string text;
  bool is_warning = false;
};
/// A blank line between two stages that did something, as DVC prints it.
struct Separator {};

using Event = std::variant<StageSkipped, StageStarted, CommandStarted, StageOutput, StageRan, StageRestored, StageVerified, StageImported,
                           StageFailed, StageRetried, StageExplained, Note, Separator>;
/// A visitor made of one lambda a kind: std::visit(Visitor{...}, event).
template <typename... Kinds>
struct Visitor : Kinds... {
  using Kinds::operator()...;
};
template <typename... Kinds>
Visitor(Kinds...) -> Visitor<Kinds...>;

using EventSink = std::function<void(const Event&)>;

}  // namespace pivot::engine
