"""Small projects that exercise loading, templates, foreach and matrix: name -> {file: text}. What real DVC makes of them is kept in
tests/golden/resolve/cases.json (written by resolve_compare.py --write-golden)."""

from __future__ import annotations

PARAMS = """\
lr: 0.1
small: 1e-05
whole: 1.0
n: 5
neg: -3
name: train it
flag: true
off: false
none:
empty: ''
lst: [1, two, 3.5, true, null]
flags: [true, false]
names: [us, 'a b', "it's"]
d: {a: 1, b: {c: x y, d: true, e: false, f: null, g: [1, 'q r', true], h: {}, i: []}, j: 1.5}
nested: [[1, 2], {k: v}]
maps: {x: {p: 1}, y: {p: 2}}
models:
- {name: m1, lr: 0.1}
- {name: m2, lr: 1e-5}
5: dropped
item2: 1
"""


def one(stage: str, params: str | None = PARAMS, **more: str) -> dict[str, str]:
    files = {"dvc.yaml": stage}
    if params is not None:
        files["params.yaml"] = params
    return {**files, **more}


def cmd(text: str) -> dict[str, str]:
    return one(f"stages:\n  a:\n    cmd: {text}\n")


CASES: dict[str, dict[str, str]] = {
    **{f"text {i}": cmd(f"echo {expr}") for i, expr in enumerate([
        "${lr} ${small} ${whole} ${n} ${neg}", "${name} ${flag} ${off} ${none} [${empty}]", "${d}", "${d.b}", "${d.b.c}", "${d[b][c]}",
        "${ d.b.c }", "${ d . b . c }", "${d[ b ].c}", "${lst}", "${lst[0]} ${lst[-1]} ${lst.1} ${lst[+2]} ${lst[0_1]}", "${lst[9]}",
        "${lst[x]}", "${lst[-9]}", "${nope}", "${d.nope}", "${n.x}", "${nested[0]}", "${nested[1].k}", "${nested[0][1]}",
        "\\\\${lr}", "\\${lr} ${lr}", "${lr", "$lr ${}", "${a.}", "${a[b}", "${a..b}", "${[a]}", "${.a}", "${a[]}", "${a]b}", "${a[b]c}",
        "${a b}", "${lr}${n}", "$${lr}", "${${lr}}", "${d[b}}", "${5}", "${models[0].name}", "${maps.x.p}", "{lr} $(pwd) `x`", "${maps}",
        "${none.x}", "${d.j} ${d.b.g[1]}", "${日本}", "${lst[1.5]}", "${a[b] [c]}", "${d[b] .c}", "${d.b.d} ${d.b.f}", "${names}",
    ])},
    "exact number": one("stages:\n  a:\n    cmd: ${n}\n"),
    "exact map": one("stages:\n  a:\n    cmd: ${d}\n"),
    "exact list": one("stages:\n  a:\n    cmd: ${lst}\n"),
    "list cmd": one("stages:\n  a:\n    cmd: ['echo ${n}', '${lr}', 'x ${d.b}']\n"),
    "map in dep": one("stages:\n  a: {cmd: x, deps: ['${d}']}\n"),
    "map inside dep": one("stages:\n  a: {cmd: x, deps: ['d/${d}']}\n"),
    "number as dep": one("stages:\n  a: {cmd: x, deps: ['${n}']}\n"),
    "bool as out": one("stages:\n  a: {cmd: x, outs: ['${flag}']}\n"),
    "dep text": one("stages:\n  a: {cmd: x, deps: ['d/${n}/${name}', './b', 'c/', '../out', 'e/../f'], outs: ['o.${n}']}\n"),
    "urls": one("stages:\n  a: {cmd: x, deps: ['https://x.org/a', '/abs/p', 'a:b', 'c+d', 'é日本', 'a\\b', ' s p ']}\n"),
    "escaped": one("stages:\n  a: {cmd: 'echo \\${HOME} ${n}', deps: ['\\${x}']}\n"),
    "wdir": one("stages:\n  a: {cmd: x, wdir: 'sub/${n}', deps: [d, ../e, ../../f], outs: [o], params: [lr]}\n"),
    "wdir number": one("stages:\n  a: {cmd: x, wdir: '${n}'}\n"),
    "wdir dots": one("stages:\n  a: {cmd: x, wdir: ./a/../b/, deps: [./d, d//e]}\n"),
    "wdir missing key": one("stages:\n  a: {cmd: x, wdir: '${nope}'}\n"),
    "wdir syntax": one("stages:\n  a: {cmd: x, wdir: '${no..pe}'}\n"),
    "keys": one("stages:\n  a: {cmd: x, outs: ['o${n}': {desc: 'd ${name}', cache: false}], params: ['p${n}.yaml': ['k${n}']]}\n"),
    "meta": one("stages:\n  a: {cmd: x, meta: {k: '${n}', '${name}': [1, '${flag}']}, desc: 'x ${lr}'}\n"),
    "desc number": one("stages:\n  a: {cmd: x, desc: '${n}'}\n"),
    "flags": one("stages:\n  a:\n    cmd: x\n    outs: [o: {cache: false, persist: true, push: false, remote: r, desc: d, type: t,"
                 " labels: [l, m], meta: {a: 1}, checkpoint: true}, o: {desc: e}, p]\n    metrics: [m: {cache: false}, p]\n"
                 "    plots: [q: {x: a, y: b, template: t, title: T, header: false, x_label: xl, y_label: yl, cache: false}, r]\n"),
    "plots list": one("stages:\n  a: {cmd: x, plots: [p: [{x: a}, {x: b}]]}\n"),
    "params": one("stages:\n  a: {cmd: x, params: [lr, d.b, lr, {params.yaml: [n]}, {o.yaml: }, {o.json: [a, b]}, {p.toml: []},"
                  " {o.json: [c]}]}\n"),
    "params whole": one("stages:\n  a: {cmd: x, params: [lr, {params.yaml: }]}\n"),
    "params not list": one("stages:\n  a: {cmd: x, params: [{o.yaml: x}]}\n"),
    "params wdir": one("stages:\n  a: {cmd: x, wdir: s, params: [lr, {../q.yaml: [a]}]}\n"),
    "frozen": one("stages:\n  a: {cmd: x, frozen: true, always_changed: true}\n"),
    "odd names": one("stages:\n  'a b': {cmd: x}\n  c/d: {cmd: y}\n  '${lr}': {cmd: z}\n  '日本': {cmd: w}\n"),
    "name with at": one("stages:\n  a@1: {cmd: x}\n"),
    "name with at and group": one("stages:\n  a: {foreach: [1], do: {cmd: 'x ${item}'}}\n  a@1: {cmd: y}\n"),
    "at in key": one("stages:\n  a: {foreach: [x@y, z], do: {cmd: x}}\n"),
    "group with at": one("stages:\n  a@b: {foreach: [x], do: {cmd: x}}\n"),
    # foreach
    "foreach scalars": one("stages:\n  g: {foreach: [1, two, 1.5, true, null, 1e-05], do: {cmd: 'x ${item}', outs: ['o${item}']}}\n"),
    "foreach ref": one("stages:\n  g: {foreach: '${lst}', do: {cmd: 'x ${item}'}}\n"),
    "foreach refs": one("stages:\n  g: {foreach: ['${flag}', true, '${n}x', '${n}', '${none}'], do: {cmd: 'x ${item}'}}\n"),
    "foreach maps": one("stages:\n  g: {foreach: '${models}', do: {cmd: 'x ${item.name} ${item.lr}'}}\n"),
    "foreach mixed": one("stages:\n  g: {foreach: [1, {a: 2}, [3]], do: {cmd: 'x'}}\n"),
    "foreach map": one("stages:\n  g: {foreach: {a: 1, b: {c: 2}, 3: x, true: y}, do: {cmd: 'x ${key} ${item}'}}\n"),
    "foreach map ref": one("stages:\n  g: {foreach: '${maps}', do: {cmd: 'x ${key} ${item.p}'}}\n"),
    "foreach map with refs": one("stages:\n  g: {foreach: {a: '${n}', b: '${d}', c: 'v${n}'}, do: {cmd: 'x ${key} ${item}'}}\n"),
    "foreach duplicates": one("stages:\n  g: {foreach: [a, b, a, '1', 1], do: {cmd: 'x ${item}'}}\n"),
    "foreach empty": one("stages:\n  g: {foreach: [], do: {cmd: 'x ${item}'}}\n  h: {cmd: y}\n"),
    "foreach number": one("stages:\n  a: {foreach: '${lr}', do: {cmd: x}}\n"),
    "foreach text": one("stages:\n  a: {foreach: abc, do: {cmd: x}}\n"),
    "foreach null": one("stages:\n  a: {foreach: '${none}', do: {cmd: x}}\n"),
    "foreach missing": one("stages:\n  a: {foreach: '${nope}', do: {cmd: x}}\n"),
    "foreach syntax": one("stages:\n  a: {foreach: '${no..pe}', do: {cmd: x}}\n"),
    "foreach key in list": one("stages:\n  a: {foreach: [1], do: {cmd: '${key}'}}\n"),
    "foreach bad item": one("stages:\n  a: {foreach: [1], do: {cmd: 'x ${item[nope].x}'}}\n"),
    "foreach bad syntax": one("stages:\n  a: {foreach: [1], do: {cmd: 'x ${item[nope}'}}\n"),
    "foreach list item": one("stages:\n  a: {foreach: [[1, 2]], do: {cmd: 'x ${item[0]} ${item}'}}\n"),
    "foreach wdir": one("stages:\n  a: {foreach: [p, q], do: {cmd: x, wdir: '${item}', deps: [d]}}\n"),
    "foreach vars": one("stages:\n  a: {foreach: [1, 2], do: {cmd: 'x ${v}', vars: [{v: 3}]}}\n"),
    "foreach vars item": one("stages:\n  a: {foreach: [1, 2], do: {cmd: 'x', vars: [{item: 3}]}}\n"),
    "foreach vars both": one("stages:\n  a: {foreach: {p: 1}, do: {cmd: 'x', vars: [{item: 3, key: 4}]}}\n"),
    "foreach vars file item": one("stages:\n  a: {foreach: [p], do: {cmd: 'x', vars: [v.yaml]}}\n", **{"v.yaml": "item: 1\n"}),
    "foreach hides": one("vars: [{item: 1, key: 2}]\nstages:\n  a: {foreach: {x: 1}, do: {cmd: 'x ${item} ${key}'}}\n"
                         "  b: {foreach: [1], do: {cmd: 'x ${item} ${key}'}}\n  c: {cmd: '${item} ${key}'}\n"),
    "foreach non-string item keys": one("stages:\n  a: {foreach: [{1: x, y: 2}], do: {cmd: 'x ${item}'}}\n"),
    "foreach vars with template": one("stages:\n  a: {foreach: [1], do: {cmd: 'x', vars: [{v: '${item}'}]}}\n"),
    # matrix
    "matrix": one("stages:\n  a:\n    matrix: {x: [1, 2], y: [a, b, c]}\n    cmd: e ${item.x} ${item.y} ${key}\n    outs: ['${key}']\n"),
    "matrix refs": one("stages:\n  a:\n    matrix: {x: '${flags}', y: [true, '${flag}', null, '${none}']}\n    cmd: e ${item.x} ${item.y}\n"),
    "matrix maps": one("stages:\n  a:\n    matrix: {cfg: '${models}', z: [[1], 2, {q: 3}]}\n    cmd: e ${item.cfg.name} ${item.z}\n"),
    "matrix maps plain": one("stages:\n  a:\n    matrix: {cfg: '${models}', z: [{q: 3}]}\n    cmd: e ${item.cfg.name} ${item.z}\n"),
    "matrix map axis": one("stages:\n  a:\n    matrix: {x: '${maps}'}\n    cmd: e ${item.x}\n"),
    "matrix text axis": one("stages:\n  a:\n    matrix: {x: aé日}\n    cmd: e ${item.x}\n"),
    "matrix text ref axis": one("stages:\n  a:\n    matrix: {x: '${name}'}\n    cmd: e ${item.x}\n"),
    "matrix embedded axis": one("stages:\n  a:\n    matrix: {x: 'v${n}'}\n    cmd: e ${item.x}\n"),
    "matrix number axis": one("stages:\n  a:\n    matrix: {x: '${n}'}\n    cmd: e ${item.x}\n"),
    "matrix empty axis": one("stages:\n  a:\n    matrix: {x: [], y: [1]}\n    cmd: e\n  b: {cmd: x}\n"),
    "matrix empty": one("stages:\n  a:\n    matrix: {}\n    cmd: e ${key}|${item}\n"),
    "matrix duplicates": one("stages:\n  a:\n    matrix: {x: [a, a-b], y: [b-c, c]}\n    cmd: e ${item.x} ${item.y}\n"),
    "matrix missing": one("stages:\n  a:\n    matrix: {x: ['${nope}']}\n    cmd: e\n"),
    "matrix hides": one("vars: [{item: 1, key: 2}]\nstages:\n  a:\n    matrix: {x: [1]}\n    cmd: e ${item.x} ${key}\n"),
    "matrix vars": one("stages:\n  a:\n    matrix: {x: [1, 2]}\n    vars: [{q: 7}]\n    cmd: e ${item.x} ${q}\n"),
    "matrix vars key": one("stages:\n  a:\n    matrix: {x: [1, 2]}\n    vars: [{key: 7}]\n    cmd: e\n"),
    "matrix syntax": one("stages:\n  a:\n    matrix: {x: [1, 2]}\n    cmd: e\n    deps: ['${a[}']\n"),
    "matrix item": one("stages:\n  a:\n    matrix: {x: [1]}\n    cmd: e ${item}\n"),
    "matrix with foreach": one("stages:\n  a:\n    matrix: {x: [1]}\n    foreach: [1]\n    do: {cmd: x}\n"),
    # vars
    "vars": one("vars: [{v: 1, w: {x: 2}}, v.yaml, 'u.json:a,b', {w: {y: 3}}]\nstages:\n  a: {cmd: 'e ${v} ${w.x} ${w.y} ${f} ${a}'}\n",
                **{"v.yaml": "f: 9\n", "u.json": '{"a": 1, "b": 2, "lr": 3}'}),
    "vars redefine": one("vars: [{lr: 2}]\nstages:\n  a: {cmd: x}\n"),
    "vars redefine deep": one("vars: [{d: {b: {c: 2}}}]\nstages:\n  a: {cmd: x}\n"),
    "vars redefine map by leaf": one("vars: [{d: 2}]\nstages:\n  a: {cmd: x}\n"),
    "vars redefine second": one("vars: [{q: 2}, {r: {s: 1}}, {r: {s: 2}}]\nstages:\n  a: {cmd: x}\n"),
    "vars file redefine": one("vars: [v.yaml]\nstages:\n  a: {cmd: x}\n", **{"v.yaml": "lr: 9\n"}),
    "vars partial": one("vars: ['params.yaml:lr']\nstages:\n  a: {cmd: x}\n"),
    "vars again": one("vars: [params.yaml, ./params.yaml]\nstages:\n  a: {cmd: 'x ${lr}'}\n"),
    "vars partial then whole": one("vars: ['v.yaml:a', v.yaml]\nstages:\n  a: {cmd: x}\n", **{"v.yaml": "a: 9\n"}),
    "vars partial twice": one("vars: ['v.yaml:a', 'v.yaml:b']\nstages:\n  a: {cmd: 'x ${a} ${b}'}\n", **{"v.yaml": "a: 9\nb: 1\n"}),
    "vars partial same": one("vars: ['v.yaml:a', 'v.yaml:a']\nstages:\n  a: {cmd: 'x'}\n", **{"v.yaml": "a: 9\nb: 1\n"}),
    "vars empty keys": one("vars: ['v.yaml:', 'w.yaml:,']\nstages:\n  a: {cmd: 'x ${a}'}\n", **{"v.yaml": "a: 9\n", "w.yaml": "z: 1"}),
    "vars missing file": one("vars: [nofile.yaml]\nstages:\n  a: {cmd: x}\n"),
    "vars missing key": one("vars: ['params.yaml:lr', 'v.yaml:k']\nstages:\n  a: {cmd: x}\n", None, **{"v.yaml": "a: 9\n", "params.yaml": ""}),
    "vars missing key 2": one("vars: ['v.yaml:k']\nstages:\n  a: {cmd: x}\n", **{"v.yaml": "a: 9\n"}),
    "vars list file": one("vars: [v.yaml]\nstages:\n  a: {cmd: x}\n", **{"v.yaml": "- 1\n"}),
    "vars scalar file": one("vars: [v.yaml]\nstages:\n  a: {cmd: x}\n", **{"v.yaml": "abc\n"}),
    "vars json null": one("vars: [v.json]\nstages:\n  a: {cmd: x}\n", **{"v.json": "null\n"}),
    "vars empty file": one("vars: [v.yaml]\nstages:\n  a: {cmd: x}\n", **{"v.yaml": ""}),
    "vars template": one("vars: [{a: '${lr}'}]\nstages:\n  a: {cmd: x}\n"),
    "vars template file": one("vars: ['${lr}.yaml']\nstages:\n  a: {cmd: x}\n"),
    "vars number": one("vars: [5]\nstages:\n  a: {cmd: x}\n"),
    "stage vars": one("stages:\n  a: {cmd: 'x ${q} ${lr}', vars: [{q: 1}]}\n  b: {cmd: 'y ${q}'}\n"),
    "stage vars redefine": one("stages:\n  a: {cmd: 'x', vars: [{lr: 1}]}\n"),
    "stage vars file": one("stages:\n  a: {cmd: 'x ${q}', vars: [v.yaml], wdir: s}\n", **{"s/v.yaml": "q: 5\n"}),
    "stage vars no file": one("stages:\n  a: {cmd: 'x ${q}', vars: [v.yaml], wdir: s}\n", **{"v.yaml": "q: 5\n"}),
    "stage vars partial": one("stages:\n  a: {cmd: 'x', vars: ['params.yaml:lr']}\n"),
    "stage vars template": one("stages:\n  a: {cmd: 'x', vars: [{v: '${lr}'}]}\n"),
    "stage vars bad template": one("stages:\n  a: {cmd: 'x', vars: [{v: '${l..r}'}]}\n"),
    "stage vars non-string keys": one("stages:\n  a: {cmd: 'x ${v}', vars: [{1: 2, v: {3: 4, x: 5}}]}\n"),
    "no params": one("stages:\n  a: {cmd: 'x ${lr}'}\n", None),
    "list params": one("stages:\n  a: {cmd: x}\n", "- 1\n"),
    "empty params": one("stages:\n  a: {cmd: x}\n", ""),
    "bad params": one("stages:\n  a: {cmd: x}\n", "a: [1\nb: 2\n"),
    "bad params tab": one("stages:\n  a: {cmd: x}\n", "a:\n\tb: 2\n"),
    "bad params key": one("stages:\n  a: {cmd: x}\n", "a: b: c\n"),
    "bad params quote": one("stages:\n  a: {cmd: x}\n", "a: 'b\n"),
    "bad json": one("vars: [v.json]\nstages:\n  a: {cmd: x}\n", **{"v.json": "{'a': 1}\n"}),
    "json": one("vars: [v.json]\nstages:\n  a: {cmd: 'x ${a.b[1]} ${f} ${e}'}\n", **{"v.json": '{"a": {"b": [1, null]}, "f": 1.0, "e": 1e5}'}),
    "toml": one("vars: [v.toml]\nstages:\n  a: {cmd: 'x ${a.b} ${a.c} ${t}'}\n", **{"v.toml": 't = "z"\n[a]\nb = 1.5\nc = [1, 2]\n'.replace("[1, 2]", "true")}),
    "py": one("vars: [v.py]\nstages:\n  a: {cmd: 'x ${A} ${C.b}'}\n", **{"v.py": "A = 1\nclass C:\n    b = 'q'\n"}),
    # sections
    "sections": one("metrics: ['m${n}.json', x]\nparams: ['p${n}.yaml']\nplots: ['a', {b: {x: c, y: [d, '${name}']}}, {c: }]\n"
                    "artifacts: {a: {path: 'p${n}', type: t, labels: [x], desc: d, meta: {a: 1}}, 'b${n}': {path: q}}\n"
                    "stages:\n  a: {cmd: x}\n"),
    "sections map": one("metrics: ['m${d}']\n"),
    "sections list": one("plots: ['${lst}']\n"),
    "metric error": one("metrics: ['m${nope}.json']\nstages:\n  a: {cmd: x}\n"),
    "plot error": one("plots: [{'a${n..x}': {x: b}}]\n"),
    "artifact name number": one("artifacts: {'${n}': {path: q}}\n"),
    "artifact error": one("artifacts: {a: {path: '${nope}'}}\n"),
    "stage before section": one("metrics: ['${nope}']\nstages:\n  a: {cmd: '${nope2}'}\n"),
    "names before stages": one("stages:\n  a: {cmd: '${nope}'}\n  b: {foreach: '${nope2}', do: {cmd: x}}\n"),
    "empty file": one("", None),
    "comment only": one("# nothing\n", None),
    "empty list": one("[]\n", None),
    # schema
    **{f"schema {i}": one(text, None) for i, text in enumerate([
        "stages:\n  a:\n    cmd: 1\n", "stages:\n  a:\n    cmd: x\n    foo: 3\n", "stages:\n", "- a\n", "foo\n", "stages: {a: }\n",
        "stages: {a: {}}\n", "stages: {a: x}\n", "stages:\n  a:\n    cmd: x\n    deps: x\n", "stages:\n  a: {cmd: x, deps: [1]}\n",
        "stages:\n  a: {cmd: x, deps: [a, 1, 2]}\n", "stages:\n  a: {cmd: x, outs: [1, {a: 3}]}\n", "stages:\n  a: {cmd: x, outs: [a: {b: 1}]}\n",
        "stages:\n  a: {cmd: x, outs: [a: {cache: 1}, b: {cache: 2}]}\n", "stages:\n  a: {cmd: x, outs: [a: {cache: 1, desc: 2}]}\n",
        "stages:\n  a: {cmd: x, outs: [a: ]}\n", "stages:\n  a: {cmd: x, plots: [a: {cache: 1}]}\n", "stages:\n  a: {cmd: x, plots: [a: [{x: 1}]]}\n",
        "stages:\n  a: {cmd: x, plots: [a: 5]}\n", "stages:\n  a: {cmd: x, metrics: [a: {x: 1}]}\n", "stages:\n  a: {cmd: x, params: [1]}\n",
        "stages:\n  a: {cmd: x, vars: [1]}\n", "stages:\n  a: {cmd: x, vars: {a: 1}}\n", "stages:\n  5: {cmd: x}\n", "stages:\n  a: {cmd: x, 5: 1}\n",
        "stages:\n  a: {cmd: x, matrix: {a: 1}}\n", "stages:\n  a: {cmd: x, matrix: [1]}\n", "stages:\n  a: {foreach: 1, do: {cmd: x}}\n",
        "stages:\n  a: {foreach: [1]}\n", "stages:\n  a: {do: {cmd: x}}\n", "stages:\n  a: {foreach: [1], do: {cmd: x}, cmd: y}\n",
        "stages:\n  a: {foreach: [1], do: x}\n", "stages:\n  a: {foreach: [1], do: {foo: x}}\n", "stages:\n  a: {cmd: x, frozen: yes}\n",
        "stages:\n  a: {cmd: x, frozen: '${x}'}\n", "stages:\n  a: {cmd: x, wdir: 5}\n", "stages:\n  a: {cmd: x, desc: 5}\n", "stages:\n  a: {cmd: }\n",
        "stages:\n  a: {cmd: {x: 1}}\n", "foo: 1\nvars: 5\n", "metrics: [1]\n", "metrics: {a: 1}\n", "metrics:\n", "params: [1]\n", "plots: [1]\n",
        "plots: [{a: {x: 1}}]\n", "plots: [{a: {y: 1}}]\n", "plots: [{a: {y: [1]}}]\n", "plots: [{a: {y: {f: 1}}}]\n", "plots: [{}]\n",
        "plots: [{a: {foo: 1}}]\n", "plots: {a: 1}\n", "plots: [{1: {}}]\n", "artifacts: {a: {}}\n", "artifacts: {a: {path: 1}}\n", "artifacts: []\n",
        "artifacts: {a: {path: x, labels: l}}\n", "artifacts: {a: {path: x, labels: [1]}}\n", "datasets: 5\n", "stages:\n  a: {cmd: x, live: {x: 1}}\n",
        "stages:\n  a: {cmd: x, outs: [a: {labels: [1, 2]}]}\n", "stages:\n  a: {cmd: x, outs: {a: 1}}\n", "stages:\n  a: {cmd: x, always_changed: 1}\n",
        "stages:\n  a:\n    cmd: 1\n    foo: 3\n  b:\n    deps: x\n    outs: [1, {a: 3}]\n  5: {cmd: x}\nfoo: 1\nvars: 5\n",
        "stages:\n  a: {cmd: 2020-01-01}\n", "stages:\n  a: {cmd: x, deps: [2020-01-01]}\n", "stages:\n  a: {cmd: [1, {a: b}]}\n",
        "stages:\n  a: {cmd: x, outs: [a: {checkpoint: true, persist: 1}]}\n", "stages: []\n", "5: 1\n", "true: 1\n",
        "stages:\n  a:\n    cmd: x\n\n    # note\n    deps:\n      - a\n      - b: c\n",
    ])},
    # syntax
    **{f"syntax {i}": one(text, None) for i, text in enumerate([
        "stages:\n  a:\n    cmd: \"foo\n", "stages:\n<<<<<<< HEAD\n  a:\n    cmd: foo\n=======\n  b:\n>>>>>>> x\n",
        "stages:\n  a:\n    cmd: foo\n  a:\n    cmd: foo\n", "stages:\n\ta: x\n", "a: b: c\n", "stages: [\n", "stages: {a: b\n", "a: !x y\n", "a: *x\n",
        "a: 'b\n", "a:\n  - b\n c: d\n", "a: @b\n", "a: `b`\n", "a: %b\n", "? a\n: b\n- c\n", "---\na: 1\n---\nb: 2\n", "a: &x\n  b: *y\n",
        "stages:\n  a:\n   cmd: x\n  deps: y\n    - z\n", "a: \"\\q\"\n", "A: 1\nA: 2\n", "a: 2020-13-45\n", "a: b\x01c\n",
    ])},
}
