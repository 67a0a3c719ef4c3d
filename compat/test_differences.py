"""The known differences: one test each, named as in differences.py, that shows DVC's behaviour and ours."""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import differences  # noqa: E402
import servers  # noqa: E402
from sides import base_env, sides  # noqa: E402


def both(context, script):
    """Plays a script under both and returns what it returned for each."""
    with sides(context) as tools:
        results = {}
        for name, tool in (("dvc", tools.dvc), ("pivot", tools.pivot)):
            def run(side, name=name):
                results[name] = script(side)
            tools.play(run, name, tool)
        return results["dvc"], results["pivot"]


def test_the_page_is_up_to_date_and_every_row_has_its_test(_):
    assert differences.PAGE.read_text() == differences.page(), "run: python3 compat/differences.py"
    missing = [name for name, *_ in differences.DIFFERENCES if f"test_{name}" not in globals()]
    assert not missing, missing


def test_float_digits(context):
    def script(s):
        s.write("params.yaml", "fl: 5.454930000000001e-10\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo a > a\n    params: [fl]\n    outs: [a]\n  b:\n    cmd: echo b > b\n    params: [fl]\n    outs: [b]\n")
        s.run("repro", "-q")
        return s.read("dvc.lock").count("5.454930000000001e-10"), s.run("status", "--json").out
    dvc, pivot = both(context, script)
    assert dvc[0] == 1 and "modified" in dvc[1], dvc
    assert pivot == (2, "{}\n"), pivot


def test_run_cache_params(context):
    def script(s):
        s.write("make.sh", "cp params.yaml out\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: sh make.sh\n    deps: [make.sh]\n    params: [train]\n    outs: [out]\n")
        s.write("params.yaml", "train: {size: 1}\n")
        s.run("repro", "-q")
        s.write("params.yaml", "train: {size: 2}\n")
        s.run("repro", "-q")
        return s.read("out")
    dvc, pivot = both(context, script)
    assert dvc == "train: {size: 1}\n", dvc
    assert pivot == "train: {size: 2}\n", pivot


TWO_STAGES = "stages:\n  good:\n    cmd: echo 1 > good\n    outs: [good]\n  bad:\n    cmd: exit 1\n    deps: [good]\n    outs: [bad]\n"


def test_gitignore_on_failure(context):
    def script(s):
        s.write("dvc.yaml", TWO_STAGES)
        s.run("repro", "-q")
        return s.read(".gitignore") if s.exists(".gitignore") else None
    assert both(context, script) == (None, "/good\n")


def test_outputs_on_failure(context):
    def script(s):
        s.write("src", "1\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: grep 1 src > out\n    deps: [src]\n    outs: [out]\n")
        s.run("repro", "-q")
        s.write("src", "2\n")
        code = s.run("repro", "-q").code
        return code, s.read("out") if s.exists("out") else None
    dvc, pivot = both(context, script)
    assert dvc == (255, ""), dvc
    assert pivot == (255, "1\n"), pivot


def test_dates_in_params(context):
    def script(s):
        s.write("params.yaml", "d: 2020-01-02\np: 1\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    params: [p, d]\n    outs: [o]\n")
        return s.run("repro", "-q").code, s.run("status", "--json").out
    dvc, pivot = both(context, script)
    assert dvc[0] == 255, dvc
    assert pivot == (0, "{}\n"), pivot


def test_edits_keep_formatting(context):
    text = 'stages:\n    one:\n        cmd: "echo  1"   # said twice\n        outs: [ "o" ]\n'

    def script(s):
        s.write("dvc.yaml", text)
        s.run("freeze", "one")
        frozen = s.read("dvc.yaml")
        s.run("unfreeze", "one")
        return frozen, s.read("dvc.yaml")
    dvc, pivot = both(context, script)
    assert text.replace("stages:\n", "") not in dvc[1], dvc
    assert pivot[1] == text, pivot
    assert pivot[0] == text + "        frozen: true\n", pivot


def start(context, program, folder, *argv):
    env = base_env(folder.parent)
    return subprocess.Popen([str(program), *argv], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path, seconds=20):
    deadline = time.time() + seconds
    while not path.exists():
        assert time.time() < deadline, f"{path.name} did not appear"
        time.sleep(0.01)


