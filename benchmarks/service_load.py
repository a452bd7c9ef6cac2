"""Throughput and latency of the service under load, beside the Inspector alone; overload; memory.

usage: python benchmarks/service_load.py [--seconds 60] [--clients 16]

Photos of 640×480 are drawn once. First the Inspector takes them one after the other in this process, with as
many threads as there are cores; then a server of `crackscope serve` on loopback takes the same photos from
many clients, each answer awaited before the next photo is sent. Then four times as many clients come at once:
what is refused has to be refused at once, and afterwards all has to be as before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from crackscope import Inspector, Photo
from crackscope.imaging.encode import jpeg_bytes
from crackscope.imaging.synthetic import draw_photo

PHOTOS = 24
START_LIMIT_S = 60.0
DIRECT_S = 15.0


@dataclass
class Load:
    """What clients saw."""

    seconds: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def drawn_photos() -> list[bytes]:
    return [
        jpeg_bytes(draw_photo(height=480, width=640, seed=seed, cracks=seed % 3).pixels)
        for seed in range(PHOTOS)
    ]


def direct(photos: list[bytes]) -> float:
    """Photos per second of the Inspector in this process."""
    inspector = Inspector()
    for content in photos[:4]:
        inspector.inspect(Photo.from_bytes(content))
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < DIRECT_S:
        inspector.inspect(Photo.from_bytes(photos[done % PHOTOS]))
        done += 1
    return done / (time.perf_counter() - started)


async def client(http: httpx.AsyncClient, photos: list[bytes], first: int, until: float, load: Load) -> None:
    number = first
    while time.perf_counter() < until:
        started = time.perf_counter()
        files = {"photo": (f"{number % PHOTOS}.jpg", photos[number % PHOTOS], "image/jpeg")}
        answer = await http.post("/v1/inspections", files=files)
        took = time.perf_counter() - started
        load.statuses[answer.status_code] += 1
        if answer.status_code == 201:
            load.seconds.append(took)
        else:
            load.refused_s.append(took)
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        number += 1


async def under_load(url: str, photos: list[bytes], clients: int, seconds: float) -> Load:
    load = Load()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=120.0, limits=limits) as http:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(client(http, photos, 7 * n, until, load) for n in range(clients)))
    return load


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB."""
    pids = [pid]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                pids.append(int(entry.name))
    total = 0
    for each in pids:
        try:
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


def row(name: str, load: Load, seconds: float) -> str:
    times = np.array(load.seconds) * 1000.0
    median, p95 = np.median(times), np.quantile(times, 0.95)
    refused = f"{len(load.refused_s)}"
    if load.refused_s:
        refused += f" in {np.median(load.refused_s) * 1000:.0f} ms (median)"
    statuses = dict(load.statuses)
    return (
        f"| {name} | {len(times) / seconds:.1f} | {median:.0f} | {p95:.0f} | {p95 / median:.2f} | {refused} |"
        f" {statuses} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    photos = drawn_photos()
    alone = direct(photos)
    print(f"Inspector alone, {os.cpu_count()} cores: {alone:.1f} photos/s")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(Path(sys.executable).parent / "crackscope"),
            "serve",
            "--port",
            str(port),
            "--store",
            folder,
        ]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + START_LIMIT_S
            while time.monotonic() < until:
                try:
                    httpx.get(f"{url}/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.2)
            asyncio.run(under_load(url, photos, options.clients, 5.0))
            before = memory_mb(server.pid)
            print("| load | photos/s | median, ms | p95, ms | p95 / median | refused | statuses |")
            print("|---|---|---|---|---|---|---|")
            steady = asyncio.run(under_load(url, photos, options.clients, options.seconds))
            print(row(f"{options.clients} clients", steady, options.seconds))
            print(row("64 clients", asyncio.run(under_load(url, photos, 64, 15.0)), 15.0))
            print(row("afterwards, 4 clients", asyncio.run(under_load(url, photos, 4, 10.0)), 10.0))
            after = memory_mb(server.pid)
            share = len(steady.seconds) / options.seconds / alone
            print(
                f"\n{share:.2f} of the Inspector alone; memory {before:.0f} MB before, {after:.0f} MB after"
            )
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


if __name__ == "__main__":
    main()
