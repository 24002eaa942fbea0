"""Runs a program in little memory of its own and says what that one took, as JSON on standard output.

    measure.py BYTES OUT ERR PROGRAM [ARGUMENT ...]

A process begins with the peak of the one that made it: asked from a Python with PyTorch loaded, the kernel's figure
would be that Python's. BYTES limits the address space; OUT and ERR become the program's standard output and error.
"""
import json
import os
import resource
import signal
import sys


def main() -> None:
    room, out, err, *command = sys.argv[1:]
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (int(room), int(room)))
        for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.execv(command[0], command)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    _, status, used = os.wait4(child, 0)
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "peak": used.ru_maxrss / 1024,
                      "seconds": used.ru_utime + used.ru_stime}))


main()
