"""Storage behind fsspec, for the remotes whose protocols the engine doesn't speak itself (gs, azure, webdav, ...).

Start: like a host (_protocol.py), but with `pivot._remote`; frames are those of that protocol too. The process ends
when its socket does.

    {"request": "open", "scheme": str, "url": str, "options": {name: text}, "jobs": int}
        -> {"reply": "open", "error": str?, "hint": str?}
    {"id": int, "op": "info"|"get"|"put"|"remove"|"folder"|"walk", "path": str, ...}       path: below the URL, or ""
        -> {"id": int, "last": true, ...}, {"id": int, "last": true, "error": str, "absent": bool}; several at a time

    info     -> "type": "file"|"directory", "size": int?, "etag": str?
    get      "fds": 1, "etag": str?, a file open for reading and writing that takes the content; what is in it
             already is the beginning, if the storage's etag is still the given one ("", none: it will be checked)
    put      "from": str, an absolute local path; the target is seen when all of it is there
    remove   a file that isn't there is fine
    folder   -> "entries": [[path, size?, is_dir, etag]]: what lies right in it
    walk     -> "entries" of all files below, in several replies; the last one has "last": true
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit

from pivot._protocol import Channel

_TRIES = 4
_BATCH = 1000
_PIECE = 1 << 20
_RANGE = 16 << 20
_SECRETS = ("password", "token", "secret", "key", "connection_string", "credential")


class Refused(Exception):
    """The storage can't be opened; `hint` says what would help."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Storage:
    """A file system and the place in it that the URL names. `atomic`: a file is seen when all of it is there."""

    #: parts of files can be read for what they cost
    ranges = True

    def __init__(self, fs: Any, root: str, atomic: bool) -> None:
        self.fs, self.root, self.atomic = fs, root.rstrip("/"), atomic
        self._folders: set[str] = set()

    def at(self, path: str) -> str:
        return "/".join(part for part in (self.root, path) if part)

    def info(self, path: str) -> dict[str, Any]:
        found = self.fs.info(self.at(path))
        return {"type": found.get("type", "file"), "size": found.get("size"), "etag": _etag(found)}

    def get(self, path: str, descriptor: int, etag: str) -> None:
        """A try that follows a broken one, of this process or of an earlier one, goes on where that stopped."""
        start = os.fstat(descriptor).st_size
        if start > 0 and self.get_rest(path, descriptor, start, etag):
            return
        os.ftruncate(descriptor, 0)
        self.get_all(path, descriptor)

    def get_all(self, path: str, descriptor: int) -> None:
        self.fs.get_file(self.at(path), f"/dev/fd/{descriptor}")

    def get_rest(self, path: str, descriptor: int, start: int, etag: str) -> bool:
        """False when it has to be begun anew: the content is another, or the storage knows no ranges."""
        found = self.fs.info(self.at(path))
        size = found.get("size")
        if not self.ranges or size is None or start > size or (etag and _etag(found) != etag):
            return False
        while start < size:
            piece = self.fs.cat_file(self.at(path), start=start, end=min(start + _RANGE, size))
            if not piece:
                return False
            _write_at(descriptor, piece, start)
            start += len(piece)
        return True

    def put(self, source: str, path: str) -> None:
        target = self.at(path)
        if self.atomic:
            self.send(source, target)
            return
        folder = target.rpartition("/")[0]
        self.make_folder(folder)
        temporary = f"{folder}/{uuid.uuid4().hex}.tmp".lstrip("/" if not folder else "")
        try:
            self.send(source, temporary)
            self.move(temporary, target)
        except BaseException:
            with contextlib.suppress(Exception):
                self.fs.rm_file(temporary)
            raise

    def send(self, source: str, target: str) -> None:
        self.fs.put_file(source, target)

    def move(self, source: str, target: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(target)
        self.fs.mv(source, target)

    def make_folder(self, folder: str) -> None:
        if folder and folder not in self._folders:
            self.fs.makedirs(folder, exist_ok=True)
            self._folders.add(folder)

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self.at(path))

    def folder(self, path: str) -> list[list[Any]]:
        place = self.at(path)
        entries = []
        for found in self.fs.ls(place, detail=True):
            name = found["name"].strip("/")
            if name != place.strip("/"):  # some list the folder itself
                entries.append([self.below(name), found.get("size"), found.get("type") == "directory", _etag(found)])
        return entries

    def below(self, name: str) -> str:
        root = self.root.strip("/")
        return name[len(root) + 1 :] if root and name.startswith(root + "/") else name

    def walk(self, path: str) -> Iterator[list[list[Any]]]:
        """Level by level, the folders of one level at the same time."""
        level = [path]
        with ThreadPoolExecutor(8) as pool:
            while level:
                below: list[str] = []
                for entries in pool.map(self._folder_if_any, level):
                    below += [entry[0] for entry in entries if entry[2]]
                    files = [entry for entry in entries if not entry[2]]
                    if files:
                        yield files
                level = below

    def _folder_if_any(self, path: str) -> list[list[Any]]:
        try:
            return retried(lambda: self.folder(path))
        except FileNotFoundError:
            return []


