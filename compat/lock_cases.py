"""dvc.lock texts: name -> text. What real DVC makes of them is kept in tests/golden/lock/cases.json."""

from __future__ import annotations

HEAD = "schema: '2.0'\nstages:\n"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def stage(body: str, name: str = "a") -> str:
    return HEAD + f"  {name}:\n" + "".join(f"    {line}\n" for line in body.splitlines())


OUT = f"outs:\n- path: o\n  hash: md5\n  md5: {MD5}\n  size: 3\n"
LONG = "python train.py " + " ".join(f"--option-{i} value-{i}" for i in range(12))

CASES: dict[str, str] = {
    "plain": stage("cmd: echo\n" + OUT),
    "two": stage("cmd: echo\n" + OUT) + stage("cmd: echo b\n" + OUT, "b")[len(HEAD):],
    "cmd only": stage("cmd: echo"),
    "list cmd": stage("cmd:\n- echo\n- 'true'\n- \"a\\tb\""),
    "one-item list": stage("cmd:\n- echo"),
    "list cmd long": stage(f"cmd:\n- {LONG}\n- x"),
    "empty list cmd": stage("cmd: []"),
    "multi-line cmd": stage('cmd: "set -e\\necho\\n"'),
    "folded cmd": stage("cmd: python a.py --x 1 --yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy \n  zzzz"),
    "unfolded cmd": stage(f"cmd: {LONG}"),
    "literal cmd": stage("cmd: |\n  set -e\n  echo\n" + OUT),
    "folded scalar cmd": stage("cmd: >-\n  set -e\n  echo\n" + OUT),
    "quoted cmd": stage("cmd: 'python a.py'\n" + OUT),
    "quoted cmd needed": stage("cmd: 'a: b'\n" + OUT),
    "dir": stage(f"cmd: x\nouts:\n- path: d\n  hash: md5\n  md5: {MD5}.dir\n  size: 3\n  nfiles: 2"),
    "isexec": stage(f"cmd: x\nouts:\n- path: d\n  hash: md5\n  md5: {MD5}\n  size: 3\n  isexec: true"),
    "isexec false": stage(f"cmd: x\nouts:\n- path: d\n  hash: md5\n  md5: {MD5}\n  size: 3\n  isexec: false"),
    "legacy": stage(f"cmd: x\ndeps:\n- path: d\n  md5: {MD5}\n  size: 3"),
    "digits md5": stage("cmd: x\ndeps:\n- path: d\n  hash: md5\n  md5: '12345678901234567890123456789012'\n  size: 3"),
    "exponent md5": stage("cmd: x\ndeps:\n- path: d\n  hash: md5\n  md5: '123e4567890123456789012345678901'\n  size: 3"),
    "unquoted digits md5": stage("cmd: x\ndeps:\n- path: d\n  hash: md5\n  md5: 12345678\n  size: 3"),
    "number path": stage(f"cmd: x\ndeps:\n- path: '12'\n  hash: md5\n  md5: {MD5}\n- path: '1e5'\n  hash: md5\n  md5: {MD5}"),
    "odd paths": stage("cmd: x\ndeps:\n" + "".join(f"- path: {p}\n  hash: md5\n  md5: {MD5}\n" for p in [
        "'# x'", "'@x'", "C:\\x\\y", "a:b", "c+d", "d e", "it's", "ä", "日本/データ.csv", "'x: y'", "x#y", "'x #y'", "~/x", "=x", "-x", "'- x'",
    ])),
    "long path": stage(f"cmd: x\ndeps:\n- path: \n    {'long_directory/' * 6}file.csv\n  hash: md5\n  md5: {MD5}\n  size: 1"),
    "long path with blanks": stage(f"cmd: x\ndeps:\n- path: {'long directory/' * 6}file.csv\n  hash: md5\n  md5: {MD5}"),
    "unsorted": stage(f"cmd: x\ndeps:\n- path: z\n  hash: md5\n  md5: {MD5}\n- path: a\n  hash: md5\n  md5: {MD5}\nparams:\n"
                      "  z.yaml:\n    q: 1\n    b: 2\n  params.yaml:\n    x: 1\n  a.yaml:\n    y: 1"),
    "key order": stage(f"outs:\n- md5: {MD5}\n  size: 1\n  path: a\n  hash: md5\ncmd: x"),
    "params": stage("cmd: x\nparams:\n  params.yaml:\n    a: 1\n    b: 0.1\n    c: true\n    d:\n    e: 1e-05\n    f: text\n    g: 'true'\n"
                    "    h: ''\n    i: -3\n    j: -0.5\n    k: 1e5\n    l: 017\n    m: .inf\n    n: 2020-01-01\n    o: '2020-01-01'\n    p: 1_000"),
    "params nested": stage("cmd: x\nparams:\n  params.yaml:\n    a:\n      b:\n      - 1\n      - c: 2\n        d:\n      - - 3\n        - 4\n      e: {}\n"
                           "      f: []"),
    "params flow": stage("cmd: x\nparams:\n  params.yaml: {a: [1, 2], b: {c: d}}"),
    "params empty": stage("cmd: x\nparams:\n  params.yaml: {}"),
    "params indented list": stage("cmd: x\nparams:\n  params.yaml:\n    a:\n      - 1\n      - 2"),
    "params quoted keys": stage("cmd: x\nparams:\n  params.yaml:\n    '1': 1\n    'a: b': 2\n    'true': 3"),
    "params number key": stage("cmd: x\nparams:\n  params.yaml:\n    a:\n      1: x\n      true: y"),
    "params anchors": stage("cmd: x\nparams:\n  params.yaml:\n    a: &id001\n      b: 1\n    c: *id001")
    + stage("cmd: x\nparams:\n  params.yaml:\n    a: &id002\n      b: 1\n    c: *id002", "b")[len(HEAD):],
    "params named anchor": stage("cmd: x\nparams:\n  params.yaml:\n    a: &name\n      b: 1\n    c: *name"),
    "params string lines": stage('cmd: x\nparams:\n  params.yaml:\n    a: "x\\ny"\n    b: |\n      x\n      y\n'),
    "comments": "# top\n" + HEAD + "  # first\n  a:\n    cmd: x  # why\n    # inside\n  # between\n  b:\n    cmd: y\n# end\n",
    "blank lines": HEAD + "\n  a:\n    cmd: x\n\n  b:\n    cmd: y\n\n",
    "wide indentation": "schema: '2.0'\nstages:\n    a:\n        cmd: x\n        outs:\n          - path: o\n            hash: md5\n"
                        f"            md5: {MD5}\n",
    "double-quoted schema": 'schema: "2.0"\nstages:\n  a:\n    cmd: x\n',
    "flow entry": HEAD + "  a: {cmd: x}\n",
    "flow everything": "{schema: '2.0', stages: {a: {cmd: x}}}\n",
    "document start": "---\n" + stage("cmd: x"),
    "crlf": stage("cmd: x\n" + OUT).replace("\n", "\r\n"),
    "no newline": stage("cmd: x").rstrip("\n"),
    "quoted names": HEAD + "  'a: b':\n    cmd: x\n  '5':\n    cmd: y\n  \"q\":\n    cmd: z\n  a@x-1:\n    cmd: w\n",
    "long name": HEAD + "  ? " + "n" * 130 + "\n  : cmd: x\n  b:\n    cmd: y\n",
    "stages first": "stages:\n  a:\n    cmd: x\nschema: '2.0'\n",
    "datasets": "schema: '2.0'\ndatasets:\n- name: d\n  type: url\nstages:\n  a:\n    cmd: x\n",
    "datasets behind": stage("cmd: x") + "datasets:\n- name: d\n",
    "empty stages": "schema: '2.0'\nstages: {}\n",
    "no stages": "schema: '2.0'\n",
    "http dep": stage("cmd: x\ndeps:\n- path: https://x.org/a\n  hash: md5\n  checksum: '\"abc\"'\n  size: 3"),
    "s3 dep": stage("cmd: x\ndeps:\n- path: s3://b/a\n  hash: md5\n  etag: abcdef\n  size: 3\n  version_id: v1"),
    "cloud": stage(f"cmd: x\nouts:\n- path: o\n  hash: md5\n  md5: {MD5}\n  size: 3\n  cloud:\n    r:\n      etag: e12\n      version_id: v"),
    "files": stage(f"cmd: x\nouts:\n- path: o\n  hash: md5\n  files:\n  - relpath: a\n    md5: {MD5}\n    size: 3\n    cloud:\n      r:\n        etag: e12"),
    "null md5": stage("cmd: x\nouts:\n- path: o\n  hash: md5\n  md5:"),
    "no md5": stage("cmd: x\nouts:\n- path: o\n  hash: md5"),
    "external": stage(f"cmd: x\ndeps:\n- path: /data/x\n  hash: md5\n  md5: {MD5}\n  size: 3"),
    "hostile path": stage(f"cmd: x\nouts:\n- path: ../../etc/passwd\n  hash: md5\n  md5: {MD5}\n  size: 3"),
    "bad: empty": "",
    "bad: comment": "# nothing\n",
    "bad: no schema": "stages: {}\n",
    "bad: old": "a:\n  cmd: x\n",
    "bad: schema float": "schema: 2.0\nstages: {}\n",
    "bad: schema 1.0": "schema: '1.0'\nstages: {}\n",
    "bad: stages null": "schema: '2.0'\nstages:\n",
    "bad: stages list": "schema: '2.0'\nstages: []\n",
    "bad: no cmd": stage(OUT),
    "bad: number cmd": stage("cmd: 5"),
    "bad: null cmd": stage("cmd:"),
    "bad: key": stage("cmd: x\nfoo: 1"),
    "bad: top key": stage("cmd: x") + "foo: 1\n",
    "bad: entry key": stage(f"cmd: x\nouts:\n- path: o\n  foo: {MD5}"),
    "bad: entry no path": stage(f"cmd: x\nouts:\n- md5: {MD5}"),
    "bad: entry size": stage("cmd: x\nouts:\n- path: o\n  size: x"),
    "bad: entry isexec": stage("cmd: x\nouts:\n- path: o\n  isexec: 1"),
    "bad: entry md5 short": stage("cmd: x\nouts:\n- path: o\n  md5: ab"),
    "bad: entry path": stage("cmd: x\nouts:\n- path: 5"),
    "bad: params": stage("cmd: x\nparams:\n  params.yaml: 5"),
    "bad: params list": stage("cmd: x\nparams:\n- a"),
    "bad: params key": stage("cmd: x\nparams:\n  params.yaml:\n    5: x"),
    "bad: outs map": stage("cmd: x\nouts:\n  path: o"),
    "bad: outs null": stage("cmd: x\nouts:"),
    "bad: twice": HEAD + "  a:\n    cmd: x\n  a:\n    cmd: y\n",
    "bad: cmd twice": stage("cmd: x\ncmd: y"),
    "bad: path twice": stage("cmd: x\nouts:\n- path: x\n  path: y"),
    "bad: param twice": stage("cmd: x\nparams:\n  params.yaml:\n    a: 1\n    a: 2"),
    "bad: number name": HEAD + "  5:\n    cmd: x\n",
    "bad: conflict": HEAD + "<<<<<<< HEAD\n  a:\n    cmd: x\n=======\n  a:\n    cmd: y\n>>>>>>> b\n",
    "bad: indentation": HEAD + "  a:\n    cmd: x\n   outs:\n",
    "bad: tab": HEAD + "  a:\n\tcmd: x\n",
    "bad: quote": stage("cmd: 'x\n" + OUT),
    "bad: two clouds": stage("cmd: x\nouts:\n- path: o\n  cloud:\n    a: {etag: abc}\n    b: {etag: abc}"),
}
