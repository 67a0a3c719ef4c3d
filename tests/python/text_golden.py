"""Makes tests/golden/text/*.json: what Python's json, DVC's readers of .py and .toml parameters and configobj say.

Run it with the interpreter of a real DVC (3.67.1), from the root of the checkout.
"""

from __future__ import annotations

import datetime
import io
import json
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

from configobj import ConfigObj
from dvc.utils.serialize import parse_py, parse_toml

PYTHON = [
    "A=1\nB: int = 2\nC=[1,2,{'a':1}]\nD={'x':1,'y':[1]}\nE=(1,2)\nF={3}\nG=-1\nI='a' 'b'\nJ=b'xy'\nK=None\nL=True\n",
    "M=f'x'\nN=a.b\nO, P = 1, 2\nQ=R=3\nS+=1\nT: int\nself.x=3\nU=+5\nV=0x1f\nW=1_000\nX=1e5\nY='''a\nb'''\n",
    "class A:\n  x=1\n  y: int=2\n  def __init__(self, q=1):\n    self.z=3\n    w=4\n    self.a.b=5\n"
    "  def f(self):\n    self.k=1\n  class B:\n    c=1\n",
    "if True:\n  x=1\nelse:\n  y=2\nz=3\n",
    "x=1;y=2\n",
    "a[0]=1\na.b=2\n",
    "x={'a':1,**y}\ny={**z}\nw={'a':f()}\n",
    "x=set()\ny=[1,*z]\n",
    "def __init__(self):\n  self.q=1\n  z=2\n",
    "x=(1)\ny=(1,)\nz=()\n",
    "x=-(-1)\ny=- 1.5\nw=+-1\n",
    "x='é'\ny=u'a'\nz=r'\\n'\nq='\\x41\\u00e9\\101\\q'\n",
    "x={1:2,'a':{'b':1},None:4}\n",
    "x=1\nx=2\n",
    "async def __init__(self):\n  self.x=1\n",
    "x=1 # c\n\n\n'''doc'''\ny=[\n 1,\n 2, # z\n]\n",
    "x: 'int' = 5\nclass C(object): y = 1\n",
    "x=1+2\ny='a'+'b'\nz=2*3\n",
    "x=1__0\n",
    "x=01\n",
    "x=00\ny=1.\nz=.5\n",
    "def f():\n  x=1\n\n  class D:\n    y=2\n",
    "class A:\n  def __init__(self):\n    self.p: int = 1\n    self.r, self.s = 1, 2\n    if 1:\n      self.t=1\n"
    "    class B:\n      x=1\n",
    "x=lambda: 1\ny=[i for i in z]\nw=3\n",
    "x = \\\n 5\n",
    "@dec\nclass A:\n  x=1\n",
    "x=1\n  y=2\n",
    "x=not True\ny=~1\nz=-True\n",
    "(x)=1\n(self.y)=2\n",
    "x=y:=1\n",
    "match x:\n  case 1: pass\nmatch = 1\n",
    "x=b'a' b'\\xff'\n",
    "x=b'a' 'b'\n",
    "class A: pass\n",
    "x=1e400\nz=123456789012345678901234567890\n",
    "x=[1,[2,(3,{'k':'v'})]]\n",
    "x = {'a': 1, 'a': 2}\n",
    "\tx=1\n",
    "x=''\ny=''''''\nz=\"\"\n",
    "x=1\r\ny=2\r\n",
    "x=$\n",
    "x=(1\n",
    "x='a\n",
    "class A:\nx=1\n",
    "class A:\n\n  # c\n  a=1\n\n# c2\n  b=2\ny=3\n",
    "def f(a: int = {1:2}[1]) -> lambda: 1: pass\nx=1\n",
    "try:\n  x=1\nfinally:\n  y=1\nz=1\n",
    "for i in range(3): x=1\ny=2\n",
    "import os\nfrom a import b\nx=1\nprint(x)\nwith a as b: y=2\n",
    "x = 1if 1 else 2\ny=2\n",
    "",
]

TOML = [
    "a=1\nb='x'\n[c]\nd=[1,2.5,true]\n[c.e]\nf=1979-05-27T07:32:00Z\n[b2.z]\ny=1\n[a2]\nq={x=1,y='z'}\n",
    "z=1\ny=2\nx=3\n[m]\nb=1\na=2\n",
    "[[p]]\nn='a'\n[[p]]\nn='b'\n",
    "d=1979-05-27\nt=07:32:00\ndt=1979-05-27T07:32:00.5\no=1979-05-27T00:32:00-07:00\n",
    "a.b.c=1\na.d=2\n",
    "x=inf\ny=nan\nz=-inf\nw=1e10\nv=1_000\nu=0xff\n",
    "s='''\na\nb'''\nq=\"\"\"x\\ny\"\"\"\n",
    "a=\n",
    "a=1\na=2\n",
    "",
    "[x]\n[x.y]\nk=1\n[z]\n[x.w]\nj=2\n",
    "'quoted key'=1\n\"b\".c=2\n",
]

