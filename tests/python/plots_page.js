// Evaluates the scripts of a page of plots as a browser would and draws every specification: prints what was drawn, one line a plot.
const fs = require('fs');
const vm = require('vm');
// The libraries are long lines: an error shows the message and where, not these.
const short = error => String(error && error.stack || error).split('\n').filter(line => line.length < 200).join('\n');
process.on('uncaughtException', error => { console.error(error.message, short(error)); process.exit(1); });
process.on('unhandledRejection', error => { console.error(error.message, short(error)); process.exit(1); });
const page = fs.readFileSync(process.argv[2], 'utf8');
const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(m => m[1]);
const drawn = []; // what the page asked to draw
const place = {textContent: '', className: ''};
const sandbox = {addEventListener: () => {}, removeEventListener: () => {}, console, setTimeout, clearTimeout, setInterval, clearInterval, structuredClone, URL, matchMedia: () => ({matches: false}), document: {getElementById: id => ({id, ...place}), createElement: () => ({getContext: () => null, style: {}}), body: {}}, navigator: {userAgent: 'node'}};
sandbox.window = sandbox.self = sandbox.globalThis = sandbox;
const context = vm.createContext(sandbox);
if (page.includes('<script src=')) throw new Error('the page asks the network for scripts');
vm.runInContext(scripts[0], context);
if (!sandbox.vegaEmbed) throw new Error('vegaEmbed is not defined');
sandbox.vegaEmbed = (element, spec) => {
  drawn.push([element.id, spec]);
  return Promise.resolve();
};
for (const script of scripts.slice(1)) vm.runInContext(script, context);
(async () => {
  for (const [id, spec] of drawn) {
    const compiled = sandbox.vegaLite.compile(spec).spec;
    const svg = await new sandbox.vega.View(sandbox.vega.parse(compiled), {renderer: 'none'}).toSVG();
    const marks = (svg.match(/<path/g) || []).length;
    console.log(id, spec.title && spec.title.text || spec.title, marks > 5 && /aria-roledescription/.test(svg) ? 'drawn' : 'BLANK');
  }
})();
