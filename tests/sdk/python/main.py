"""Runs the tests beside it, or those whose name contains an argument, and prints `ok NAME` or `not ok NAME` for each."""

import pathlib
import sys
import unittest


class Result(unittest.TextTestResult):
    """One line per test, as tests/sections/sdk.sh reads it."""

    def stopTest(self, test):
        super().stopTest(test)
        failed = any(of is test or getattr(of, "test_case", None) is test for of, _ in self.failures + self.errors)
        name = test.id().split(".", 1)[-1].replace(".test_", ": ").replace("_", " ")
        print(f"{'not ok' if failed else 'ok'} {name}", flush=True)


def flat(suite):
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from flat(part)
        else:
            yield part


tests = list(flat(unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent))))
wanted = sys.argv[1:]
suite = unittest.TestSuite(t for t in tests if not wanted or any(w in t.id() for w in wanted))
result = unittest.TextTestRunner(sys.stdout, resultclass=Result, verbosity=0).run(suite)
sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
