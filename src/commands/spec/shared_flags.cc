#include "commands/spec/shared_flags.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kVerbosity[] = {
  counted("-q --quiet", "Print errors only."),
  counted("-v --verbose", "Print more."),
};

constexpr FlagRow kDebugging[] = {
  on("--cprofile", "").hidden(),
  opt("--cprofile-dump", "").hidden(),
  on("--yappi", "").hidden(),
  on("--yappi-separate-threads", "").hidden(),
  on("--viztracer", "").hidden(),
  opt("--viztracer-depth", "").integer().hidden(),
  on("--viztracer-async", "").hidden(),
  on("--pdb", "").hidden(),
  on("--instrument", "").hidden(),
  on("--instrument-open", "").hidden(),
  on("--show-stack --ss", "").hidden(),
};

constexpr FlagRow kProgram[] = {
    {Flag::Kind::version, "-V --version", "Print the version and exit."},
    opt("--cd", "Change to this folder first.").shown("<path>").otherwise("."),
    on("--wait-for-lock", "Wait for a lock that another process holds, however long that takes."),
    opt("--lock-timeout", "Wait this long for a lock that another process holds (default: 60).")
        .shown("<seconds>")
        .ours(),
};

constexpr FlagRow kLevels[] = {
  fixed("--global", "Settings of the user.").to("level").bare("global"),
  fixed("--system", "Settings of the machine.").to("level").bare("system"),
  fixed("--project", "Settings of the repository (.dvc/config), the default for changes.").to("level").bare("repo"),
  fixed("--local", "Settings of this clone (.dvc/config.local), not for Git.").to("level").bare("local"),
};

}  // namespace

std::span<const FlagRow> verbosity_flags() { return kVerbosity; }
std::span<const FlagRow> debugging_flags() { return kDebugging; }
std::span<const FlagRow> program_flags() { return kProgram; }
std::span<const FlagRow> level_flags() { return kLevels; }
FlagRow help_flag() { return {Flag::Kind::help, "-h --help", "Show this help and exit."}; }

}  // namespace pivot::commands::spec
