"""What is drawn of the tables: pictures by the names of their files, each made of the stored figures alone."""

from svg import Bars, Column, Group, Line, Lines, Row

OURS = "cueline"


def records(table: dict) -> list:
    """Rows as dictionaries by column; of columns of one name, the first."""
    return [{name: cell for name, cell in reversed(list(zip(table["columns"], row)))} for row in table["rows"]]


def groups(table: dict, columns: dict, name=lambda row: "", label=lambda row: row["system"], where=lambda row: True,
           ours=lambda label: label.startswith(OURS)) -> list:
    """Rows in their order, in groups by name; `columns` are those of the table, by name."""
    found = {}
    for row in records(table):
        if where(row):
            called = str(label(row))
            found.setdefault(name(row), []).append(Row(called, [row[column] for column in columns], ours(called)))
    return [Group(*each) for each in found.items()]


def bars(title: str, table: dict, columns: dict, *, note: str = "", **how) -> Bars:
    return Bars(title, list(columns.values()), groups(table, columns, **how), note)


def speech_words(tables: dict) -> Bars:
    columns = {"WER %": Column("word errors, %")}
    made = bars("Speech: word error rate with the same weights", tables["speech"], columns,
                name=lambda row: f"{row['set']}, {row['model']}", where=lambda row: row["set"] != "en120",
                note="en120, two minutes, is in the table. Peers are greedy, ours is as it comes.")
    if "speech in noise" in tables:
        made.groups += groups(tables["speech in noise"], columns, name=lambda row: "prompts-en in pink noise at +5 dB, tiny.en")
    return made


def speech_costs(tables: dict) -> Bars:
    return bars("Speech: what a transcript with word times costs, 331 s of prompts", tables["speech costs"],
                {"CPU s": Column("CPU seconds"), "peak MB": Column("peak memory, MB", digits=0)},
                name=lambda row: f"{row['model']}, {row['cores']} core{'s' * (row['cores'] > 1)}",
                where=lambda row: row["set"] == "prompts-en", note="From process start to result. The other sets are in the table.")


def speech_times(tables: dict) -> Bars:
    return bars("Speech: how far off the beginnings of words are", tables["speech times"],
                {"onset": Column("median, ms", log=True), "90 %": Column("90 % are within, ms", log=True)},
                name=lambda row: f"{row['truth']}, {row['model']}",
                note="Errors of words that were heard rightly, against the edges of prompts by level and against pocketsphinx.")


def speech_nothing(tables: dict) -> Bars:
    return bars("Speech: words heard in half an hour of music, effects, noise and silence", tables["speech nothing"],
                {"words": Column("words that nobody said", digits=0, log=True)}, name=lambda row: row["model"])


def scene(tables: dict) -> Bars:
    return bars("Scene: speech, music, silence, other", tables["scene"],
                {"macro-F1": Column("macro-F1", "higher", 3, top=1), "accuracy": Column("accuracy", "higher", 3, top=1),
                 "within 200 ms": Column("edges within 200 ms", "higher", 3, top=1)},
                name=lambda row: row["set"], note="The old rule with true speech is told where speech is.")


def scene_costs(tables: dict) -> Bars:
    return costs("Scene: speed and memory on one core, by length of the recording", tables["scene costs"])


def costs(title: str, table: dict) -> Bars:
    return bars(title, table, {"x real time": Column("times real time", "higher", 0, log=True),
                               "peak MB": Column("peak memory, MB", "lower", 0, log=True)},
                name=lambda row: f"{row['seconds']} s of sound", where=lambda row: row["peak MB"] is not None)


def beats(tables: dict) -> Bars:
    names = ("F", "CMLt", "AMLt", "downbeat F")
    return bars("Beats: found within 70 ms", tables["beats"], {name: Column(name, "higher", 3, top=1) for name in names},
                name=lambda row: row["set"], note="Tempo and phase right (CMLt); half, double and off-beat too (AMLt). "
                "aubio and Essentia give no downbeats; librosa's are every fourth beat.")


def beats_costs(tables: dict) -> Bars:
    return costs("Beats: speed and memory on one core, by length of the recording", tables["beat costs"])


def speed(tables: dict) -> Bars:
    return bars("Speed: 331 s of speech on one core, from start to result", tables["speed"],
                {"CPU s": Column("CPU seconds"), "peak MB": Column("peak memory, MB", digits=0)})


def long(tables: dict) -> Lines:
    rows = records(tables["long"])
    limit = max((check["limit"] for check in tables["long"]["checks"] if "above the models" in check["name"]), default=None)
    return Lines("Long recordings: memory by length, two cores", "peak memory, MB", [row["recording"] for row in rows],
                 [Line("all processes", [row["peak MB"] for row in rows]),
                  Line("above the models", [row["above the models"] for row in rows], kind="second")],
                 limits=[(limit, "required of memory above the models")] if limit else [])


