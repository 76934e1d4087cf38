"""How much time and room the run of one notebook may take; the same for students and the grader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one run."""

    cell_seconds: float = 60
    """Wall time of a cell, and of the trials of one exercise; what takes longer is interrupted."""
    notebook_seconds: float = 120
    """Wall time of all cells together; what was not reached goes to the second look."""
    again_seconds: float = 10
    """Wall time, in a second look, of a cell that was interrupted in the first."""
    cpu_seconds: int = 300
    """Processor time of one process."""
    memory: int = 3 * 2**30
    """Address space of one process, in bytes."""
    processes: int = 64
    """Processes and threads; the kernel itself has about a dozen."""
    file_size: int = 32 * 2**20
    """Bytes in one file, and in each of the sandbox's folders."""
    output: int = 4_000_000
    """Bytes that one cell may send out of the kernel, results of trials not counted."""
    message: int = 16 * 2**20
    """Bytes of one message; a longer one is cut off by the socket."""

    def of_a_process(self) -> dict[str, int]:
        """What `setrlimit` gets to hear in the sandbox."""
        return self.of_an_open_process() | {
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": 256,
        }

    def of_an_open_process(self) -> dict[str, int]:
        """The same on a student's own machine, where other processes are none of our business."""
        return {"RLIMIT_AS": self.memory, "RLIMIT_CPU": self.cpu_seconds}
