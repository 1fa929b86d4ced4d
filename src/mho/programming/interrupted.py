"""A job that could not go on: what it has read and sent so far is kept."""

from .result import ProgramResult


class ProgramInterrupted(RuntimeError):  # noqa: N818 - named as Python names KeyboardInterrupt
    """The bench or the scheme failed; its error is the cause of this one.

    Args:
        message: What was being done, and what went wrong.
        result: The job so far. A read that failed is NaN.
    """

    def __init__(self, message: str, result: ProgramResult):
        super().__init__(message)
        self.result = result


class ProgramCancelled(KeyboardInterrupt):
    """Ctrl-C, with the job so far; whatever waits for a `KeyboardInterrupt` gets it.

    Args:
        result: The job so far. A read that failed is NaN.
    """

    def __init__(self, result: ProgramResult):
        super().__init__()
        self.result = result
