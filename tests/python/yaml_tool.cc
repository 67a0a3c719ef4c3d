// What yaml_random.py talks to: reads "<command> <length>\n<bytes>" from stdin, answers "<length>\n<bytes>" for each.
#include <cstdio>
#include <string>

#include "../unit/text/golden.h"
#include "text/yaml.h"
#include "text/yaml/block_reader.h"
#include "text/yaml/constructor.h"

namespace {

using namespace pivot;
using namespace pivot::text;

std::string mark_text(const std::optional<yaml::Mark>& mark) {
  return mark ? std::to_string(mark->line) + ":" + std::to_string(mark->column) : "-";
}

std::string answer(const std::string& command, const std::string& input) {
  try {
    if (command == "load") return "=" + golden::show(yaml::load(input));
    if (command == "general") {
      yaml::Document document = yaml::compose(input, yaml::Limits{}, false);
      return "=" + golden::show(yaml::construct(document, yaml::Limits{}));
    }
    if (command == "fast") {
      const auto value = yaml::read_block_style(input, yaml::Limits{});
      return value ? "=" + golden::show(*value) : "?";
    }
    if (command == "dump") return "=" + yaml::dump(golden::untag(json::parse(input)));
    if (command == "roundtrip") return "=" + yaml::roundtrip(input);
    return "?";
  } catch (const yaml::SyntaxError& e) {
    return "!" + e.error_class() + "\n" + e.context() + "\n" + mark_text(e.context_mark()) + "\n" + e.problem() +
           "\n" + mark_text(e.problem_mark());
  } catch (const Error& e) {
    return "!Error\n" + e.message();
  }
}

}  // namespace

int main() {
  char command[32];
  std::size_t length = 0;
  while (std::scanf("%31s %zu", command, &length) == 2) {
    std::getchar();
    std::string input(length, '\0');
    if (length > 0 && std::fread(input.data(), 1, length, stdin) != length) return 1;
    const std::string out = answer(command, input);
    std::printf("%zu\n", out.size());
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
  }
  return 0;
}
