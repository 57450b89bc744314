"""What a test needs of the machine: skipped without it on a developer's machine, failed in CI."""
import os
import shutil

import pytest


def need(condition, why):
    if not condition:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def need_root():
    need(os.geteuid() == 0, "needs root")


def need_tools(*names):
    for name in names:
        need(shutil.which(name), f"needs {name}")