def long_hour(tables: dict) -> Bars:
    return bars("Long recordings: the same hour on two cores", tables["long hour"],
                {"wall s": Column("seconds"), "CPU s": Column("CPU seconds", digits=0),
                 "peak MB": Column("peak memory, MB", digits=0)},
                label=lambda row: row["system"].replace("faster-whisper, Silero, librosa, inaSpeechSegmenter", "four peers in turn"),
                note="Four peers in turn: faster-whisper with Silero's filter, librosa, inaSpeechSegmenter's network.")


def service(tables: dict) -> Bars:
    columns = {"p50 ms": Column("half of the answers, ms", log=True), "p99 ms": Column("99 of 100, ms", log=True)}

    def connections(count: int) -> str:
        return f"{count} connection{'s' * (count > 1)}"

    made = Bars("Service: how long answers take", list(columns.values()), [])
    if "service" in tables:
        made.groups += groups(tables["service"], columns, name=lambda row: "a timeline that is kept",
                              label=lambda row: connections(row["connections"]), ours=lambda label: True)
    if "service upload" in tables:
        hits = {"hit p50 ms": None, "hit p99 ms": None}
        made.groups += groups(tables["service upload"], hits, name=lambda row: "the same, beside an upload (8 connections)",
                              label=lambda row: row["phase"], where=lambda row: row["hit p50 ms"] is not None,
                              ours=lambda label: True)
    if "service clips" in tables:
        made.groups += groups(tables["service clips"], columns, name=lambda row: "a minute out of a long timeline",
                              label=lambda row: f"{row['way']}, {connections(row['connections'])}")
    return made


def shots(tables: dict) -> Bars:
    return bars("Shot lists: a sequence of clips over many recordings", tables["shots"],
                {"p50 ms": Column("half of the answers, ms"), "max ms": Column("slowest, ms")},
                label=lambda row: row["way"].split(":")[0].split(", which")[0],
                note="The older way parses each recording's JSON for a list; ours is asked over HTTP.")


def fleet(tables: dict) -> Bars:
    return bars("A fleet: one hour divided among workers, on two cores", tables["fleet"], {"wall s": Column("seconds")},
                label=lambda row: f"{row['workers']} worker{'s' * (row['workers'] > 1)}", ours=lambda label: True)


def queue(tables: dict) -> Bars:
    rounds = [Group(f"round {row['round']}", [Row(OURS, [row["cueline jobs/s"]], True), Row("pgbench", [row["pgbench jobs/s"]])])
              for row in records(tables["queue"])]
    return Bars("A fleet: durable claim and end of jobs", [Column("jobs a second", "higher", 0)], rounds,
                "pgbench sends the same statements, one trip to the server more.")


def formats(tables: dict) -> Bars:
    table = tables["formats"]
    limits = {check["name"].split()[0]: check["limit"] for check in table["checks"]}
    columns = {f"{name} ms": Column(f"{title}, ms", top=limits.get(name, 1) * 1.2, limit=limits.get(name))
               for name, title in (("median", "median"), ("p95", "95 % are within"))}
    return bars("Formats: starts of events against the WAV of the same sound", table, columns,
                label=lambda row: row["format"], ours=lambda label: True)


# File, topic, the table that it cannot do without, what draws it.
PICTURES = (
    ("speech-words", "speech", "speech", speech_words), ("speech-times", "speech", "speech times", speech_times),
    ("speech-costs", "speech", "speech costs", speech_costs), ("speech-nothing", "speech", "speech nothing", speech_nothing),
    ("scene", "scene", "scene", scene), ("scene-costs", "scene", "scene costs", scene_costs),
    ("beats", "beats", "beats", beats), ("beats-costs", "beats", "beat costs", beats_costs),
    ("speed", "speed", "speed", speed), ("long", "long", "long", long), ("long-hour", "long", "long hour", long_hour),
    ("service", "service", "service", service), ("shots", "shots", "shots", shots),
    ("fleet", "fleet", "fleet", fleet), ("queue", "fleet", "queue", queue), ("formats", "formats", "formats", formats))


def pictures(kept: dict) -> dict:
    """By topic and file name, of those tables that there are."""
    made = {}
    for file, topic, needed, draw in PICTURES:
        tables = {table["topic"]: table for table in kept.get(topic, {}).get("tables", [])}
        if needed in tables and tables[needed]["rows"]:
            made.setdefault(topic, {})[file] = draw(tables)
    return made
