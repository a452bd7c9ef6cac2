import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource, sys
from crackscope.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    print(keep_freed_memory(), end=" ")
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    block = libc.malloc(64 << 20)
    ctypes.memset(block, 1, 64 << 20)
    libc.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _page_faults(argument: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, argument]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an option of the GNU C library")
def test_freed_memory_is_used_again_without_touching_new_pages():
    kept, faults = _page_faults("keep")
    if kept != "True":
        pytest.skip("the C library is not GNU's")
    (faults_otherwise,) = _page_faults("leave")
    assert int(faults) < int(faults_otherwise) / 5
