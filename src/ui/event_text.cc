#include "ui/event_text.h"

#include "base/strings.h"
#include "engine/explanation.h"

namespace pivot::ui {

void EventText::separate() {
  if (separator_due_) out_.info("");
  separator_due_ = false;
}

void EventText::show(const engine::Event& event) {
  using namespace engine;
  std::visit(Visitor{
                 [&](const StageSkipped& e) {
                   separate();
                   out_.info(cat(e.is_data ? "" : "Stage ", "'", e.stage, "' didn't change, skipping"));
                 },
                 [&](const StageStarted& e) {
                   separate();
                   out_.info(cat("Running stage '", e.stage, "':"));
                 },
                 [&](const CommandStarted& e) {
                   out_.info(cat("> ", e.command));
                   out_.flush();
                 },
                 [&](const StageOutput& e) { out_.output(e.text); },
                 [&](const StageRan&) {},
                 [&](const StageRestored& e) {
                   separate();
                   out_.info(cat("Stage '", e.stage, "' is cached - skipping run, checking out outputs"));
                 },
                 [&](const StageVerified& e) {
                   separate();
                   out_.info(cat("Verifying ", e.frozen ? "outputs in frozen " : "data sources in ", "stage: '", e.stage, "'"));
                 },
                 [&](const StageImported& e) {
                   separate();
                   out_.info(cat("Importing '", e.source, "' -> '", e.output, "'"));
                 },
                 [&](const StageFailed& e) {
                   if (e.effect == StageFailed::Effect::stops) return;  // the command's own error says it
                   separator_due_ = false;
                   out_.warning(cat(e.message, e.effect == StageFailed::Effect::ignored ? " (ignored)" : ""));
                   if (e.skipped.empty()) return;
                   out_.warning(cat(e.skipped.size() > 1 ? "Stages " : "Stage ", engine::quoted_list(e.skipped), " will be skipped due to this failure"));
                 },
                 [&](const StageRetried& e) {
                   out_.warning(cat(e.message, "; trying again (", std::to_string(e.attempt), " of ", std::to_string(e.of), ")"));
                 },
                 [&](const StageExplained& e) {
                   separate();
                   if (e.reasons.empty()) return;
                   out_.info(cat("Stage '", e.stage, "' changed:"));
                   for (const auto& reason : e.reasons) out_.info(cat("  - ", reason));
                 },
                 [&](const Note& e) {
                   if (e.is_warning) {
                     out_.warning(e.text);
                   } else {
                     out_.info(e.text);
                   }
                 },
                 [&](const Separator&) { separator_due_ = true; },
             },
             event);
}

}  // namespace pivot::ui