def test_sigterm_ends_the_stage(context):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    alive = {}

    def run(s, program):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo $$ > pid && exec sleep 30\n    outs: [o]\n")
        process = start(context, program, s.root, "repro")
        wait_for(s.root / "pid")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        pid = int(s.read("pid"))
        still = os.path.exists(f"/proc/{pid}")
        if still:
            os.kill(pid, signal.SIGKILL)
        return still, process.returncode, (s.root / ".dvc/tmp/rwlock").read_text()

    with sides(context) as tools:
        for name, tool, program in (("dvc", tools.dvc, context.dvc), ("pivot", tools.pivot, tools.pivot.path)):
            def script(s, name=name, program=program):
                alive[name] = run(s, program)
            tools.play(script, name, tool)
    assert alive["dvc"][0] is True and alive["dvc"][2] != "{}", alive["dvc"]
    assert alive["pivot"][0] is False, alive["pivot"]
    assert alive["pivot"][1] == -signal.SIGTERM, alive["pivot"]
    assert alive["pivot"][2] == "{}", alive["pivot"]


def test_interrupts_reach_the_stage(context):
    if context.dvc is None:
        raise context.skip("DVCENV names no environment with real DVC")
    ends = {}

    def run(s, program):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo $$ > pid && exec sleep 1.5\n    outs: [pid]\n"
                            "  b:\n    cmd: echo b > b\n    deps: [pid]\n    outs: [b]\n")
        process = start(context, program, s.root, "repro")
        wait_for(s.root / "pid")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        return process.returncode, (s.root / "b").exists()

    with sides(context) as tools:
        for name, tool, program in (("dvc", tools.dvc, context.dvc), ("pivot", tools.pivot, tools.pivot.path)):
            def script(s, name=name, program=program):
                ends[name] = run(s, program)
            tools.play(script, name, tool)
    assert ends["dvc"] == (0, True), ends["dvc"]
    assert ends["pivot"] == (255, False), ends["pivot"]


