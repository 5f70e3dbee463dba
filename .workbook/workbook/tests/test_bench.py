"""What `./workbook bench` measures, and how its figures come to the page."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workbook import bench, bench_plots
from workbook.bench_peers import FOREIGN, PEERS, Foreign, Peer


class Peers(unittest.TestCase):
    def test_one_that_is_not_installed_says_what_to_install(self):
        peer = Peer("a", ("echo",), needs="/nowhere/a.h", package="a-dev")
        self.assertEqual(peer.missing(), "apt-get install a-dev")
        self.assertEqual(Peer("b", ("echo",), needs="/", package="b-dev").missing(), "")
        self.assertEqual(Peer("ours", ("echo",), "a_target").missing(), "")

    def test_each_has_a_source_and_a_name_of_its_own(self):
        for peer in PEERS:
            if isinstance(peer, Foreign):
                self.assertTrue((FOREIGN / peer.source).exists(), peer.source)
        for kind in ("echo", "http"):
            names = [peer.name for peer in PEERS if kind in peer.kinds]
            self.assertEqual(len(names), len(set(names)))


class Page(unittest.TestCase):
    PAGE = "before\n<!-- bench: build -->\nold\n<!-- end bench -->\nafter\n"

    def filled(self, figures: dict | None) -> str:
        with tempfile.TemporaryDirectory() as path, mock.patch.object(bench_plots, "ROOT", Path(path)), \
                mock.patch("builtins.print"):
            if figures is not None:
                folder = Path(path) / "build" / "bench"
                folder.mkdir(parents=True)
                said = {"command": "./workbook bench build --rounds 2", **bench.machine(), "tables": figures}
                (folder / "build.json").write_text(json.dumps(said))
            return bench_plots.filled(self.PAGE)

    def test_a_section_without_figures_stays_as_it_was(self):
        self.assertEqual(self.filled(None), self.PAGE)

    def test_a_section_holds_the_command_and_its_figures(self):
        text = self.filled({"build": {"configure": [1.0, 3.0]}})
        self.assertIn("`./workbook bench build --rounds 2`", text)
        self.assertIn("| configure | 2.0 | 1.0 to 3.0 |", text)
        self.assertNotIn("old", text)
        self.assertTrue(text.startswith("before\n<!-- bench: build -->\n"))
        self.assertTrue(text.endswith("\n<!-- end bench -->\nafter\n"))


class Build(unittest.TestCase):
    def test_a_step_without_a_name_is_not_timed(self):
        steps = {"one": ["true"], "": ["true"], "two": ["true"]}
        with tempfile.TemporaryDirectory() as path, mock.patch.object(bench, "ROOT", Path(path)), \
                mock.patch.object(bench, "build_steps", lambda _: steps), mock.patch("builtins.print"):
            figures = bench.build(Path(path), 3)
        self.assertEqual({name: len(times) for name, times in figures["build"].items()}, {"one": 3, "two": 3})
