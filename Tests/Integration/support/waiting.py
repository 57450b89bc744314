"""Waiting for something with a deadline: a test never sleeps to be right."""
import time


class DeadlineExceeded(AssertionError):
    pass


def until(condition, seconds, what, interval=0.02):
    """Returns the first true value of `condition()`; fails after `seconds`, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            what = what() if callable(what) else what
            raise DeadlineExceeded(f"waited {seconds} s in vain: {what}")
        time.sleep(interval)
