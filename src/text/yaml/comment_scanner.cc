// The part of the scanner between tokens: blanks, line breaks and comments.
#include "text/yaml/characters.h"
#include "text/yaml/scanner.h"

namespace pivot::text::yaml {

// Skips to the next token. With `comment` it stops at a comment or a run of empty lines and gives that (true).
bool Scanner::skip_to_next_token(Comment* comment) {
  if (reader_.index() == 0 && reader_.peek() == 0xfeff) reader_.forward();
  if (comment) return skip_to_comment(*comment);
  const bool tabs = in_flow();
  while (true) {
    std::size_t blanks = 0;
    while (reader_.peek(blanks) == U' ' || (tabs && reader_.peek(blanks) == U'\t')) ++blanks;
    reader_.skip(blanks);
    if (reader_.peek() == U'#') {
      std::size_t length = 1;
      while (!is_end(reader_.peek(length))) ++length;
      reader_.forward(length);
    }
    if (reader_.take_break() == 0) return false;
    if (!in_flow()) allow_simple_key_ = true;
  }
}

void Scanner::read_comment(Comment& comment) {
  comment.line = reader_.line();
  comment.column = reader_.column();
  comment.text.clear();
  while (!is_end(reader_.peek())) {
    append_utf8(comment.text, reader_.peek());
    reader_.forward();
  }
  if (reader_.peek() == 0) comment.text += '\n';
  // Its own line end and the empty lines behind it.
  while (const char32_t line_break = reader_.take_break()) append_utf8(comment.text, line_break);
  if (!in_flow()) allow_simple_key_ = true;
}

bool Scanner::skip_to_comment(Comment& comment) {
  const bool tabs = in_flow();
  while (true) {
    while (reader_.peek() == U' ' || (tabs && reader_.peek() == U'\t')) reader_.forward();
    if (reader_.peek() == U'#') {
      read_comment(comment);
      return true;
    }
    if (reader_.take_break() == 0) return false;
    if (!in_flow()) allow_simple_key_ = true;
    if (reader_.peek() != U'\n') continue;
    // Empty lines (and lines of blanks among them) are kept as a comment of their own.
    comment.line = reader_.line();
    comment.column = reader_.column();
    comment.text.clear();
    while (true) {
      if (const char32_t line_break = reader_.take_break()) {
        append_utf8(comment.text, line_break);
      } else if (reader_.peek() == U' ' || reader_.peek() == U'\t') {
        comment.text += static_cast<char>(reader_.peek());
        reader_.forward();
      } else {
        break;
      }
    }
    if (reader_.peek() == U'#') comment.text.resize(comment.text.rfind('\n') + 1);
    return true;
  }
}

// Comment tokens in front of the next token become its `pre` comments.
void Scanner::gather_comments() {
  if (tokens_.empty()) return;
  auto comments = std::make_shared<std::vector<CommentPtr>>();
  auto take_comment = [&] {
    if (tokens_.empty() || tokens_.front().kind != TokenKind::comment) return;
    Token& token = tokens_.front();
    auto comment = std::make_shared<Comment>();
    comment->text = std::move(token.text);
    comment->line = token.start.line;
    comment->column = token.start.column;
    comments->push_back(std::move(comment));
    tokens_.pop_front();
    ++tokens_taken_;
  };
  take_comment();
  while (need_more_tokens()) {
    fetch_more_tokens();
    take_comment();
  }
  if (!comments->empty()) {
    auto& target = tokens_.front().comments;
    if (!target) target = std::make_shared<Comments>();
    target->pre = std::move(comments);
  }
  if (!done_ && tokens_.size() < 2) fetch_more_tokens();
}

// A comment behind a scalar, `:`, `]` or `}` belongs to that, with all comment lines that follow; so does a comment
// on the lines below a scalar.
void Scanner::attach_post_comments() {
  if (tokens_.size() < 2 || tokens_[1].kind != TokenKind::comment) return;
  const TokenKind kind = tokens_[0].kind;
  const bool same_line = tokens_[0].end.line == tokens_[1].start.line;
  const bool takes =
      kind == TokenKind::scalar || (same_line && (kind == TokenKind::value || kind == TokenKind::flow_sequence_end ||
                                                  kind == TokenKind::flow_mapping_end));
  if (!takes) return;
  auto comment = std::make_shared<Comment>();
  auto pad = [](int count) { return std::string(static_cast<std::size_t>(count > 0 ? count : 0), ' '); };
  comment->line = tokens_[1].start.line;
  comment->column = tokens_[1].start.column;
  if (!same_line) {
    comment->text.assign(static_cast<std::size_t>(tokens_[1].start.line - tokens_[0].end.line), '\n');
    comment->text += pad(tokens_[1].start.column);
  }
  comment->text += tokens_[1].text;
  auto drop_second = [this] {
    ++tokens_taken_;
    tokens_.erase(1);
    fetch_more_tokens();
  };
  drop_second();
  while (tokens_.size() > 1 && tokens_[1].kind == TokenKind::comment) {
    comment->text += pad(tokens_[1].start.column);
    comment->text += tokens_[1].text;
    drop_second();
  }
  auto& target = tokens_[0].comments;
  if (!target) target = std::make_shared<Comments>();
  target->post = std::move(comment);
}

}  // namespace pivot::text::yaml
