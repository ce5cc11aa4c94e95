"""What `Benchmarks/report --check` tests of itself: results are merged table by table, and the document is what they give."""

import json
import shutil
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

import document
import places
import plots
import results
import svg
import table
from table import Check, Report

THEN, NOW = "2001-02-03T04:05:06Z", "2002-03-04T05:06:07Z"


def run(time: str) -> dict:
    return dict(time=time, machine=dict(processor="abacus", cores=3, memory_gb=4, system="sand"), versions={"peer": time[:4]})


def report(name: str, value: float, **more) -> Report:
    made = Report(name, f"Title of {name}", ["system", "WER %"], **more)
    made.add("cueline", value)
    made.checks.append(Check(f"limit of {name}", value, "<=", 1))
    return made


class MergeTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        results.store(self.folder, "speech", [report("one", 0.25), report("two", 0.5)], run(THEN), True)

    def kept(self) -> dict:
        return {each["topic"]: (each["rows"][0][1], each["run"]) for each in results.load(self.folder, "speech")["tables"]}

    def test_a_run_of_a_part_leaves_the_other_tables_with_their_dates(self):
        results.store(self.folder, "speech", [report("two", 2.0), report("three", 3.0)], run(NOW), False)
        self.assertEqual(self.kept(), {"one": (0.25, THEN), "two": (2.0, NOW), "three": (3.0, NOW)})
        self.assertEqual(list(results.load(self.folder, "speech")["runs"]), [THEN, NOW])

    def test_a_whole_run_replaces_everything_and_forgets_the_older_run(self):
        results.store(self.folder, "speech", [report("two", 2.0)], run(NOW), True)
        self.assertEqual(self.kept(), {"two": (2.0, NOW)})
        self.assertEqual(list(results.load(self.folder, "speech")["runs"]), [NOW])

    def test_a_table_that_was_asked_to_be_smaller_is_not_kept(self):
        smaller = report("one", 9.0, partial=True)
        self.assertEqual(results.store(self.folder, "speech", [smaller, report("two", 2.0)], run(NOW), True), ["one"])
        self.assertEqual(self.kept(), {"one": (0.25, THEN), "two": (2.0, NOW)})

    def test_two_tables_of_one_name_are_refused(self):
        with self.assertRaises(ValueError):
            results.store(self.folder, "speech", [report("one", 1.0), report("one", 2.0)], run(NOW), False)

    def test_what_is_stored_reads_as_it_was(self):
        value = dict(rows=[[1, 2.5, None, "ä\n"], []], text="x" * 200, empty={}, deep=[dict(a=[dict(b=1)])])
        self.assertEqual(json.loads(results.dumped(value)), value)


