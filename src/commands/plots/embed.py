"""Writes plot templates and the Vega libraries as a C++ source: embed.py OUTPUT FOLDER_OF_LIBRARIES TEMPLATE.json..."""
import json
import pathlib
import sys

PIECE = 12_000  # compilers limit the length of one literal
ORDER = ["simple", "linear", "confusion", "confusion_normalized", "scatter", "scatter_jitter", "smooth", "bar_horizontal_sorted", "bar_horizontal"]
LIBRARIES = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"]


def literal(text: str) -> str:
    assert ")PV" not in text
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)] or [""]
    return "\n".join(f'R"PV({piece})PV"' for piece in pieces)


def main() -> None:
    output, folder, *names = sys.argv[1:]
    templates = {pathlib.Path(name).stem: json.dumps(json.loads(pathlib.Path(name).read_text(encoding="utf-8"))) for name in names}
    assert sorted(templates) == sorted(ORDER), sorted(templates)
    files = [pathlib.Path(folder) / name for name in LIBRARIES]
    # All three or none: the page says where they come from then.
    scripts = "\n".join(f.read_text(encoding="utf-8").replace("</script", "<\\/script") for f in files) if all(f.exists() for f in files) else ""
    license_file = pathlib.Path(folder) / "LICENSE"
    if scripts and license_file.exists():
        scripts = "/* Vega, Vega-Lite, Vega-Embed:\n" + license_file.read_text(encoding="utf-8").replace("*/", "* /") + "*/\n" + scripts
    lines = ['#include "commands/plots/page.h"', '#include "commands/plots/template.h"', "", "namespace pivot::commands::plots {", "",
             "const std::vector<BuiltInTemplate>& built_in_templates() {", "  static const std::vector<BuiltInTemplate> kTemplates = {"]  # fmt: skip
    lines += [f'      {{"{name}", {literal(templates[name])}}},' for name in ORDER]
    lines += ["  };", "  return kTemplates;", "}", "", "std::string_view vega_scripts() {",
              f"  return std::string_view({literal(scripts)}, {len(scripts.encode('utf-8'))});", "}", "", "}  // namespace pivot::commands::plots", ""]  # fmt: skip
    pathlib.Path(output).write_text("\n".join(lines), encoding="utf-8")


main()