class ObjectStorage(Storage):
    """Names are flat there: one listing gives all that starts alike."""

    def walk(self, path: str) -> Iterator[list[list[Any]]]:
        try:
            found = retried(lambda: self.fs.find(self.at(path) + "/", detail=True))
        except FileNotFoundError:
            return
        entries = [[self.below(name.strip("/")), info.get("size"), False, _etag(info)] for name, info in found.items()]
        for start in range(0, len(entries), _BATCH):
            yield entries[start : start + _BATCH]


class WebDav(Storage):
    def make_folder(self, folder: str) -> None:
        """One request for each folder that is not known yet; only when that fails its parents are looked at."""
        if not folder or folder in self._folders:
            return
        from webdav4.client import ResourceAlreadyExists, ResourceConflict  # type: ignore[import-not-found]

        for _ in range(2):
            try:
                self.fs.client.mkdir(folder)
            except ResourceAlreadyExists:
                pass
            except ResourceConflict:
                self.make_folder(folder.rpartition("/")[0])
                continue
            break
        self._folders.add(folder)

    def send(self, source: str, target: str) -> None:
        with open(source, "rb") as file:
            self.fs.client.upload_fileobj(file, target, overwrite=True, size=os.fstat(file.fileno()).st_size)

    def move(self, source: str, target: str) -> None:
        self.fs.client.move(source, target, overwrite=True)

    def get_rest(self, path: str, descriptor: int, start: int, etag: str) -> bool:
        headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
        if etag and not etag.startswith("W/"):
            headers["If-Range"] = f'"{etag}"'
        client = self.fs.client
        url = client.join_url(self.at(path))
        with client.http.stream("GET", url, headers=headers, follow_redirects=True) as answer:
            if answer.status_code == 404:
                raise FileNotFoundError(path)
            if answer.status_code >= 400 and answer.status_code != 416:
                answer.raise_for_status()
            if answer.status_code != 206 or not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                return False  # all of it, or more than there is: from the beginning
            for piece in answer.iter_raw(_PIECE):
                _write_at(descriptor, piece, start)
                start += len(piece)
        return True

    def get_all(self, path: str, descriptor: int) -> None:
        with open(f"/dev/fd/{descriptor}", "wb") as file:
            try:
                self.fs.client.download_fileobj(self.at(path), file, chunk_size=_PIECE)
            except _client_errors(self.fs) as error:
                raise FileNotFoundError(path) from error


class Drive(Storage):
    #: a part costs a request for all of the file
    ranges = False