JSON = [
    '{"a": 1, "b": [1.5, null, true, "x\\u00e9\\n"], "a": 2}',
    "[]",
    "{}",
    "NaN",
    "[Infinity,-Infinity]",
    '{"a":1e400,"b":123456789012345678901234567890,"c":-0,"d":-0.0,"e":1E5}',
    '"\\ud83d\\ude00 \u00e9 \\u007f"',
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    "[1,]",
    "[1 2]",
    "01",
    "1.",
    "-",
    '"abc',
    '"a\nb"',
    '"\\x"',
    '"\\u12"',
    "tru",
    "",
    " \t\n[1]\t\n",
    "[1]\n x",
    '{"a":{"b":{"c":[[[]]]}}}',
    "{1:2}",
    "[1.0,2.50,100000.0,1e16,1e-5]",
]

INI = [
    "[core]\nremote = x\n",
    "[core]\n  a = 1,2\nb = 'x' # c\nc = \"a,b\"\nd =\ne = ''\nf = a # b\ng = a#b\nh = ,\ni = x,\n",
    "[core]\nfoo\n",
    "foo\nbar\n",
    "[a\nx=1\n",
    "['remote \"X\"']\nurl = y\n[core]\nk = v\n",
    "[a]\nx=1\nx=2\n",
    "[a]\n[a]\n",
    "[a]\ny='''m\nn''' # c\nz='''q'''\n",
    "[a]\nx = 'y\n",
    "[a]\nx = a 'b' c\n",
    "[a]\ny = \"a\" b\n",
    "[a]]\n",
    "[ A ]\nX = Y\n",
    "[a]\n=1\n",
    "[a]\nx : 1\n",
    "[a]\n\"k\" = 1\n'l m' = 2\n",
    "[a]\nx = '''a\n",
    "[a]\r\nx=1\r\n",
    "[a]\nx = a, 'b,c' , d # e\n",
    "[a]\nurl = s3://x/y#z\n",
    "[a]\nx = \"a\"b\"\n",
    "[a]\nx==1\n",
    "[a]\nx = # c\n",
    "# c\n[a]\n\nq = \" lead\"\nr = it's\ns = '\"q\"'\nt = \"a#b\"\nu = ''''it's \"x\"'''\n",
    "",
]


def tag(value: Any) -> Any:
    """Plain JSON as it is, everything else as in the golden files of YAML."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$int": str(value)}
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, bytes):
        return {"$bytes_hex": value.hex()}
    if isinstance(value, datetime.datetime):
        return {"$date": value.isoformat(" ")}
    if isinstance(value, (datetime.date, datetime.time)):
        return {"$date": value.isoformat()}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: tag(item) for key, item in value.items()}
        return {"$map": [[tag(key), tag(item)] for key, item in value.items()]}
    return [tag(item) for item in value]


def read_config(text: str) -> tuple[dict[str, Any], str]:
    config = ConfigObj(io.StringIO(text)).dict()
    sections = {}
    for name, section in config.items():
        sections[name.lower()] = {key.lower(): value for key, value in section.items()}
    written = {name: section for name, section in sections.items() if section}
    ordered = sorted(written.items(), key=lambda item: item[0].startswith("remote "))
    out = io.BytesIO()
    ConfigObj(dict(ordered)).write(out)
    return sections, out.getvalue().decode()


def case(text: str, read: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"input": text, **read(text)}
    except Exception as error:  # noqa: BLE001
        return {"input": text, "error": str(error)}


def python_case(text: str) -> dict[str, Any]:
    return {"value": tag(parse_py(text, "params.py"))}


def toml_case(text: str) -> dict[str, Any]:
    return {"value": tag(parse_toml(text, "params.toml"))}


def json_case(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return {
        "value": tag(value),
        "dump": json.dumps(value),
        "sorted": json.dumps(value, sort_keys=True),
        "pretty": json.dumps(value, indent=2, ensure_ascii=False),
    }


def ini_case(text: str) -> dict[str, Any]:
    sections, dump = read_config(text)
    return {"value": sections, "dump": dump}


def main() -> None:
    warnings.simplefilter("ignore")
    folder = pathlib.Path("tests/golden/text")
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts, read in (
        ("python_params", PYTHON, python_case),
        ("toml", TOML, toml_case),
        ("json", JSON, json_case),
        ("ini", INI, ini_case),
    ):
        cases = [case(text, read) for text in texts]
        (folder / f"{name}_cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
