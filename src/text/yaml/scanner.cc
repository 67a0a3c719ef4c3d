#include "text/yaml/scanner.h"

#include "base/strings.h"
#include "text/yaml/characters.h"

namespace pivot::text::yaml {

const char* token_name(TokenKind kind) {
  switch (kind) {
    case TokenKind::directive: return "<directive>";
    case TokenKind::document_start: return "<document start>";
    case TokenKind::document_end: return "<document end>";
    case TokenKind::stream_start: return "<stream start>";
    case TokenKind::stream_end: return "<stream end>";
    case TokenKind::block_sequence_start: return "<block sequence start>";
    case TokenKind::block_mapping_start: return "<block mapping start>";
    case TokenKind::block_end: return "<block end>";
    case TokenKind::flow_sequence_start: return "[";
    case TokenKind::flow_mapping_start: return "{";
    case TokenKind::flow_sequence_end: return "]";
    case TokenKind::flow_mapping_end: return "}";
    case TokenKind::key: return "?";
    case TokenKind::value: return ":";
    case TokenKind::block_entry: return "-";
    case TokenKind::flow_entry: return ",";
    case TokenKind::alias: return "<alias>";
    case TokenKind::anchor: return "<anchor>";
    case TokenKind::tag: return "<tag>";
    case TokenKind::scalar: return "<scalar>";
    case TokenKind::comment: return "<comment>";
  }
  return "";
}

Scanner::Scanner(std::string_view text, bool keep_comments) : reader_(text), keep_comments_(keep_comments) {
  push(TokenKind::stream_start, reader_.mark());
}

void Scanner::fail(const char* context, const Position& start, std::string problem) const {
  throw SyntaxError(context, start, std::move(problem), reader_.mark(), "ScannerError");
}

void Scanner::fail(std::string problem) const {
  throw SyntaxError("", std::nullopt, std::move(problem), reader_.mark(), "ScannerError");
}

Token& Scanner::peek() {
  while (need_more_tokens()) fetch_more_tokens();
  if (keep_comments_) gather_comments();
  return tokens_.front();
}

Token Scanner::take() {
  peek();
  if (keep_comments_) attach_post_comments();
  Token token = std::move(tokens_.front());
  tokens_.pop_front();
  ++tokens_taken_;
  return token;
}

bool Scanner::need_more_tokens() {
  if (done_) return false;
  if (tokens_.empty()) return true;
  // The current token may turn out to be a simple key, and then a KEY token belongs in front of it.
  drop_stale_keys();
  return !keys_.empty() && keys_.front().token_number == tokens_taken_;
}

// A simple key stays on one line and is no longer than 1,024 characters. Keys lie in order of their place, so the
// stale ones are in front.
void Scanner::drop_stale_keys() {
  while (!keys_.empty()) {
    const SimpleKey& key = keys_.front();
    if (key.mark.line == reader_.line() && reader_.index() - key.mark.index <= 1024) return;
    if (key.required) fail("while scanning a simple key", key.mark, "could not find expected ':'");
    keys_.pop_front();
  }
}

void Scanner::save_possible_key() {
  if (!allow_simple_key_) return;
  const bool required = !in_flow() && indent_ == reader_.column();
  remove_possible_key();
  keys_.push_back(SimpleKey{tokens_taken_ + tokens_.size(), required, flow_.size(), reader_.mark()});
}

void Scanner::remove_possible_key() {
  if (keys_.empty() || keys_.back().level != flow_.size()) return;
  const SimpleKey& key = keys_.back();
  if (key.required) fail("while scanning a simple key", key.mark, "could not find expected ':'");
  keys_.pop_back();
}

void Scanner::unwind_indent(int column) {
  if (in_flow()) return;
  while (indent_ > column) {
    indent_ = indents_.back();
    indents_.pop_back();
    add_empty_token(TokenKind::block_end);
  }
}

bool Scanner::add_indent(int column) {
  if (indent_ >= column) return false;
  indents_.push_back(indent_);
  indent_ = column;
  return true;
}

Token& Scanner::push(TokenKind kind, const Position& start) {
  Token& token = tokens_.add();
  token.kind = kind;
  token.start = start;
  token.end = reader_.mark();
  return token;
}

void Scanner::add_token(TokenKind kind, std::size_t length) {
  const Position start = reader_.mark();
  reader_.forward(length);
  push(kind, start);
}

void Scanner::add_empty_token(TokenKind kind) { push(kind, reader_.mark()); }

bool Scanner::at_document_mark(char32_t c) const {
  return reader_.column() == 0 && reader_.at_triple(c) && is_end_or_blank(reader_.peek(3));
}

void Scanner::fetch_more_tokens() {
  Comment comment;
  if (skip_to_next_token(keep_comments_ ? &comment : nullptr)) {
    // An empty line inside an indented block leaves the indentation of the next line behind.
    while (comment.text.ends_with(' ')) comment.text.pop_back();
    Position start = reader_.mark();
    start.line = comment.line;
    start.column = comment.column;
    push(TokenKind::comment, start).text = std::move(comment.text);
    return;
  }
  drop_stale_keys();
  unwind_indent(reader_.column());
  const char32_t c = reader_.peek();
  if (fetch_indicator(c) || fetch_marked(c)) return;
  if (!at_plain())
    throw SyntaxError("while scanning for the next token", std::nullopt,
                      cat("found character ", char_repr(c), " that cannot start any token"), reader_.mark(),
                      "ScannerError");
  save_possible_key();
  allow_simple_key_ = false;
  scan_plain();
}

// The tokens that are one character or three; false when none starts here.
bool Scanner::fetch_indicator(char32_t c) {
  switch (c) {
    case 0: return fetch_stream_end(), true;
    case U'%':
      if (reader_.column() != 0) return false;
      return fetch_directive(), true;
    case U'-':
      if (at_document_mark(U'-')) return fetch_document_mark(TokenKind::document_start), true;
      if (!is_end_or_blank(reader_.peek(1))) return false;
      return fetch_block_entry(), true;
    case U'.':
      if (!at_document_mark(U'.')) return false;
      return fetch_document_mark(TokenKind::document_end), true;
    case U'[': return fetch_flow_start(TokenKind::flow_sequence_start, '['), true;
    case U'{': return fetch_flow_start(TokenKind::flow_mapping_start, '{'), true;
    case U']': return fetch_flow_end(TokenKind::flow_sequence_end), true;
    case U'}': return fetch_flow_end(TokenKind::flow_mapping_end), true;
    case U',': return fetch_flow_entry(), true;
    case U'?':
      if (!in_flow() && !is_end_or_blank(reader_.peek(1))) return false;
      return fetch_key(), true;
    case U':':
      if (!at_value()) return false;
      return fetch_value(), true;
    default: return false;
  }
}

// What a first character announces: properties, aliases, quoted and block scalars.
bool Scanner::fetch_marked(char32_t c) {
  const bool is_block = (c == U'|' || c == U'>') && !in_flow();
  if (is_block) {
    allow_simple_key_ = true;
    remove_possible_key();
    scan_block_scalar(static_cast<char>(c));
    return true;
  }
  const bool is_quote = c == U'\'' || c == U'"';
  if (c != U'*' && c != U'&' && c != U'!' && !is_quote) return false;
  save_possible_key();
  allow_simple_key_ = false;
  if (is_quote)
    scan_flow_scalar(static_cast<char>(c));
  else if (c == U'!')
    scan_tag();
  else
    scan_anchor(c == U'*' ? TokenKind::alias : TokenKind::anchor);
  return true;
}

bool Scanner::at_value() const {
  const bool blank_follows = is_end_or_blank(reader_.peek(1));
  if (!in_flow()) return blank_follows;
  if (is_yaml_1_1()) return true;
  if (flow_.back() == '[') return blank_follows;
  if (!tokens_.empty() && tokens_.back().kind == TokenKind::value) return blank_follows;
  return true;
}

bool Scanner::at_plain() const {
  const char32_t c = reader_.peek(), next = reader_.peek(1);
  if (!is_end_or_blank(c) && (c >= 0x80 || std::string_view("-?:,[]{}#&*!|>'\"%@`").find(static_cast<char>(c)) ==
                                               std::string_view::npos))
    return true;
  if (!is_yaml_1_1() && c == U':' && in_flow() && next != U' ' && next != U'\t') return true;
  return !is_end_or_blank(next) && (c == U'-' || (!in_flow() && (c == U'?' || c == U':')));
}

void Scanner::fetch_stream_end() {
  unwind_indent(-1);
  remove_possible_key();
  allow_simple_key_ = false;
  keys_.clear();
  add_empty_token(TokenKind::stream_end);
  done_ = true;
}

void Scanner::fetch_directive() {
  unwind_indent(-1);
  remove_possible_key();
  allow_simple_key_ = false;
  scan_directive();
}

void Scanner::fetch_document_mark(TokenKind kind) {
  unwind_indent(-1);
  remove_possible_key();
  allow_simple_key_ = false;
  add_token(kind, 3);
}

void Scanner::fetch_flow_start(TokenKind kind, char bracket) {
  save_possible_key();
  flow_.push_back(bracket);
  allow_simple_key_ = true;
  add_token(kind, 1);
}

void Scanner::fetch_flow_end(TokenKind kind) {
  remove_possible_key();
  if (!flow_.empty()) flow_.pop_back();  // otherwise the parser reports it
  allow_simple_key_ = false;
  add_token(kind, 1);
}

void Scanner::fetch_flow_entry() {
  allow_simple_key_ = true;
  remove_possible_key();
  add_token(TokenKind::flow_entry, 1);
}

void Scanner::fetch_block_entry() {
  if (!in_flow()) {
    if (!allow_simple_key_) fail("sequence entries are not allowed here");
    if (add_indent(reader_.column())) add_empty_token(TokenKind::block_sequence_start);
  }
  allow_simple_key_ = true;
  remove_possible_key();
  add_token(TokenKind::block_entry, 1);
}

void Scanner::fetch_key() {
  if (!in_flow()) {
    if (!allow_simple_key_) fail("mapping keys are not allowed here");
    if (add_indent(reader_.column())) add_empty_token(TokenKind::block_mapping_start);
  }
  allow_simple_key_ = !in_flow();
  remove_possible_key();
  add_token(TokenKind::key, 1);
}

void Scanner::fetch_value() {
  if (!keys_.empty() && keys_.back().level == flow_.size()) {
    // It ends a simple key: put KEY (and the start of the mapping) in front of that.
    const SimpleKey key = keys_.back();
    keys_.pop_back();
    Token token;
    token.kind = TokenKind::key;
    token.start = token.end = key.mark;
    const std::size_t place = key.token_number - tokens_taken_;
    tokens_.insert(place, token);
    if (!in_flow() && add_indent(key.mark.column)) {
      token.kind = TokenKind::block_mapping_start;
      tokens_.insert(place, token);
    }
    allow_simple_key_ = false;
  } else {
    if (!in_flow()) {
      if (!allow_simple_key_) fail("mapping values are not allowed here");
      if (add_indent(reader_.column())) add_empty_token(TokenKind::block_mapping_start);
    }
    allow_simple_key_ = !in_flow();
    remove_possible_key();
  }
  add_token(TokenKind::value, 1);
}

}  // namespace pivot::text::yaml
