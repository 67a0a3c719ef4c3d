// From argv to an exit code: reads the command line, runs the command, renders what it returns or throws.
#pragma once

#include <string>
#include <vector>

namespace pivot::cli {

/// The whole process behind main(); argv with its first word.
int run(const std::vector<std::string>& argv);

}  // namespace pivot::cli
