"""What the benchmarks share: the servers they run, what those cost, and how it is told.

CPU time is read from the kernel, in ticks of 10 ms; a child's is its own and that of the children it waited for.
"""

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def fail(message, hint=None):
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    sys.exit(1)


def need(*programs):
    """Ends unless every program is there."""
    packages = {"docker-registry": "docker-registry", "ab": "apache2-utils", "cc": "gcc", "/usr/bin/time": "time"}
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        names = " ".join(packages.get(name, name) for name in missing)
        fail(f"`{missing[0]}` is not installed", f"apt-get install {names}")


def slipway():
    """The binary to measure, or `None` where only the peers are asked for (`--peers-only`)."""
    path = pathlib.Path(os.environ.get("SLIPWAY") or ROOT / ".build/release/slipway")
    if not os.access(path, os.X_OK):
        fail(f"there is no binary at `{path}`", "swift build -c release, set $SLIPWAY, or pass --peers-only")
    return str(path.resolve())


@contextlib.contextmanager
def workspace():
    """A directory on a real disk: `$BENCH_DIR`, or a temporary one that is removed."""
    with tempfile.TemporaryDirectory(prefix="slipway-bench-", dir=os.environ.get("BENCH_DIR")) as path:
        try:
            yield pathlib.Path(path)
        finally:
            # A builder that failed leaves its mounts, and a mounted directory cannot be removed.
            mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
            for mount in sorted((mount for mount in mounts if mount.startswith(path)), reverse=True):
                subprocess.run(["umount", "--lazy", mount])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cost:
    """Wall and CPU seconds, and the peak resident memory in MiB, of one piece of work."""

    def __init__(self, wall, cpu, memory):
        self.wall, self.cpu, self.memory = wall, cpu, memory

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory))


def median(costs):
    pick = lambda field: statistics.median(getattr(cost, field) for cost in costs)
    return Cost(pick("wall"), pick("cpu"), max(cost.memory for cost in costs))


def run(*command, **options):
    """Runs a program to its end and returns what it cost; ends the benchmark where it fails.

    GNU time starts it: a child of this large interpreter would count the interpreter's memory as its own.
    """
    words = [str(word) for word in command]
    with tempfile.NamedTemporaryFile("r") as usage, tempfile.TemporaryFile() as log:
        start = time.monotonic()
        status = subprocess.call(
            ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", usage.name, *words], stdout=log, stderr=log, **options)
        wall = time.monotonic() - start
        if status != 0:
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-4000:])
            fail(f"`{' '.join(words)}` ended with status {status}")
        user, system, memory = usage.read().split()
    return Cost(wall, float(user) + float(system), int(memory) / 1024)


class Server:
    """A program that runs beside the work, and what it costs meanwhile."""

    def __init__(self, command, log, environment=None):
        self.log = log
        self.process = subprocess.Popen(
            [str(word) for word in command], stdout=open(log, "wb"), stderr=subprocess.STDOUT,
            env=dict(os.environ, **(environment or {})))

    def wait_until(self, is_ready, what):
        for _ in range(3000):
            if self.process.poll() is not None:
                sys.stderr.write(pathlib.Path(self.log).read_text(errors="replace")[-4000:])
                fail(f"{what} ended when it should have started")
            if is_ready():
                return
            time.sleep(0.01)
        fail(f"{what} did not start within 30 seconds")

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        # utime and stime of the process, and of the children that it has waited for.
        return sum(int(field) for field in fields[11:15]) / TICKS

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    @contextlib.contextmanager
    def measured(self, costs):
        """Appends to `costs` what the server spends during the block; its wall time is the block's."""
        self.forget_peak()
        cpu, start = self.cpu(), time.monotonic()
        yield
        costs.append(Cost(time.monotonic() - start, self.cpu() - cpu, self.peak()))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def answers(host, path="/v2/"):
    try:
        connection = http.client.HTTPConnection(host, timeout=1)
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False


@contextlib.contextmanager
def peer_registry(folder):
    """Debian's docker-registry; gives the server and its host."""
    folder.mkdir(parents=True)
    host = f"127.0.0.1:{free_port()}"
    (folder / "config.yml").write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/storage}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '{host}'}}\n")
    server = Server(["docker-registry", "serve", folder / "config.yml"], folder / "log")
    try:
        server.wait_until(lambda: answers(host), "docker-registry")
        yield server, host
    finally:
        server.stop()


