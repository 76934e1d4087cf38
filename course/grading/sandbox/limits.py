"""How much of the machine one submission may use."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one sandbox."""

    exercise_seconds: float = 20
    """Wall time of an answer cell, and of the trials of one exercise."""
    cpu_seconds: int = 120
    """Processor time of one process."""
    memory: int = 3 * 2**30
    """Address space of one process, in bytes."""
    processes: int = 64
    """Processes and threads; the kernel itself has about a dozen."""
    file_size: int = 32 * 2**20
    """Bytes in one file, and in each of the sandbox's folders."""
    output: int = 2_000_000
    """Bytes that one cell may send to the grader, results of trials not counted."""
    message: int = 16 * 2**20
    """Bytes of one message; a longer one is cut off by the socket."""

    def of_a_process(self) -> dict[str, int]:
        """What `setrlimit` gets to hear."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": 256,
        }

    def as_dict(self) -> dict[str, float]:
        """For a job that goes to another process."""
        return asdict(self)
