// Tokens of the YAML scanner and the comments that ride on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/yaml/reader.h"

namespace pivot::text::yaml {

/// One comment with its line ends and the blank lines behind it, as it will be written again.
struct Comment {
  std::string text;
  int line = 0;       ///< of its start
  int column = 0;     ///< where it wants to stand
  bool done = false;    ///< already written in front of a collection
  bool header = false;  ///< stands behind the `|` or `>` of a block scalar
};
using CommentPtr = std::shared_ptr<Comment>;
using CommentList = std::shared_ptr<std::vector<CommentPtr>>;

/// The comments of a token, event or node. Lists are shared on purpose: ruamel moves comments between tokens by sharing
/// them, and which byte ends up where depends on it.
struct Comments {
  CommentPtr post;           ///< on the same line, with the comment lines below it
  CommentList pre;           ///< lines in front
  CommentList end;           ///< collections only: lines behind the last entry
  CommentPtr after_key;      ///< a comment behind `key:` that moved on with the next token
  bool extended = false;     ///< has the slots of `end` and `after_key` (ruamel's five-element list)
};
using CommentsPtr = std::shared_ptr<Comments>;

enum class TokenKind : unsigned char {
  directive,
  document_start,
  document_end,
  stream_start,
  stream_end,
  block_sequence_start,
  block_mapping_start,
  block_end,
  flow_sequence_start,
  flow_mapping_start,
  flow_sequence_end,
  flow_mapping_end,
  key,
  value,
  block_entry,
  flow_entry,
  alias,
  anchor,
  tag,
  scalar,
  comment,
};

/// ruamel's name of the token in messages: "<block end>", "[", "<scalar>".
const char* token_name(TokenKind kind);

struct Token {
  TokenKind kind;
  Position start, end;
  std::string text;        ///< scalar, alias or anchor name, directive name, comment text, tag suffix, %TAG prefix
  std::string handle;      ///< of a tag or %TAG directive
  bool has_handle = false;
  bool plain = false;
  char style = 0;          ///< 0, ', ", | or >
  int major = 0, minor = 0;  ///< of %YAML
  CommentsPtr comments;
};

}  // namespace pivot::text::yaml
