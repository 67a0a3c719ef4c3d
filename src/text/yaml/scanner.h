// Turns characters into tokens, in the design of PyYAML and ruamel.yaml (MIT licence), whose errors it reports.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "text/yaml/reader.h"
#include "text/yaml/token.h"

namespace pivot::text::yaml {

/// The scanner of one text. With `keep_comments` comments become tokens and are attached to their neighbours as
/// ruamel's round-trip scanner does; without they are skipped.
class Scanner {
 public:
  Scanner(std::string_view text, bool keep_comments);

  /// The next token without taking it.
  Token& peek();
  Token take();
  bool next_is(TokenKind kind) { return peek().kind == kind; }
  template <typename... Kinds>
  bool next_is_any(Kinds... kinds) {
    const TokenKind next = peek().kind;
    return ((next == kinds) || ...);
  }
  /// True when a %YAML 1.1 directive was met.
  bool is_yaml_1_1() const { return major_ == 1 && minor_ == 1; }

 private:
  /// A place where a simple key may have begun; "simple" means without "?".
  struct SimpleKey {
    std::size_t token_number;
    bool required;
    std::size_t level;
    Position mark;
  };

  [[noreturn]] void fail(const char* context, const Position& start, std::string problem) const;
  [[noreturn]] void fail(std::string problem) const;

  // scanner.cc: the token queue and what starts a token
  bool need_more_tokens();
  void fetch_more_tokens();
  bool fetch_indicator(char32_t c);
  bool fetch_marked(char32_t c);
  void drop_stale_keys();
  void save_possible_key();
  void remove_possible_key();
  void unwind_indent(int column);
  bool add_indent(int column);
  bool in_flow() const { return !flow_.empty(); }
  bool at_document_mark(char32_t c) const;
  bool at_value() const;
  bool at_plain() const;
  void add_token(TokenKind kind, std::size_t length);
  void add_empty_token(TokenKind kind);
  Token& push(TokenKind kind, const Position& start);
  void fetch_stream_end();
  void fetch_directive();
  void fetch_document_mark(TokenKind kind);
  void fetch_flow_start(TokenKind kind, char bracket);
  void fetch_flow_end(TokenKind kind);
  void fetch_flow_entry();
  void fetch_block_entry();
  void fetch_key();
  void fetch_value();

  // comment_scanner.cc
  bool skip_to_next_token(Comment* comment);
  bool skip_to_comment(Comment& comment);
  void read_comment(Comment& comment);
  void gather_comments();
  void attach_post_comments();

  // directive_scanner.cc
  void scan_directive();
  int scan_version_number(const Position& start);
  void scan_yaml_directive(Token& token);
  void scan_tag_directive(Token& token);
  void scan_rest_of_line(const char* context, const Position& start, std::string* comment);
  void scan_anchor(TokenKind kind);
  void scan_tag();
  std::string scan_tag_handle(const char* name, const Position& start);
  std::string scan_tag_uri(const char* name, const Position& start);
  std::string scan_uri_escapes(const char* name, const Position& start);

  // scalar_scanner.cc
  void scan_flow_scalar(char quote);
  void scan_quoted_text(bool is_double, const Position& start, std::string& out);
  void scan_escape(const Position& start, std::string& out);
  void scan_quoted_spaces(const Position& start, std::string& out);
  std::string scan_quoted_breaks(const Position& start);
  void scan_plain();
  std::size_t plain_length() const;
  bool scan_plain_spaces(std::string& spaces);
  void scan_block_scalar(char style);
  void scan_block_header(const Position& start, int& chomping, int& increment);
  void scan_block_lines(char style, int indent, int min_indent, std::string& text, char32_t& line_break,
                        std::u32string& breaks, Position& end);
  std::u32string scan_block_indentation(int& max_indent, Position& end);
  std::u32string scan_block_breaks(int indent, Position& end);
  void keep_block_comments(Token& token, const std::u32string& trailing, const std::string& header_comment);

  Reader reader_;
  const bool keep_comments_;
  bool done_ = false;
  std::vector<char> flow_;
  TokenQueue tokens_;
  std::size_t tokens_taken_ = 0;
  int indent_ = -1;
  std::vector<int> indents_;
  bool allow_simple_key_ = true;
  std::deque<SimpleKey> keys_;  ///< at most one a flow level, in order of level and place
  int major_ = 1, minor_ = 2;
};

}  // namespace pivot::text::yaml
