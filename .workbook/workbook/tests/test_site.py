"""The site of the book: when it is built, and how it is served."""

import contextlib
import io
import os
import shutil
import threading
import urllib.error
import urllib.request
from unittest import mock

from workbook import site
from workbook.repository import Failure

from .tree import TreeTest

LOCK = '{"packages": {"": {}, "node_modules/vue": {"version": "%s"}, ' \
       '"node_modules/other": {"version": "1", "optional": true}}}'
NPM = """#!/bin/sh
echo "$*, offline: $npm_config_offline" >> ../called
case $1 in
  ci) mkdir -p node_modules && sed 's/, "node_modules.other.*/}}/' package-lock.json > node_modules/.package-lock.json ;;
  run) grep -q broken page.md && exit 1
       mkdir -p .vitepress/dist/source/02_epoll_module/src && cp page.md .vitepress/dist/index.html &&
       cp ../02_epoll_module/src/poll.cpp .vitepress/dist/source/02_epoll_module/src/poll.cpp.txt ;;
esac
"""
INSTALLS, BUILDS = "ci, offline: ", "run build, offline: true"


class Site(TreeTest):
    """With a program in npm's place that notes what it is asked for."""

    def setUp(self):
        super().setUp()
        self.write("docs/package-lock.json", LOCK % "1")
        self.page = self.write("docs/page.md", "one")
        self.write("bin/npm", NPM).chmod(0o755)
        self.path(f"{self.root / 'bin'}:{os.environ['PATH']}")

    def path(self, value: str) -> None:
        patch = mock.patch.dict(os.environ, PATH=value)
        patch.start()
        self.addCleanup(patch.stop)

    def asked(self) -> list[str]:
        """What npm is asked for by a build."""
        called = self.write("called", "")
        with contextlib.redirect_stdout(io.StringIO()):
            site.build(self.root)
        return called.read_text().splitlines()

    def test_packages_are_fetched_once_and_a_site_that_is_fresh_needs_no_npm(self):
        self.assertEqual(self.asked(), [INSTALLS, BUILDS])
        self.assertEqual(self.asked(), [])
        self.path("")
        site.build(self.root)

    def test_it_is_built_again_when_what_it_is_made_of_has_changed(self):
        self.asked()
        for file in ("docs/page.md", "docs/.vitepress/theme/new.css", "02_epoll_module/src/poll.cpp",
                     "02_epoll_module/tests/scenarios/1_new.scenario",
                     "02_epoll_module/tests/close_scenarios/1_new.scenario"):
            self.write(file, "changed")
            self.assertEqual(self.asked(), [BUILDS], file)
        self.header.write_text("no page links to it")
        self.write("docs/test/site_test.mjs", "no part of the site")
        self.assertEqual(self.asked(), [])
        shutil.rmtree(self.root / "docs/.vitepress/dist")
        self.assertEqual(self.asked(), [BUILDS])

    def test_packages_that_the_lock_file_no_longer_names_are_fetched_again(self):
        self.asked()
        self.write("docs/package-lock.json", LOCK % "2")
        self.assertEqual(self.asked(), [INSTALLS, BUILDS])

    def test_a_build_that_failed_is_not_taken_for_the_site(self):
        self.asked()
        self.page.write_text("broken")
        for _ in range(2):
            self.assertRaisesRegex(Failure, "could not be built", self.asked)
        self.page.write_text("one")
        self.assertEqual(self.asked(), [BUILDS])

    def test_without_node_it_says_what_to_install(self):
        self.path("")
        self.assertRaisesRegex(Failure, "apt-get install nodejs npm", self.asked)

    def test_it_is_served_on_the_loopback_address_alone(self):
        self.asked()
        with site.server(0, self.root) as serving, contextlib.ExitStack() as end:
            host, port = serving.server_address
            self.assertEqual(host, "127.0.0.1")
            threading.Thread(target=serving.serve_forever, args=(0.01,)).start()
            end.callback(serving.shutdown)
            with urllib.request.urlopen(f"http://{host}:{port}/") as answer:
                self.assertEqual(answer.read(), b"one")
            with self.assertRaisesRegex(urllib.error.HTTPError, "404"):
                urllib.request.urlopen(f"http://{host}:{port}/../../page.md")
            with self.assertRaisesRegex(Failure, f"port {port}: Address already in use. `--port 0`"):
                site.server(port, self.root)

    def test_other_words_than_a_port_are_refused(self):
        for words in (["--port"], ["8000"], ["--port", "x"], ["--port", "1", "2"]):
            self.assertRaisesRegex(Failure, "usage", site.serve, words)