def _write_at(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        offset += written
        view = view[written:]


def _etag(info: dict[str, Any]) -> str:
    return str(info.get("etag") or "").strip('"')


def _client_errors(fs: Any) -> tuple[type[BaseException], ...]:
    from webdav4.client import ResourceNotFound  # type: ignore[import-not-found]

    return (ResourceNotFound,)


def _is_true(options: dict[str, str], name: str, otherwise: bool = False) -> bool:
    return options[name].lower() == "true" if name in options else otherwise


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _open_gs(url: str, options: dict[str, str]) -> Storage:
    import gcsfs  # type: ignore[import-not-found]

    token = "anon" if _is_true(options, "allow_anonymous_login") else options.get("credentialpath")
    fs = gcsfs.GCSFileSystem(
        skip_instance_cache=True, use_listings_cache=False, token=token,
        **_present(project=options.get("projectname"), endpoint_url=options.get("endpointurl")),
    )  # fmt: skip
    return ObjectStorage(fs, url.partition("://")[2], atomic=True)


def _open_azure(url: str, options: dict[str, str]) -> Storage:
    import adlfs  # type: ignore[import-not-found]

    names = ("connection_string", "account_name", "account_key", "sas_token", "tenant_id", "client_id", "client_secret")
    given = {name: options[name] for name in names if options.get(name)}
    for name, variable in (
        ("connection_string", "CONNECTION_STRING"),
        ("account_name", "ACCOUNT"),
        ("account_key", "KEY"),
        ("sas_token", "SAS_TOKEN"),
    ):
        if name not in given and os.environ.get(f"AZURE_STORAGE_{variable}"):
            given[name] = os.environ[f"AZURE_STORAGE_{variable}"]
    if "connection_string" not in given and "account_name" not in given:
        raise Refused(
            "Azure needs a connection_string or an account_name",
            "pivot remote modify --local NAME account_name ACCOUNT",
        )
    numbers = {
        name: int(options[name]) for name in ("timeout", "read_timeout", "connection_timeout") if name in options
    }
    fs = adlfs.AzureBlobFileSystem(
        skip_instance_cache=True,
        use_listings_cache=False,
        anon=_is_true(options, "allow_anonymous_login"),
        **given,
        **numbers,
    )
    return ObjectStorage(fs, url.partition("://")[2], atomic=True)


def _open_oss(url: str, options: dict[str, str]) -> Storage:
    import ossfs  # type: ignore[import-not-found]

    fs = ossfs.OSSFileSystem(
        key=options.get("oss_key_id") or os.environ.get("OSS_ACCESS_KEY_ID"),
        secret=options.get("oss_key_secret") or os.environ.get("OSS_ACCESS_KEY_SECRET"),
        endpoint=options.get("oss_endpoint") or os.environ.get("OSS_ENDPOINT"),
        use_listings_cache=False,
    )
    return ObjectStorage(fs, url.partition("://")[2], atomic=True)


def _open_webdav(url: str, options: dict[str, str]) -> Storage:
    from webdav4.fsspec import WebdavFileSystem  # type: ignore[import-not-found]

    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "webdavs" else "http"
    user = options.get("user") or (unquote(parts.username) if parts.username else None)
    password = options.get("password")
    if _is_true(options, "ask_password") and not password:
        raise Refused(
            "ask_password needs a terminal that this process doesn't have",
            "pivot remote modify --local NAME password PASSWORD",
        )
    headers: dict[str, str] = {}
    auth: Any = None
    if options.get("bearer_token_command"):
        auth = _bearer_auth(options["bearer_token_command"], int(options.get("timeout", 30)))
    elif options.get("token"):
        headers["Authorization"] = f"Bearer {options['token']}"
    elif user:
        auth = (user, password or "")
    elif options.get("custom_auth_header"):
        headers[options["custom_auth_header"]] = password or ""
    verify: Any = options.get("ssl_verify", "true")
    verify = {"true": True, "false": False}.get(verify.lower(), verify)
    certificate: Any = options.get("cert_path")
    if certificate and options.get("key_path"):
        certificate = (certificate, options["key_path"])
    host = parts.hostname or ""
    # From the server's root on, so that the folder that the URL names can be made too.
    base = f"{scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}"
    fs = WebdavFileSystem(
        base,
        auth=auth,
        headers=headers,
        cert=certificate,
        verify=verify,
        timeout=int(options.get("timeout", 30)),
        skip_instance_cache=True,
    )
    return WebDav(fs, unquote(parts.path).strip("/"), atomic=False)


def _bearer_auth(command: str, timeout: int) -> Any:
    """A token by a command: asked anew when the server doesn't take it any more."""
    import shlex
    import subprocess

    import httpx  # type: ignore[import-not-found]

    class BearerAuth(httpx.Auth):
        token = ""
        lock = threading.Lock()

        def renew(self, old: str) -> str:
            with self.lock:
                if self.token == old:
                    done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=timeout)
                    if done.returncode != 0 or not done.stdout.strip():
                        raise PermissionError(f"bearer_token_command ended with {done.returncode} and gave no token")
                    self.token = done.stdout.strip()
                return self.token

        def auth_flow(self, request: Any) -> Iterator[Any]:
            token = self.token or self.renew("")
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code == 401:
                request.headers["Authorization"] = f"Bearer {self.renew(token)}"
                yield request

    return BearerAuth()


