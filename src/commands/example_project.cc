#include "commands/example_project.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::commands {

namespace {

constexpr std::string_view kPipeline = R"PY("""An example pipeline: `pivot repro` runs it, `pivot explain` says why a stage runs."""

import csv
import json

from pivot import stage


def read_rows(path: str) -> list[dict[str, float]]:
    with open(path) as f:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(f)]


@stage(deps=["data/points.csv"], outs=["clean.csv"])
def clean(largest_x: float = 9.0) -> None:
    rows = [row for row in read_rows("data/points.csv") if row["x"] <= largest_x]
    with open("clean.csv", "w", newline="") as f:
        writer = csv.DictWriter(f, fieldnames=["x", "y"])
        writer.writeheader()
        writer.writerows(rows)


@stage(deps=["clean.csv"], outs=["model.json"], metrics=["metrics.json"])
def fit(rate: float = 0.01, steps: int = 1000) -> None:
    rows = read_rows("clean.csv")
    slope = intercept = 0.0
    for _ in range(steps):
        errors = [slope * row["x"] + intercept - row["y"] for row in rows]
        slope -= rate * sum(e * row["x"] for e, row in zip(errors, rows)) / len(rows)
        intercept -= rate * sum(errors) / len(rows)
    with open("model.json", "w") as f:
        json.dump({"slope": slope, "intercept": intercept}, f)
    with open("metrics.json", "w") as f:
        json.dump({"mean_squared_error": sum(e * e for e in errors) / len(rows)}, f)
    print(f"y = {slope:.2f} x + {intercept:.2f}")
)PY";

constexpr std::string_view kParams = "# Parameters by stage; what is not here has the default of the function's signature.\nfit:\n  steps: 2000\n";

std::string points() {
  std::string out = "x,y\n";
  for (int i = 0; i <= 100; ++i) {
    const int x = i, noise = (i * 37) % 11 - 5;
    const int y = 2 * x + 10 + noise;
    out += cat(std::to_string(x / 10), ".", std::to_string(x % 10), ",", std::to_string(y / 10), ".", std::to_string(y % 10), "\n");
  }
  return out;
}

}  // namespace

std::vector<std::string> write_example_project(Disk& disk, const std::string& root) {
  const std::vector<std::pair<std::string, std::string>> files{
      {"pipeline.py", std::string(kPipeline)}, {"params.yaml", std::string(kParams)}, {"data/points.csv", points()}};
  for (const auto& [name, content] : files)
    if (disk.lstat(cat(root, "/", name))) throw Error(cat("'", name, "' exists: the example project would overwrite it"));
  std::vector<std::string> out;
  for (const auto& [name, content] : files) {
    const auto file = cat(root, "/", name);
    disk.make_dirs(path::dirname(file));
    disk.write(file, content);
    out.push_back(name);
  }
  return out;
}

}  // namespace pivot::commands
