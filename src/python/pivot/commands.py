"""Shell commands inside stages."""

from __future__ import annotations

import os
import subprocess
import sys

_QUIET_START = {"bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"], "fish": ["--no-config"]}


def shell(*commands: str) -> None:
    """Runs commands one after the other as those of a dvc.yaml are run: by $SHELL, without its start-up files.

    The stage ends with the exit code of the first that fails."""
    program = os.environ.get("SHELL") or "/bin/sh"
    for command in commands:
        sys.stdout.flush()
        code = subprocess.run(
            [program, *_QUIET_START.get(os.path.basename(program), []), "-c", command], check=False
        ).returncode
        if code:
            print(f"pivot: the command ended with {code}: {command}", file=sys.stderr)
            raise SystemExit(code if code > 0 else 128 - code)
