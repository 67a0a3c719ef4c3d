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

/// The comments of a token, event or node. Lists are shared on purpose: ruamel moves comments between tokens by
/// sharing them, and which byte ends up where depends on it.
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

/// Tokens that are scanned but not yet taken; few at a time, and what is inserted comes near the front.
class TokenQueue {
 public:
  bool empty() const { return head_ == tokens_.size(); }
  std::size_t size() const { return tokens_.size() - head_; }
  Token& operator[](std::size_t i) { return tokens_[head_ + i]; }
  Token& front() { return tokens_[head_]; }
  Token& back() { return tokens_.back(); }
  const Token& back() const { return tokens_.back(); }
  Token& add() { return tokens_.emplace_back(); }
  void add(Token token) { tokens_.push_back(std::move(token)); }
  void insert(std::size_t i, Token token) {
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(head_ + i), std::move(token));
  }
  void erase(std::size_t i) { tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(head_ + i)); }
  void pop_front() {
    ++head_;
    if (head_ == tokens_.size()) {
      tokens_.clear();
      head_ = 0;
    } else if (head_ >= kKeep) {
      tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

 private:
  static constexpr std::size_t kKeep = 64;  // taken tokens that may lie in front
  std::vector<Token> tokens_;
  std::size_t head_ = 0;
};

}  // namespace pivot::text::yaml
