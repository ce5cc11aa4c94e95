"""A shell that runs the blocks of one document, one after the other, and ends with all that they started."""

import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import time

from chaos_stage import free_port

BLOCK_SECONDS = 300

# Reads the numbers of blocks from one pipe and tells of their ends by another; a block that fails ends the shell.
DRIVER = r"""
set -e -o pipefail
run_documents_wait() {
    for run_documents_try in $(seq 300); do
        kill -0 "$2" 2>/dev/null || break
        curl --output /dev/null "http://127.0.0.1:$1/health" 2>/dev/null && return
        sleep 0.1
    done
    echo "the service does not answer" >&2
    return 1
}
while read -r -u 8 run_documents_block run_documents_fails; do
    run_documents_status=0
    if [ "$run_documents_fails" = fails ]; then
        set +e
        (set -e; . "$RUN_DOCUMENTS/$run_documents_block.sh") >"$RUN_DOCUMENTS/$run_documents_block.out" 2>&1 </dev/null \
            8<&- 9>&-
        run_documents_status=$?
        set -e
    else
        . "$RUN_DOCUMENTS/$run_documents_block.sh" >"$RUN_DOCUMENTS/$run_documents_block.out" 2>&1 </dev/null 8<&- 9>&-
    fi
    echo "$run_documents_status" >&9
done
"""

# Stands before the program in PATH. A service's log is not what its commands print; where no port is given it gets a free one.
WRAPPER = """#!/bin/bash
if [ -n "$RUN_DOCUMENTS_SERVICE" ]; then
    port=$RUN_DOCUMENTS_SERVICE
    unset RUN_DOCUMENTS_SERVICE
    exec >>"$RUN_DOCUMENTS/service.log" 2>&1
    case " $* " in
        *" --port "*) ;;
        *) set -- "$@" --port "$port" ;;
    esac
    # Ends with the shell, however that ends.
    if command -v setpriv >/dev/null; then exec setpriv --pdeathsig TERM 'BINARY' "$@"; fi
fi
exec 'BINARY' "$@"
"""

SERVICE = re.compile(r"^\s*(?:\w+=\S+\s+)*cueline\s+(serve|worker)\b.*&$", re.DOTALL)


class Shell:
    """Blocks run in `folder`; their texts, outputs and the services' log lie in `notes`."""

    def __init__(self, folder, notes, binary, port):
        self.folder, self.notes, self.port = folder, notes, port
        (notes / "bin").mkdir(parents=True)
        (notes / "tmp").mkdir()
        wrapper = notes / "bin" / "cueline"
        wrapper.write_text(WRAPPER.replace("BINARY", binary))
        wrapper.chmod(0o755)
        # An HTTP error is a failure here, whether the document's commands ask for that or not.
        (notes / ".curlrc").write_text("fail-with-body\nsilent\n")
        orders, self.orders = os.pipe()
        self.ends, ends = os.pipe()

        # Whatever else is open here, the shell has its pipes at 8 and 9.
        script = notes / "driver"
        script.write_text(DRIVER)
        start = f"exec 8<&{orders} 9>&{ends} {orders}<&- {ends}>&-; exec bash --noprofile --norc {script}"
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        self.process = subprocess.Popen(
            [*guard, "bash", "-c", start], cwd=folder, env=self._environment(), pass_fds=(orders, ends),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(orders)
        os.close(ends)

    def _environment(self):
        kept = {"CUELINE_CACHE", "CUELINE_FFMPEG", "CUELINE_FFPROBE"}
        left_out = re.compile(r"^(CUELINE_|AUDIO_SEMANTIC_|AWS_|PG[A-Z]|BASH_ENV$|COLUMNS$|MAKE|MFLAGS$)")
        variables = {name: value for name, value in os.environ.items() if name in kept or not left_out.match(name)}
        return {**variables, "PATH": f"{self.notes / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TZ": "UTC",
                "TMPDIR": str(self.notes / "tmp"), "RUN_DOCUMENTS": str(self.notes),
                "CURL_HOME": str(self.notes), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, name, commands, fails=False):
        """Runs commands; gives their exit status (None: not in time) and what they printed."""
        (self.notes / f"{name}.sh").write_text(self._with_waiting(commands), encoding="utf-8")
        os.write(self.orders, f"{name} {'fails' if fails else ''}\n".encode())
        status = self._end()
        output = self.notes / f"{name}.out"
        return status, output.read_bytes().decode(errors="replace") if output.exists() else ""

    def _with_waiting(self, commands):
        """The commands, with a pause after each service that is started, until it answers."""
        lines, logical = [], []
        for line in commands.splitlines():
            logical.append(line)
            if line.endswith("\\"):
                continue
            text, logical = "\n".join(logical), []
            command = re.sub(r"\s+#.*$", "", text)
            service = SERVICE.match(command)
            if not service:
                lines.append(text)
                continue
            port = re.search(r"--port (\d+)", command)
            port = port[1] if port else self.port if service[1] == "serve" else free_port()
            lines += [f"export RUN_DOCUMENTS_SERVICE={port}", text, "unset RUN_DOCUMENTS_SERVICE",
                      f"run_documents_wait {port} $!"]
        return "\n".join(lines + logical) + "\n"

    def _end(self):
        deadline = time.monotonic() + BLOCK_SECONDS
        while time.monotonic() < deadline:
            if select.select([self.ends], [], [], 0.5)[0]:
                told = os.read(self.ends, 100)
                if told:
                    return int(told)
                # The shell has ended. What it started does not have the pipe.
                return self.process.wait(10)
        return None

    def service_log(self):
        log = self.notes / "service.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def close(self):
        """Ends everything that the blocks started."""
        os.close(self.orders)
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + 5
        while self._others() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.ends)

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass
        for process in self._others():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def _others(self):
        """Processes that have this shell's variables, itself left out."""
        mark, found = f"RUN_DOCUMENTS={self.notes}\0".encode(), []
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes() and int(path.parent.name) != self.process.pid:
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found
