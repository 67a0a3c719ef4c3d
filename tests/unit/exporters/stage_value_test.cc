#include "exporters/stage_value.h"

#include <doctest/doctest.h>

#include "../text/golden.h"
#include "importers/dvc/dvc_importer.h"
#include "tools/stage_dump.h"

using namespace pivot;

namespace {

/// A template can make a command a number or a map, and only a template can.
bool can_be_written(const model::Stage& stage) {
  if (!stage.cmd.is_list()) return stage.cmd.is_string();
  for (const auto& item : stage.cmd.as_list())
    if (!item.is_string()) return false;
  return true;
}

}  // namespace

TEST_CASE("every resolved pipeline survives dvc.yaml -> model -> dvc.yaml") {
  int tried = 0;
  const auto cases = golden::cases("resolve/cases.json");
  for (const auto& one : cases) {
    const auto& files = one.as_map().find("files")->as_map();
    const importers::dvc::FileReader reader{[&](const std::string& name) -> std::optional<std::string> {
      const auto* found = files.find(name);
      return found != nullptr ? std::optional(found->as_string()) : std::nullopt;
    }};
    for (const auto& [name, content] : files.items) {
      if (!name.as_string().ends_with("dvc.yaml")) continue;
      bool writable = true;
      try {
        for (const auto& stage : importers::dvc::load_dvc_yaml(name.as_string(), content.as_string(), reader).stages) writable = writable && can_be_written(stage);
      } catch (const Error&) {
        continue;  // one that is refused
      }
      if (!writable) continue;
      ++tried;
      CAPTURE(golden::text_of(one, "name"));
      CHECK(stage_dump::difference_after_a_round_trip(name.as_string(), content.as_string(), reader, {}) == "");
    }
  }
  CHECK(tried > 80);
}

TEST_CASE("text that looks like a template stays text") {
  model::Stage stage;
  stage.wdir = ".";
  stage.cmd = Value("echo ${HOME}");
  CHECK(exporters::stage_value(stage, ".").as_map().find("cmd")->as_string() == "echo \\${HOME}");
}