def test_busy_locks_are_waited_for(context):
    import fcntl
    codes = {}

    def run(s, program):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n")
        with open(s.root / ".dvc/tmp/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = start(context, program, s.root, "repro")
            time.sleep(7)
            early = process.poll()
        process.communicate(timeout=60)
        return early, process.returncode

    with sides(context) as tools:
        for name, tool, program in (("dvc", tools.dvc, context.dvc), ("pivot", tools.pivot, tools.pivot.path)):
            def script(s, name=name, program=program):
                codes[name] = run(s, program)
            tools.play(script, name, tool)
    assert codes["pivot"] == (None, 0), codes
    assert codes["dvc"][1] == 255, codes


def test_stable_order(context):
    names = ["z", "m", "a", "q"]

    def script(s):
        s.write("dvc.yaml", "stages:\n" + "".join(f"  {n}:\n    cmd: echo {n} > {n}\n    outs: [{n}]\n" for n in names))
        out = s.run("repro", *sorted(names)).out
        return [line.split("'")[1] for line in out.splitlines() if line.startswith("Running")]
    dvc, pivot = both(context, script)
    assert sorted(dvc) == sorted(names), dvc
    assert pivot == names, pivot


def test_modes_are_kept(context):
    def script(s):
        s.write("run.sh", "#!/bin/sh\n", mode=0o755)
        s.run("add", "-q", "run.sh")
        return (s.root / "run.sh").stat().st_mode & 0o777
    assert both(context, script) == (0o744, 0o755)


def test_dry_run(context):
    def script(s):
        s.write("src", "1\n")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp src out\n    deps: [src]\n    outs: [out]\n")
        s.run("repro", "-q")
        s.write("src", "2\n")
        return s.run("repro", "--dry").out
    dvc, pivot = both(context, script)
    assert "is cached" in dvc and "Running stage 'a'" in dvc, dvc
    assert "is cached" not in pivot and "Running stage 'a'" in pivot, pivot


def test_stages_that_never_ran(context):
    def script(s):
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: cp src out\n    deps: [src]\n    outs: [out]\n")
        done = s.run("repro", "--allow-missing")
        return done.code, "didn't change" in done.out, "src" in done.err
    assert both(context, script) == ((0, True, False), (255, False, True))


def test_failing_first_runs(context):
    def script(s):
        s.write("a", "1\n")
        done = s.run("stage", "add", "-n", "s", "-d", "a", "-o", "b", "--run", "exit 3")
        return done.code, "exited with 3" in done.err, s.exists(".gitignore"), "  s:" in s.read("dvc.yaml")
    assert both(context, script) == ((255, True, False, True), (255, True, True, True))


def test_missing_links(context):
    def script(s):
        s.run("config", "cache.type", "hardlink")
        s.write("a", "1\n")
        s.run("add", "-q", "a")
        done = s.run("unprotect", "nothing", "a")
        return done.code, "can't unprotect non-existing data 'nothing'" in done.err, (s.root / "a").stat().st_nlink
    dvc, pivot = both(context, script)
    assert dvc[:2] == (255, True) and pivot == (1, True, 1), (dvc, pivot)


MD5_OF_1 = "b026324c6904b2a9cb4b88d6d61c81d1"


def test_damaged_objects(context):
    def script(s, damage):
        s.write("f", "1\n")
        s.run("add", "-q", "f")
        path = s.root / f".dvc/cache/files/md5/{MD5_OF_1[:2]}/{MD5_OF_1[2:]}"
        time.sleep(0.03)  # more than a tick of the file system's clock
        path.chmod(0o644)
        path.write_text(damage)
        path.chmod(0o444)
        s.remove("f")
        done = s.run("checkout", "f.dvc")
        return done.code, s.read("f") if s.exists("f") else None, path.exists(), str(path) in done.err
    for damage in ("damaged\n", "X\n"):  # of another size, of the same
        assert both(context, lambda s: script(s, damage)) == ((0, damage, True, False), (255, None, False, True))


def test_paths_that_lead_out(context):
    def script(s):
        s.write("f", "1\n")
        s.write("d/f", "1\n")
        s.run("add", "-q", "f", "d")
        tree = s.root / ".dvc/cache/files/md5/d7/51713988987e9331980363e24189ce.dir"
        tree.parent.mkdir()
        tree.write_text('[{"md5": "%s", "relpath": "../escaped"}]' % MD5_OF_1)
        tree.chmod(0o444)
        s.write("e.dvc", "outs:\n- path: e\n  md5: d751713988987e9331980363e24189ce.dir\n  hash: md5\n")
        codes = [s.run("checkout", "e.dvc").code]
        outside = s.root.parent / f"outside-{s.name}"
        outside.mkdir()
        s.remove("d")
        (s.root / "d").symlink_to(outside)
        codes.append(s.run("checkout", "-f", "d.dvc").code)
        return codes, s.exists("escaped"), len(list(outside.iterdir()))
    assert both(context, script) == (([0, 0], True, 1), ([255, 255], False, 0))


def test_unrecorded_outputs(context):
    def script(s):
        s.write("f", "1\n")
        s.write("o", "1\n")
        s.run("add", "-q", "f")
        s.write("dvc.yaml", "stages:\n  a:\n    cmd: echo 1 > o\n    outs: [o]\n")
        done = s.run("checkout", "a")
        return done.code, done.err.splitlines()[1:], s.exists("o")
    dvc, pivot = both(context, script)
    assert dvc[:2] == pivot[:2] and dvc[0] == 255, (dvc, pivot)
    assert (dvc[2], pivot[2]) == (False, True)


def test_colons_in_targets(context):
    def script(s):
        s.write("a:b", "1\n")
        s.run("add", "-q", "a:b")
        return s.run("status", "a:b.dvc").code, s.run("remove", "a:b.dvc").code, s.exists("a:b.dvc")
    assert both(context, script) == ((1, 1, True), (0, 0, False))


def test_paths_in_messages(context):
    def script(s):
        s.write("m.json", '{"a":')
        s.write("dvc.yaml", "metrics: [m.json]\n")
        return s.run("metrics", "show", "--json").out
    dvc, pivot = both(context, script)
    assert "/../m.json', JSON file structure" in dvc, dvc
    assert dvc.replace("../", "") == pivot, pivot


def test_merges_of_deletions(context):
    def script(s):
        for name, files in (("before", "12"), ("ours", "13"), ("theirs", "14")):
            if s.exists("d"):
                s.remove("d")
            for file in files:
                s.write(f"d/{file}", file)
            s.run("add", "d", "-q")
            s.write(name, s.read("d.dvc"))
        return s.run("git-hook", "merge-driver", "--ancestor", "before", "--our", "ours", "--their", "theirs").code, "nfiles: 3" in s.read("ours")
    dvc, pivot = both(context, script)
    assert dvc == (255, False), dvc
    assert pivot == (0, True), pivot


def test_failures_name_files(context):
    def script(s):
        s.write("m.json", '{"a":')
        s.write("p.csv", b"a,b\n\xff,1\n")
        s.write("dvc.yaml", "metrics: [m.json]\nplots: [p.csv]\n")
        return s.run("metrics", "show").err, s.run("plots", "show").err
    dvc, pivot = both(context, script)
    assert dvc[0] == "DVC failed to load some metrics for following revisions: ''.\n" and pivot[0] == dvc[0] + "  m.json: unable to read: 'm.json', JSON file structure is corrupted\n", pivot
    assert "p.csv" not in dvc[1] and "  p.csv: unable to read: 'p.csv', is not valid utf8\n" in pivot[1], pivot


def test_partial_push(context):
    def script(s):
        for name in ("a", "b"):
            s.write(f"d/{name}", name)
        s.run("add", "-q", "d")
        s.run("remote", "add", "-q", "-d", "k", "k")
        s.run("push", "-q", "d/a")
        return s.run("push").out
    dvc, pivot = both(context, script)
    assert dvc == "Everything is up to date.\n", dvc
    assert pivot == "1 file pushed\n", pivot


def test_import_paths(context):
    def script(s):
        s.write("../outside-paths/f", "f")
        s.write("sub/x", "")
        code = s.run("import-url", "../outside-paths/f", "sub/g").code
        s.remove("../outside-paths")
        return code, "path: ../../outside-paths/f" in s.read("sub/g.dvc") if code == 0 else False
    dvc, pivot = both(context, script)
    assert dvc == (1, False), dvc
    assert pivot == (0, True), pivot


def test_imports_from_their_source(context):
    def script(s):
        s.write("../outside-source/f", "f")
        s.run("import-url", "../outside-source/f")
        for path in (".dvc/cache", "f"):
            s.remove(path)
        pulled = s.run("pull")
        s.write("../outside-source/f", "other")
        for path in (".dvc/cache", "f"):
            if s.exists(path):
                s.remove(path)
        again = s.run("pull")
        s.remove("../outside-source")
        return pulled.code, again.code, s.exists("f")
    dvc, pivot = both(context, script)
    assert pivot == (0, 1, False), pivot
    assert dvc == (1, 1, False), dvc


def test_updates_to_remote(context):
    def script(s):
        s.write("../outside-update/f", "f")
        s.run("remote", "add", "-q", "-d", "k", "k")
        s.run("import-url", "-q", "--to-remote", "../outside-update/f")
        s.write("../outside-update/f", "longer")
        s.run("update", "-q", "--to-remote", "f.dvc")
        s.run("pull", "-q")
        out = s.run("status").out
        s.remove("../outside-update")
        return "changed checksum" in out
    dvc, pivot = both(context, script)
    assert dvc is True, dvc
    assert pivot is False, pivot


def versioned(context, name, script):
    """Plays a script under both, each with a bucket that keeps versions."""
    server = servers.s3_server()
    if server is None or not servers.has_plugin(context.dvc, "dvc_s3"):
        raise context.skip("moto or dvc_s3 is not installed")
    buckets = iter((f"{name}-a", f"{name}-b"))

    def with_remote(s):
        bucket = next(buckets)
        server.versioned_bucket(bucket)
        s.run("remote", "add", "-q", "-d", "store", f"s3://{bucket}/wt")
        s.run("remote", "modify", "-q", "store", "endpointurl", server.url)
        s.run("remote", "modify", "-q", "store", "version_aware", "true")
        return script(s, dict(server.ENV), lambda: [key for key, _, _ in server.versions(bucket)])
    return both(context, with_remote)


def test_parts_of_versioned_folders(context):
    def script(s, env, _):
        s.write("d/a", "a\n")
        s.write("d/b", "b\n")
        s.run("add", "-q", "d")
        assert s.run("push", "-q", "d/a", env=env).code == 0
        record = s.read("d.dvc")
        return record.count("version_id"), "relpath: b" in record
    assert versioned(context, "parts", script) == ((1, False), (1, True))


def test_versions_of_unchanged_files(context):
    def script(s, env, keys):
        s.write("in", "1\n")
        s.write("dvc.yaml", "stages:\n  s:\n    cmd: mkdir -p o && echo same > o/x\n    deps: [in]\n    outs: [o]\n")
        for text in ("1\n", "2\n"):
            s.write("in", text)
            s.run("repro", "-q")
            assert s.run("push", "-q", env=env).code == 0
        assert "version_id" in s.read("dvc.lock")
        return keys().count("wt/o/x")
    assert versioned(context, "unchanged", script) == (2, 1)


def test_modes_of_versioned_files(context):
    def script(s, env, _):
        s.write("f", "#!/bin/sh\n")
        (s.root / "f").chmod(0o755)
        s.run("add", "-q", "f")
        before = "isexec: true" in s.read("f.dvc")
        assert s.run("push", "-q", env=env).code == 0
        return before, "isexec: true" in s.read("f.dvc")
    assert versioned(context, "modes", script) == ((True, False), (True, True))


def test_settings_of_show_url(context):
    def script(s):
        s.write("../source-shown/d", "d\n")
        for argv in (("git", "init", "-q"), ("git", "commit", "-q", "--allow-empty", "-m", "empty")):
            subprocess.run(argv, cwd=s.root.parent / "source-shown", check=True, env=base_env(s.root.parent), capture_output=True)
        s.run("init", "-q", cwd="../source-shown")
        s.run("add", "-q", "d", cwd="../source-shown")
        s.run("remote", "add", "-q", "-d", "r", "/nonexistent/own", cwd="../source-shown")
        for argv in (("git", "add", "-A"), ("git", "commit", "-q", "-m", "data")):
            subprocess.run(argv, cwd=s.root.parent / "source-shown", check=True, env=base_env(s.root.parent), capture_output=True)
        s.write("config", "[core]\n    remote = cfg\n['remote \"cfg\"']\n    url = /from/config\n")
        shown = s.run("get", "--show-url", "../source-shown", "d", "--config", "config").out
        s.remove("../source-shown")
        return "/".join(shown.split("/")[:3])
    assert both(context, script) == ("/nonexistent/own", "/from/config")


def test_url_outs_of_failing_stages(context):
    server = servers.s3_server()
    if server is None or not servers.has_plugin(context.dvc, "dvc_s3"):
        raise context.skip("moto or dvc_s3 is not installed")
    buckets = iter(("url-out-a", "url-out-b"))

    def script(s):
        bucket = next(buckets)
        server.versioned_bucket(bucket)
        server.put(f"/{bucket}/out", "old")
        s.run("remote", "add", "-q", "far", f"s3://{bucket}")
        s.run("remote", "modify", "-q", "far", "endpointurl", server.url)
        s.write("dvc.yaml", "stages:\n  s:\n    cmd: exit 1\n    outs:\n    - remote://far/out:\n        cache: false\n")
        code = s.run("repro", "-q", env=dict(server.ENV)).code
        return code, server.request("GET", f"/{bucket}/out")[0]
    assert both(context, script) == ((255, 404), (255, 200))


def test_versions_stay_while_a_new_one_is_made(context):
    def script(s, env, _):
        s.write("f", "one\n")
        s.run("add", "-q", "f")
        assert s.run("push", "-q", env=env).code == 0
        s.write("f", "two, longer\n")
        s.run("add", "-q", "f")
        assert s.run("push", "-q", env=env).code == 0
        server = servers.s3_server()
        bucket = "newer-a" if s.name.startswith("dvc") else "newer-b"
        text = server.request("GET", f"/{bucket}?versions")[1].decode()
        return text.count("<DeleteMarker>"), text.count("<Version>")
    assert versioned(context, "newer", script) == ((1, 2), (0, 2))
