// The HTML page of plots: Vega-Lite specifications and images side by side. Works without a network when the program carries the Vega
// libraries, and reads on a phone and in the dark.
#pragma once

#include <string>
#include <vector>

#include "commands/plots/renderer.h"

namespace pivot::commands::plots {

/// One element of the page.
struct PageElement {
  std::string name;
  Specification vega;  ///< none for images
  struct Picture {
    std::string rev;
    std::string source;  ///< relative to the page
  };
  std::vector<Picture> pictures;
};

/// The three libraries as scripts; "" when the program was built without them.
std::string_view vega_scripts();

/// What is around the elements.
struct PageFrame {
  std::string title;
  std::string before;         ///< HTML that stands before them
  std::string page_template;  ///< a page of the user's with {plot_divs} and, optional, {scripts}; "" = ours
};
/// Throws Error when the user's page lacks {plot_divs}, before anything is written.
void write_html_page(TextSink& out, const std::vector<PageElement>& elements, const PageFrame& frame);
/// The same as one text.
std::string html_page(const std::vector<PageElement>& elements, const PageFrame& frame);

/// Text that is safe in HTML.
std::string html_escape(std::string_view text);

}  // namespace pivot::commands::plots
