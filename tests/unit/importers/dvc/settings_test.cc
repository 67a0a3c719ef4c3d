#include <doctest/doctest.h>

#include "base/error.h"
#include "importers/dvc/stage_builder.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::importers::dvc;

namespace {

model::Settings read(const std::string& pivot) { return read_settings(text::yaml::load("pivot: " + pivot + "\n"), "a", "dvc.yaml"); }

std::string error_of(const std::string& pivot) {
  try {
    read(pivot);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("settings are read from meta: pivot:, other meta says nothing") {
  const auto settings = read("{timeout: 1.5h, retries: 2, mutex: [gpu, db], env: {A: 1, B: true, C: x}, resources: {gpu: 1}}");
  CHECK(settings.timeout == 5400);
  CHECK(settings.retries == 2);
  CHECK(settings.mutex == std::vector<std::string>{"gpu", "db"});
  CHECK(settings.env == std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "true"}, {"C", "x"}});
  CHECK(settings.resources.as_map().find("gpu")->as_int() == 1);
  CHECK(read("{timeout: 90}").timeout == 90);
  CHECK(read("{mutex: gpu}").mutex == std::vector<std::string>{"gpu"});
  CHECK(read_settings(Value("text"), "a", "dvc.yaml").timeout == 0);
  CHECK(read_settings(text::yaml::load("{x: 1}"), "a", "dvc.yaml").retries == 0);
}

TEST_CASE("a wrong setting is an error that names stage and key") {
  CHECK(error_of("{timeout: soon}") ==
        "failed to parse 'stages.a.meta.pivot.timeout' in 'dvc.yaml': expected seconds or 30s, 5m, 2h, 1d, got 'soon'");
  CHECK(error_of("{timeout: -1}") != "");
  CHECK(error_of("{timeout: .inf}") != "");
  CHECK(error_of("{retries: -1}") != "");
  CHECK(error_of("{retries: 1.5}") != "");
  CHECK(error_of("{mutex: 5}") != "");
  CHECK(error_of("{mutex: [a, 5]}") != "");
  CHECK(error_of("{env: [a]}") != "");
  CHECK(error_of("{env: {'A=B': c}}") != "");
  CHECK(error_of("{env: {A: }}") != "");
  CHECK(error_of("{frobnicate: 1}") == "failed to parse 'stages.a.meta.pivot.frobnicate' in 'dvc.yaml': unknown key");
  CHECK(error_of("5") == "failed to parse 'stages.a.meta.pivot' in 'dvc.yaml': expected a map, got int");
}
