// How many words each positional takes: argparse's greedy matching of nargs against the shape of the command line.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pivot::cli {

/// The nargs of a group's subcommand word: the word itself and everything behind it.
inline constexpr std::string_view kSubcommand = "A...";

/// `letters` has one letter a word: 'A' argument, 'O' option, '-' for "--". Matches the nargs of positionals one after
/// the other from the start, each as long as possible; gives their lengths, or nullopt when they do not fit.
std::optional<std::vector<std::size_t>> match_positionals(std::span<const std::string_view> nargs,
                                                          std::string_view letters);

/// The longest list of leading positionals that fits. When an option follows, trailing ones that got nothing are left
/// for later.
std::vector<std::size_t> match_some_positionals(std::span<const std::string_view> nargs, std::string_view letters);

/// The number of words behind an option, or nullopt when they do not fit. Never takes "--".
std::optional<std::size_t> match_option(std::string_view nargs, std::string_view letters);

}  // namespace pivot::cli
