#include "commands/plots/page.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "text/json.h"

namespace pivot::commands::plots {

namespace {

constexpr std::string_view kFromNetwork = R"(
    <script src="https://cdn.jsdelivr.net/npm/vega@5.30.0"></script>
    <script src="https://cdn.jsdelivr.net/npm/vega-lite@5.21.0"></script>
    <script src="https://cdn.jsdelivr.net/npm/vega-embed@6.26.0"></script>)";

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{page_title}</title>
<style>
  :root { color-scheme: light dark; --line: #d0d7de; --card: #fff; --page: #f6f8fa; --text: #1f2328; }
  @media (prefers-color-scheme: dark) { :root { --line: #3d444d; --card: #151b23; --page: #0d1117; --text: #f0f6fc; } }
  body { margin: 0; padding: 1rem; background: var(--page); color: var(--text); font: 15px/1.4 system-ui, sans-serif; }
  main { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
  section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .75rem; max-width: 100%; box-sizing: border-box; overflow-x: auto; }
  section.images { flex-basis: 100%; }
  h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
  .row { display: flex; flex-wrap: wrap; gap: .75rem; }
  figure { margin: 0; flex: 1 1 260px; max-width: 640px; }
  figcaption { font-size: .85rem; opacity: .8; margin-bottom: .25rem; }
  img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 4px; background: #fff; }
  section.whole { margin-bottom: 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
  table { border-collapse: collapse; font-size: .9rem; }
  th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); }
  td:not(:last-child), th { white-space: nowrap; }
  .wide { overflow-x: auto; margin-bottom: .75rem; }
  .graph path { fill: none; stroke: var(--line); stroke-width: 2; }
  .graph rect { fill: var(--page); stroke: var(--line); stroke-width: 1.5; }
  .graph .changed rect { stroke: #d97706; }
  .graph .unchanged rect { stroke: #2f9e58; }
  .graph text { fill: var(--text); font-size: 13px; }
  .graph .small { font-size: 11px; opacity: .75; }
  nav { margin-bottom: .75rem; }
  button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .8rem; }
  button[aria-pressed=true] { border-color: #945dd6; }
  .failed { color: #cf222e; white-space: pre-wrap; }
</style>
{scripts}
<script>
  // A page in the dark has dark plots; what a specification says of itself goes before it.
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  const plots = [];
  function embed(place, spec) {
    const failed = error => { place.textContent = 'This plot could not be drawn: ' + error; place.className = 'failed'; };
    if (typeof vegaEmbed === 'undefined') { failed('the Vega libraries are missing'); return; }
    const narrow = window.innerWidth < 500, config = dark ? {background: 'transparent'} : {};
    if (narrow) config.legend = {orient: 'bottom', columns: 1};
    if (narrow && typeof spec.width === 'number') spec = {...spec, width: Math.min(spec.width, window.innerWidth - 150)};
    vegaEmbed(place, spec, {theme: dark ? 'dark' : undefined, config, actions: {source: false, editor: false}}).catch(failed);
  }
  function revisionsOf(spec) { return [...new Set(spec.data && Array.isArray(spec.data.values) ? spec.data.values.map(row => row.rev) : [])]; }
  function draw(id, spec) {
    plots.push({id, spec, revisions: revisionsOf(spec)});
    embed(document.getElementById(id), spec);
  }
  // Side by side: each revision by itself, in the order of the command line.
  function arrange(apart) {
    for (const {id, spec, revisions} of plots) {
      if (revisions.length < 2) continue;
      const place = document.getElementById(id);
      place.replaceChildren();
      if (!apart) { place.className = ''; embed(place, spec); continue; }
      place.className = 'row';
      for (const revision of revisions) {
        const part = document.createElement('div');
        place.append(part);
        const title = typeof spec.title === 'string' ? spec.title + ' (' + revision + ')' : {...spec.title, text: (spec.title && spec.title.text || '') + ' (' + revision + ')'};
        embed(part, {...spec, title, data: {values: spec.data.values.filter(row => row.rev === revision)}});
      }
    }
  }
</script>
</head>
<body>
<nav id="views" hidden><button type="button" id="apart" aria-pressed="false">Revisions side by side</button></nav>
{before}<main>
{plot_divs}
</main>
<script>
  const apart = document.getElementById('apart');
  document.getElementById('views').hidden = !plots.some(plot => plot.revisions.length > 1);
  apart.onclick = () => {
    const on = apart.getAttribute('aria-pressed') !== 'true';
    apart.setAttribute('aria-pressed', on);
    arrange(on);
  };
</script>
</body>
</html>
)";

/// Lets JSON pass that is to stand inside of a script element: what would end or comment it is written in another way.
class ScriptText {
 public:
  explicit ScriptText(TextSink& out) : out_(out) {}

  void take(std::string_view block) {
    const auto joined = held_.empty() ? std::string() : cat(held_, block);
    if (!held_.empty()) block = joined;
    held_.clear();
    while (true) {
      const auto at = block.find('<');
      out_.add(block.substr(0, at));
      if (at == block.npos) return;
      block.remove_prefix(at);
      if (kComment.starts_with(block) || block == "<") {  // the rest comes with the next block
        held_ = block;
        return;
      }
      if (block.starts_with("</")) {
        out_.add("<\\/");
        block.remove_prefix(2);
      } else if (block.starts_with(kComment)) {
        out_.add("<\\u0021--");
        block.remove_prefix(kComment.size());
      } else {
        out_.add("<");
        block.remove_prefix(1);
      }
    }
  }
  void finish() { out_.add(held_); }

 private:
  static constexpr std::string_view kComment = "<!--";
  TextSink& out_;
  std::string held_;
};

void write_in_script(TextSink& out, const Specification& vega) {
  ScriptText script(out);
  TextSink json([&](std::string_view block) { script.take(block); });
  vega.write(json);
  json.flush();
  script.finish();
}

std::string element_id(std::size_t number) { return cat("plot-", std::to_string(number)); }

/// For pages of users: as DVC's elements are made.
std::string id_of_name(const std::string& name) {
  std::string out;
  for (char c : name) out += std::string_view("!@#$%^&*()[]{};,<>?\\/:.|`~=_+ ").find(c) != std::string_view::npos ? '_' : c;
  return out;
}

std::string pictures_html(const PageElement& element) {
  std::string out = cat("<section class=\"images\">\n<h2>", html_escape(element.name), "</h2>\n<div class=\"row\">\n");
  for (const auto& picture : element.pictures)
    out += cat("<figure><figcaption>", html_escape(picture.rev), "</figcaption><img src=\"", html_escape(picture.source), "\" alt=\"",
               html_escape(cat(element.name, " (", picture.rev, ")")), "\"></figure>\n");
  return out + "</div>\n</section>\n";
}

void write_element(TextSink& out, const PageElement& element, std::size_t number, bool ours) {
  if (element.vega.text.empty()) {
    out.add(pictures_html(element));
    return;
  }
  if (ours) {
    const auto id = element_id(number);
    out.add(cat("<section><div id=\"", id, "\"></div><script>draw('", id, "', "));
    write_in_script(out, element.vega);
    out.add(");</script></section>\n");
    return;
  }
  const auto id = id_of_name(element.name);
  out.add(cat("\n    <div id = \"", id, "\">\n        <script type = \"text/javascript\">\n            var spec = "));
  write_in_script(out, element.vega);
  out.add(cat(";\n            vegaEmbed('#", id, "', spec);\n        </script>\n    </div>\n    "));
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

void write_html_page(TextSink& out, const std::vector<PageElement>& elements, const PageFrame& frame) {
  const bool ours = frame.page_template.empty();
  const std::string_view page = ours ? kPage : std::string_view(frame.page_template);
  const auto title = html_escape(frame.title);
  constexpr std::string_view kDivs = "{plot_divs}";
  if (page.find(kDivs) == page.npos) throw Error("HTML template has to contain '{plot_divs}'.", ErrorKind::unexpected);
  const auto scripts = vega_scripts().empty() ? std::string(kFromNetwork) : cat("<script>\n", vega_scripts(), "\n</script>");
  // What is filled in is not looked at again: data may hold braces.
  for (std::size_t at = 0; at < page.size();) {
    const auto brace = page.find('{', at);
    out.add(page.substr(at, brace - at));
    if (brace == page.npos) break;
    at = brace;
    const auto rest = page.substr(brace);
    const std::pair<std::string_view, std::string_view> fields[] = {{"{scripts}", scripts}, {"{refresh_tag}", ""}, {"{page_title}", title}, {"{before}", frame.before}};
    const auto* const field = std::find_if(std::begin(fields), std::end(fields), [&](const auto& f) { return rest.starts_with(f.first); });
    if (rest.starts_with(kDivs)) {
      for (std::size_t i = 0; i < elements.size(); ++i) write_element(out, elements[i], i, ours);
      at += kDivs.size();
    } else if (field != std::end(fields)) {
      out.add(field->second);
      at += field->first.size();
    } else {
      out.add(page.substr(at++, 1));
    }
  }
}

std::string html_page(const std::vector<PageElement>& elements, const PageFrame& frame) {
  std::string out;
  TextSink sink(out);
  write_html_page(sink, elements, frame);
  sink.flush();
  return out;
}

}  // namespace pivot::commands::plots