def _open_hdfs(url: str, options: dict[str, str]) -> Storage:
    import pyarrow  # type: ignore[import-not-found] # noqa: F401
    from fsspec.implementations.arrow import HadoopFileSystem  # type: ignore[import-not-found]

    parts = urlsplit(url)
    fs = HadoopFileSystem(
        host=parts.hostname or "default", port=parts.port or 0, user=options.get("user") or parts.username,
        kerb_ticket=options.get("kerb_ticket"), replication=int(options.get("replication", 3)),
    )  # fmt: skip
    return Storage(fs, parts.path, atomic=False)


def _open_webhdfs(url: str, options: dict[str, str]) -> Storage:
    import requests  # type: ignore[import-not-found,import-untyped] # noqa: F401
    from fsspec.implementations.webhdfs import WebHDFS  # type: ignore[import-not-found]

    parts = urlsplit(url)
    secure = _is_true(options, "use_https")
    port = parts.port or 50070
    more: dict[str, Any] = _present(
        user=options.get("user") or parts.username,
        password=options.get("password"),
        token=options.get("token"),
        proxy_to=options.get("proxy_to"),
    )
    if options.get("kerberos_principal"):
        more["kerb_kwargs"] = {"principal": options["kerberos_principal"]}
    if options.get("data_proxy_target"):
        more["data_proxy"] = {
            f"{'https' if secure else 'http'}://{parts.hostname}:{port}/webhdfs/v1": options["data_proxy_target"]
        }
    fs = WebHDFS(
        host=parts.hostname,
        port=port,
        kerberos=_is_true(options, "kerberos"),
        use_https=secure,
        skip_instance_cache=True,
        **more,
    )
    verify = options.get("ssl_verify", "true")
    fs.session.verify = {"true": True, "false": False}.get(verify.lower(), verify)
    return Storage(fs, parts.path, atomic=False)


def _open_gdrive(url: str, options: dict[str, str]) -> Storage:
    from pydrive2.fs import GDriveFileSystem  # type: ignore[import-not-found]

    service = _is_true(options, "gdrive_use_service_account")
    credentials = options.get("gdrive_service_account_json_file_path" if service else "gdrive_user_credentials_file")
    from_variable = os.environ.get("GDRIVE_CREDENTIALS_DATA")
    if not (credentials or from_variable):
        raise Refused(
            "Google Drive needs credentials: there is no browser to ask for them",
            "set gdrive_use_service_account with gdrive_service_account_json_file_path, "
            "or gdrive_user_credentials_file",
        )
    root = url.partition("://")[2].rstrip("/")
    fs = GDriveFileSystem(
        root, client_id=options.get("gdrive_client_id"), client_secret=options.get("gdrive_client_secret"),
        use_service_account=service,
        client_user_email=options.get("gdrive_service_account_user_email"),
        client_json_file_path=credentials, client_json=from_variable,
        profile=options.get("profile"), trash_only=_is_true(options, "gdrive_trash_only"),
        acknowledge_abuse=_is_true(options, "gdrive_acknowledge_abuse"),
    )  # fmt: skip
    return Drive(fs, root, atomic=False)


#: scheme -> (how to open it, what pip installs for it)
SCHEMES: dict[str, tuple[Callable[[str, dict[str, str]], Storage], str]] = {
    "gs": (_open_gs, "gcsfs"), "azure": (_open_azure, "adlfs"), "oss": (_open_oss, "ossfs"),
    "webdav": (_open_webdav, "webdav4[fsspec]"),
    "webdavs": (_open_webdav, "webdav4[fsspec]"), "hdfs": (_open_hdfs, "pyarrow fsspec"),
    "webhdfs": (_open_webhdfs, "requests fsspec"),
    "gdrive": (_open_gdrive, "pydrive2[fsspec]"),
}  # fmt: skip