class Daemon(Server):
    """`slipway serve` on a directory of its own."""

    def __init__(self, binary, folder, *options):
        folder.mkdir(parents=True)
        self.binary, self.data = binary, folder / "data"
        self.host = f"127.0.0.1:{free_port()}"
        super().__init__(
            [binary, "serve", "--data", self.data, "--registry-address", self.host, *options], folder / "log")

    def command(self, *words):
        """The words of a `slipway` command that talks to this daemon."""
        return [self.binary, *words]

    def cli(self, *words):
        return run(*self.command(*words), env=dict(os.environ, SLIPWAY_DATA=str(self.data)))

    def api(self, path):
        """What the control API answers over the daemon's socket."""
        connection = SocketConnection(str(self.data / "slipway.sock"))
        connection.request("GET", "/api/v1" + path)
        return json.loads(connection.getresponse().read())

    def measured_cli(self, *words):
        """What a command costs here and in the daemon together; the wall time is the command's."""
        costs = []
        with self.measured(costs):
            client = self.cli(*words)
        return Cost(client.wall, client.cpu + costs[0].cpu, max(client.memory, costs[0].memory))


@contextlib.contextmanager
def daemon(binary, folder, *options):
    server = Daemon(binary, folder, *options)
    try:
        server.wait_until(
            lambda: (server.data / "slipway.sock").exists() and answers(server.host), "slipway serve")
        yield server
    finally:
        server.stop()


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket, kept open from request to request."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def architecture():
    return "amd64" if os.uname().machine == "x86_64" else "arm64"


def make_base(folder):
    """A base image of Debian's static busybox: `rootfs.tar`, and the same as an OCI layout in `layout`."""
    busybox = pathlib.Path("/bin/busybox")
    if not busybox.exists():
        fail("there is no `/bin/busybox`", "apt-get install busybox-static")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "rootfs.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ["bin", "etc", "tmp"]:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = busybox.stat().st_size, 0o755
        with busybox.open("rb") as content:
            tar.addfile(entry, content)
        shell = tarfile.TarInfo("bin/sh")
        shell.type, shell.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(shell)
    write_layout(folder / "layout", folder / "rootfs.tar")


def write_layout(folder, rootfs, config=None):
    """An OCI layout of one image, tagged `base`, whose one layer is a tar file."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    prefix = "application/vnd.oci.image."

    def blob(document, media_type):
        content = json.dumps(document).encode()
        digest = sha256(content)
        (blobs / digest.partition(":")[2]).write_bytes(content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    with open(rootfs, "rb") as content:
        digest = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
    link = blobs / digest.partition(":")[2]
    if not link.exists():
        os.link(rootfs, link)
    layer = {"mediaType": prefix + "layer.v1.tar", "digest": digest, "size": os.stat(rootfs).st_size}
    image = {
        "os": "linux", "architecture": architecture(), "config": config or {},
        "rootfs": {"type": "layers", "diff_ids": [digest]}, "history": [{"created_by": "bench"}],
    }
    manifest = {
        "schemaVersion": 2, "mediaType": prefix + "manifest.v1+json",
        "config": blob(image, prefix + "config.v1+json"), "layers": [layer],
    }
    top = blob(manifest, prefix + "manifest.v1+json")
    top["annotations"] = {"org.opencontainers.image.ref.name": "base"}
    index = {"schemaVersion": 2, "manifests": [top]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def publish(layout, name):
    """Copies a layout's image into a registry."""
    run("skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}:base", f"docker://{name}")


class Buildah:
    """buildah with a store of its own, on overlay where the disk can do it, else on vfs."""

    def __init__(self, folder):
        self.folder = folder
        probe = subprocess.run(
            ["buildah", *self.store("overlay", "probe"), "from", "scratch"], capture_output=True)
        self.driver = "overlay" if probe.returncode == 0 else "vfs"

    def store(self, driver, name="store"):
        root = self.folder / name
        return ["--root", root / "root", "--runroot", root / "run", "--storage-driver", driver]

    def __call__(self, command, *words):
        """What `buildah COMMAND` costs."""
        return run("buildah", *self.store(self.driver), command, *words)

    def build(self, *words):
        return self("bud", "--tls-verify=false", "-q", *words)

    def push(self, name):
        return self("push", "-q", "--tls-verify=false", name, f"docker://{name}")

    def forget(self):
        """Removes all images."""
        self("rmi", "--all", "--force")


def ratio(value, other):
    return f"{value / other:.2f}" if other else "–"


def table(heads, rows):
    """Prints rows in columns, the first one to the left and the others to the right."""
    lines = [heads] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())
    print(flush=True)
