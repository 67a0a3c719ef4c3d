// gitignore patterns: the matcher behind .dvcignore and .gitignore.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pivot::text {

/// The patterns of one ignore file, anchored at its folder. Literal anchored patterns ("/name") are a hash look-up.
class IgnorePatterns {
 public:
  enum class Verdict : unsigned char { none, ignored, included };
  struct Match {
    Verdict verdict = Verdict::none;
    int line = 0;         ///< 1-based
    std::string pattern;  ///< as written
  };
  IgnorePatterns() = default;
  explicit IgnorePatterns(std::string_view content);
  void add_line(std::string_view line);
  /// A line of .dvcignore: as DVC's matcher has it, "x/**" means the folder x itself too, "*/" and "**/" match nothing, and what includes
  /// a folder again ("!x") includes all below it.
  void add_dvc_line(std::string_view line);
  /// A line of .gitignore as DVC's Git library reads it for folders: "x/*", "x/**" and "x/**/*" match the folder x itself too.
  void add_folder_line(std::string_view line);
  /// Last match wins. `path` is relative to the folder of the patterns ("a/b", no leading slash). Tests this one path
  /// only; that a match of a parent folder hides its content is the caller's walk (or match_with_parents).
  Match match(std::string_view path, bool is_dir) const;
  /// The same, asking every parent folder first: an ignored parent decides.
  Match match_with_parents(std::string_view path, bool is_dir) const;
  bool empty() const { return rules_.empty() && literals_.empty(); }

 private:
  struct Rule {
    std::string pattern;  ///< normalised glob
    std::string text;     ///< as written
    int line;
    bool negated, dir_only, anchored;
  };
  /// Counts the line; nullopt when it holds no pattern.
  std::optional<Rule> parse(std::string_view line);
  void insert(Rule rule);
  /// Finds by string_view without making a string.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::vector<Rule> rules_;  ///< by line
  std::unordered_map<std::string, Rule, TextHash, std::equal_to<>> literals_;
  int lines_ = 0;
};

}  // namespace pivot::text