def open_storage(scheme: str, url: str, options: dict[str, str]) -> Storage:
    if scheme not in SCHEMES:
        raise Refused(f"{scheme}:// is no storage that fsspec is asked for here")
    opener, packages = SCHEMES[scheme]
    try:
        return opener(url, options)
    except ImportError as error:
        raise Refused(
            f"{scheme}:// takes a Python package that {sys.executable} does not have ({error})",
            f"{sys.executable} -m pip install '{packages}', "
            "or name another interpreter: pivot config python.interpreter PATH",
        ) from error


class _Patience:
    """Whether waiting has been in vain: a request had no answer in all of its tries, and no other one had any since."""

    exhausted = False


def retried(action: Callable[[], Any]) -> Any:
    """Again with growing pauses, unless trying again can't help."""
    for attempt in range(1, _TRIES + 1):
        try:
            result = action()
        except (FileNotFoundError, PermissionError, NotImplementedError, TypeError):
            raise
        except Exception as error:
            if attempt == _TRIES and _status_of(error) is None:
                _Patience.exhausted = True
            if attempt == _TRIES or _Patience.exhausted or not _may_pass(error):
                raise
            time.sleep(0.2 * 4 ** (attempt - 1))
        else:
            _Patience.exhausted = False
            return result
    return None


def _status_of(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    for holder in (error, response):
        for name in ("status_code", "status", "code"):
            status = getattr(holder, name, None)
            if isinstance(status, int):
                return status
    return None


def _may_pass(error: BaseException) -> bool:
    status = _status_of(error)
    return status is None or not 400 <= status < 500 or status in (408, 423, 425, 429)


class Server:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._sending = threading.Lock()
        self._secrets: list[str] = []

    def serve(self) -> None:
        request = self.channel.receive()
        if request is None:
            return
        options = {name: str(value) for name, value in request["options"].items()}
        self._secrets = [
            value
            for name, value in options.items()
            if len(value) > 3 and any(part in name for part in _SECRETS) and "path" not in name
        ]
        password = urlsplit(request["url"]).password if "@" in request["url"] else None
        self._secrets += [password] if password else []
        try:
            storage = open_storage(request["scheme"], request["url"], options)
        except Refused as error:
            self.send({"reply": "open", "error": str(error), "hint": error.hint})
            return
        except Exception as error:
            self.send({"reply": "open", "error": self.text_of(error)})
            return
        self.send({"reply": "open"})
        pool = ThreadPoolExecutor(max(1, int(request["jobs"])))
        while (request := self.channel.receive()) is not None:
            pool.submit(self.answer, storage, request, self.channel.take_descriptors(request.get("fds", 0)))

    def answer(self, storage: Storage, request: dict[str, Any], descriptors: list[int]) -> None:
        reply: dict[str, Any] = {"id": request["id"], "last": True}
        try:
            reply.update(self.perform(storage, request, descriptors) or {})
        except FileNotFoundError:
            reply.update(error="it is not there", absent=True)
        except Exception as error:
            reply.update(error=self.text_of(error), absent=False)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self.send(reply)

    def perform(self, storage: Storage, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any] | None:
        operation, path = request["op"], request["path"]
        if operation == "get":
            return retried(lambda: storage.get(path, descriptors[0], request.get("etag", "")))
        if operation == "put":
            return retried(lambda: storage.put(request["from"], path))
        if operation == "info":
            return retried(lambda: storage.info(path))
        if operation == "remove":
            return retried(lambda: storage.remove(path))
        if operation == "folder":
            return {"entries": retried(lambda: storage.folder(path))}
        for entries in storage.walk(path):
            self.send({"id": request["id"], "last": False, "entries": entries})
        return None

    def send(self, message: dict[str, Any]) -> None:
        with self._sending:
            self.channel.send(message)

    def text_of(self, error: BaseException) -> str:
        """In one line, without what nobody else is to see."""
        text = f"{type(error).__name__}: {error}".split("\n")[0]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def main(descriptor: int) -> None:
    os.set_inheritable(descriptor, False)
    sys.path[:] = [
        entry for entry in sys.path if entry and entry != os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    ]
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        Server(Channel(socket.socket(fileno=descriptor))).serve()
    os._exit(0)  # what is still under way is at places that nobody looks at
