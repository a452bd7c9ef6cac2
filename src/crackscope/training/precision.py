"""Which numbers a training computes with."""

from __future__ import annotations

from typing import Literal

import torch


def computes_in_bf16(precision: Literal["auto", "fp32", "bf16"]) -> bool:
    """Say whether convolutions are computed in bfloat16, under automatic mixed precision.

    ``auto`` does so where the graphics card, or without one the processor, multiplies bfloat16 in hardware
    (AVX512-BF16, AMX or Arm's BF16); elsewhere it is emulated and slower. An older torch that cannot say what
    the processor has computes in float32.
    """
    if precision != "auto":
        return precision == "bf16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