class DocumentTests(unittest.TestCase):
    """On a copy of what is checked in."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "docs").mkdir()
        (self.folder / "Benchmarks").mkdir()
        shutil.copy(places.BENCHMARKS / "document.md", self.folder / "Benchmarks")
        shutil.copytree(places.KEPT, self.folder / "Benchmarks/results")
        document.write(self.folder)

    def change(self, topic: str, change) -> None:
        found = results.load(self.folder / "Benchmarks/results", topic)
        change(found)
        results.path(self.folder / "Benchmarks/results", topic).write_text(results.dumped(found) + "\n")

    def test_what_was_written_is_up_to_date_and_written_once(self):
        self.assertEqual(document.outdated(self.folder), [])
        self.assertEqual(document.write(self.folder), [])

    def test_a_changed_figure_is_noticed_in_the_document_and_in_its_picture(self):
        def raise_figure(found: dict) -> None:
            found["tables"][0]["rows"][0][found["tables"][0]["columns"].index("CPU s")] = 12.75
        self.change("speed", raise_figure)
        self.assertEqual(document.outdated(self.folder), ["docs/benchmarks.md", "docs/benchmarks/speed.svg"])
        self.assertEqual(document.write(self.folder), ["docs/benchmarks.md", "docs/benchmarks/speed.svg"])
        self.assertEqual(document.outdated(self.folder), [])

    def test_a_changed_date_is_noticed(self):
        def later(found: dict) -> None:
            table = found["tables"][0]
            found["runs"][NOW] = {**found["runs"].pop(table["run"]), "time": NOW}
            table["run"] = NOW
        self.change("shots", later)
        self.assertEqual(document.outdated(self.folder), ["docs/benchmarks.md"])

    def test_a_picture_that_somebody_drew_over_and_one_of_nothing_are_noticed(self):
        (self.folder / "docs/benchmarks/scene.svg").write_text("<svg/>")
        (self.folder / "docs/benchmarks/older.svg").write_text("<svg/>")
        self.assertEqual(document.outdated(self.folder), ["docs/benchmarks/older.svg", "docs/benchmarks/scene.svg"])
        document.write(self.folder)
        self.assertFalse((self.folder / "docs/benchmarks/older.svg").exists())

    def test_a_topic_that_the_prose_forgets_is_refused(self):
        prose = self.folder / "Benchmarks/document.md"
        prose.write_text(prose.read_text().replace("{{tables beats}}", ""))
        with self.assertRaisesRegex(ValueError, "tables beats"):
            document.made(self.folder)

    def test_every_stored_row_check_and_note_stands_in_the_document(self):
        lines = set((self.folder / "docs/benchmarks.md").read_text().split("\n"))
        for topic in results.load_all(self.folder / "Benchmarks/results").values():
            for each in topic["tables"]:
                self.assertLessEqual(set(table.text(each).split("\n")[3:]), lines, each["title"])

    def test_pictures_are_xml_with_a_title_and_words_and_keep_inside(self):
        kept = results.load_all(self.folder / "Benchmarks/results")
        for name, plot in [item for drawn in plots.pictures(kept).values() for item in drawn.items()]:
            root = xml.etree.ElementTree.fromstring(plot.svg())
            space = root.tag.removesuffix("svg")
            self.assertEqual((root.find(space + "title").text, root.find(space + "desc").text), (plot.title, plot.words()))
            for each in root.iter(space + "rect"):
                self.assertLessEqual(float(each.get("x", 0)) + float(each.get("width")), svg.WIDTH, name)


class PlotTests(unittest.TestCase):
    def plot(self, **column) -> svg.Bars:
        rows = [svg.Row("cueline", [4.5], True), svg.Row("slow & old", [4500.0]), svg.Row("none", [None])]
        return svg.Bars("Title", [svg.Column("ms", **column)], [svg.Group("", rows)])

    def widths(self, plot: svg.Bars) -> list:
        root = xml.etree.ElementTree.fromstring(plot.svg())
        return [float(each.get("width")) for each in root.iter() if each.get("class") in ("ours", "peer")]

    def test_bars_are_as_long_as_their_values_or_their_logarithms(self):
        ours, theirs = self.widths(self.plot())
        self.assertAlmostEqual(theirs / ours, 1000, delta=60)  # a tenth of a pixel of half a pixel
        ours, theirs = self.widths(self.plot(log=True))
        self.assertAlmostEqual(theirs / ours, 3.653 / 0.653, delta=0.02)

    def test_the_words_name_the_best_of_the_others_by_the_direction(self):
        rows = [svg.Row("cueline", [2.0], True), svg.Row("low", [1.0]), svg.Row("high", [3.0])]
        for better, best in (("lower", "low 1.0"), ("higher", "high 3.0")):
            words = svg.Bars("Title", [svg.Column("x", better)], [svg.Group("set", rows)]).words()
            self.assertEqual(words, f"Title. x, {better} is better: set: cueline 2.0, best other {best}.")

    def test_of_columns_of_one_name_the_first_is_drawn(self):
        found = plots.records(dict(columns=["system", "90 %", "90 %"], rows=[["cueline", 1, 2]]))
        self.assertEqual(found, [{"system": "cueline", "90 %": 1}])

    def test_halves_are_rounded_up(self):
        self.assertEqual(svg.Column("MB", digits=0).shown(4540.5), "4 541")
        self.assertEqual(svg.Column("MB", digits=1).shown(0.25), "0.3")
