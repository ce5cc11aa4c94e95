"""Documents with something wrong in them: the runner has to say so, and where."""

import contextlib
import io
import pathlib
import tempfile

# Name, text, the line that has to be named, and words of the message.
WRONG = [
    ("a command that fails", "```sh\ntrue\nfalse\n```\n", 1, "exit status 1"),
    ("a command that fails in a pipe", "```sh\nfalse | cat\n```\n", 1, "exit status 1"),
    ("other output", "```sh\necho one\n```\n\n```text\ntwo\n```\n", 5, "no line was like"),
    ("more output", "```sh\nprintf 'one\\ntwo\\n'\n```\n\n```text\none\n```\n", 5, "order or number"),
    ("text without commands", "```text\none\n```\n", 1, "without commands"),
    ("text that says nothing", "```sh\necho one\n```\n```text\n…\n```\n", 4, "any output would do"),
    ("other JSON", "```sh\necho '{\"a\": [1, 2]}'\n```\n```json\n{\"a\": [1, 3]}\n```\n", 4, ".a[1] is not 3"),
    ("more JSON", "```sh\necho '{\"a\": 1, \"b\": 2}'\n```\n```json\n{\"a\": 1}\n```\n", 4, "b too"),
    ("no JSON", "<!-- file: a.json -->\n```json\n{\n```\n```sh\ncat a.json\n```\n", 2, "no JSON"),
    ("success where failure is meant", "<!-- fails with: 3 -->\n```sh\ntrue\n```\n", 2, "exit status 0, not 3"),
    ("another failure", "<!-- fails with: 3 -->\n```sh\nexit 4\n```\n", 2, "exit status 4, not 3"),
    ("Python that fails", "```python\nassert 1 == 2\n```\n", 1, "exit status 1"),
    ("a failure on a terminal", "<!-- columns: 80 -->\n```sh\nfalse\ntrue\n```\n", 2, "exit status 1"),
    ("an HTTP error", "```sh\ncueline serve --library lib &\ncurl localhost:8080/nothing\n```\n", 1, "exit status 22"),
    ("no info string", "Words.\n\n```\ntrue\n```\n", 3, "without an info string"),
    ("an unknown one", "```yaml\na: 1\n```\n", 1, "nothing runs a block of yaml"),
    ("no reason", "<!-- not run: -->\n```sh\ntrue\n```\n", 1, "without saying why"),
    ("a mark that is none", "<!-- notrun: why -->\n```sh\ntrue\n```\n", 1, "is no mark"),
    ("a mark with nothing below", "<!-- not run: why -->\n\n```sh\ntrue\n```\n", 1, "without a block"),
    ("an indented block", "Words.\n\n    true\n", 3, "indented block"),
    ("a block without an end", "```sh\ntrue\n", 1, "without an end"),
    ("a file that nothing uses", "<!-- file: a.txt -->\n```txt\na\n```\n", 2, "no later block uses a.txt"),
    ("other Swift", "```swift\nprint(1)\n```\n", 1, "examples/library/main.swift"),
    ("no such option", "Say `cueline analyze --quietly`.\n", 1, "has no --quietly"),
    ("no such subcommand", "Words.\n\nSay `cueline polish talk.mp3`.\n", 3, "cueline has no polish"),
    ("no such option where nothing runs", "<!-- not run: why -->\n```sh\ncueline gc --all\n```\n", 3, "has no --all"),
    ("no such target", "Say `make coffee`.\n", 1, "no target coffee"),
    ("a worker that does not start", "```sh\ncueline worker --library lib &\n```\n", 1, "does not answer"),
    ("a link to no heading", "# Words\n\nSee [this](document.md#word).\n", 3, "no heading word"),
    ("a link to nowhere", "See [this](nowhere.md).\n", 1, "there is no nowhere.md"),
    ("a service that does not start", "```sh\ncueline serve --library lib --host 0.0.0.0 &\n```\n", 1, "does not answer"),
]

# Everything that holds, in one document.
RIGHT = r"""
<!-- file: sums/a.json -->
```json
{"a": [1, 2, 3]}
```

```sh
kept=$(cat sums/a.json)
echo one; echo two; echo three
```

```text
one
…
th…e
```

```sh
echo "$kept"
```

```json
{"a": [1, "…"]}
```

```python
print(open("sums/a.json").read(), end="")
```

```text
{"a": …}
```

<!-- fails with: 7 -->
```sh
echo words >&2; exit 7
```

```text
words
```

<!-- columns: 50 -->
```sh
if [ -t 1 ]; then printf '10 %%\r\033[K'; stty size; fi
```

```text
50 50
```

<!-- not run: it would not end -->
```sh
sleep 1000000
```

```sh
sleep 4242.4242 &
cueline serve --library lib &
curl --silent --fail-with-body localhost:8080/health
```

```json
{"…": "…", "status": "ok"}
```
"""


def self_test(run_documents, binary):
    """Runs all of them; gives the exit status."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="cueline-documents-") as folder:
        for name, text, line, words in WRONG:
            wrong, said = _run(run_documents, binary, pathlib.Path(folder), text)
            if wrong != 1 or f":{line}: " not in said or words not in said:
                failures.append(f"{name}: line {line} and '{words}' are not in\n{said}")
        wrong, said = _run(run_documents, binary, pathlib.Path(folder), RIGHT)
        if wrong or "1 not run" not in said:
            failures.append(f"a document that holds:\n{said}")
        if any(b"4242.4242" in _command(path) for path in pathlib.Path("/proc").glob("[0-9]*")):
            failures.append("what a document started is still there")
    for failure in failures:
        print(f"run-documents: self-test: {failure}")
    print(f"run-documents: self-test: {len(WRONG) + 1 - len(failures)} of {len(WRONG) + 1} as they should be")
    return 1 if failures else 0


def _command(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _run(run_documents, binary, folder, text):
    document = folder / "document.md"
    document.write_text(text, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        wrong = run_documents([document], binary)
    return wrong, said.getvalue()
