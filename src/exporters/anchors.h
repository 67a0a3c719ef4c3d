// Anchors that the emitter made up (&id001): numbered anew over a whole file, as its writer does on every write.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pivot::exporters {

/// A part of a file. Pieces with the same scope share their anchors; scope 0 is what was in the file before.
struct TextPiece {
  std::string_view text;
  std::size_t scope = 0;
};

/// False: there is surely nothing to number.
bool may_hold_anchors(std::string_view text);

/// All pieces as one text; anchors are numbered from 001 in the order in which their first aliases stand there. `has_none`: none of the
/// pieces may_hold_anchors().
std::string join_with_anchors(const std::vector<TextPiece>& pieces, bool has_none = false);

}  // namespace pivot::exporters
