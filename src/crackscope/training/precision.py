"""Which numbers a training computes with."""

from __future__ import annotations

from typing import Literal

import torch


def computes_in_bf16(precision: Literal["auto", "fp32", "bf16"]) -> bool:
    """Say whether convolutions are computed in bfloat16, under automatic mixed precision.

    ``auto`` does so on a graphics card and on processors that multiply bfloat16 in hardware (AVX512-BF16 or
    AMX), where it more than doubles the speed; elsewhere it is emulated and slower.
    """
    if precision != "auto":
        return precision == "bf16"
    if torch.cuda.is_available():
        return True
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
