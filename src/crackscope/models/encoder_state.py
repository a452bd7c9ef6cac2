"""Give a network's encoder weights that go by its own names, or by those of the library it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class UnfitStateError(ValueError):
    """Weights that are not this encoder's.

    Parameters
    ----------
    first : str
        Name of the first weight that is missing or of another shape.
    unfit, needed : int
        How many are, of how many.
    """

    def __init__(self, first: str, *, unfit: int, needed: int) -> None:
        super().__init__(f"{unfit} of {needed} weights missing or of another shape, first {first}")
        self.first, self.unfit, self.needed = first, unfit, needed


def fill_encoder(
    network: nn.Module, state: Mapping[str, Tensor], *, partial: bool = False
) -> tuple[str, ...]:
    """Load the encoder's weights from a state dict; what it holds beyond them is left out.

    Parameters
    ----------
    network : torch.nn.Module
        Its `encoder_parts` name the modules that make up its encoder.
    state : mapping
        Tensors under the network's own names, or under those without the encoder module's (``features.0.…``
        for ``encoder.features.0.…``); half-precision weights are widened.
    partial : bool
        Let what is not there keep its fresh values, as long as half of the encoder's weights are. A batch
        norm whose convolution is not there keeps its fresh values, too: its statistics are of other outputs.

    Returns
    -------
    tuple of str
        Names of the encoder's weights that kept their fresh values.

    Raises
    ------
    UnfitStateError
        If a weight is missing or of another shape; the network is as it was.
    """
    own = _encoder_state(network)
    found = _by_own_names(network, state, own)
    needed = [name for name in own if not name.endswith(".num_batches_tracked")]  # many files leave it out
    missing = [name for name in needed if name not in found]
    misshapen = [name for name in needed if name in found and found[name].shape != own[name].shape]
    if partial:
        orphans = _norms_without_convolution(network, missing)
        found = {name: value for name, value in found.items() if name.rpartition(".")[0] not in orphans}
        missing = [name for name in needed if name not in found]
    if misshapen or (2 * len(missing) > len(needed) if partial else missing):
        unfit = sorted((*missing, *misshapen), key=needed.index)
        raise UnfitStateError(unfit[0], unfit=len(unfit), needed=len(needed))
    network.load_state_dict({name: value.to(own[name].dtype) for name, value in found.items()}, strict=False)
    return tuple(missing)


def fill_decoder(network: nn.Module, state: Mapping[str, Tensor]) -> bool:
    """Load what else a network shares with one that has the same encoder, if all of it fits.

    Parameters
    ----------
    network : torch.nn.Module
        Its `decoder_parts`, if it has any, name the modules to fill.
    state : mapping
        Tensors under the other network's names: those of the parts without the parts' own, or the same.

    Returns
    -------
    bool
        Whether they were filled; if not, the network is as it was.
    """
    parts = tuple(f"{part}." for part in getattr(network, "decoder_parts", ()))
    own = {name: value for name, value in network.state_dict().items() if name.startswith(parts)}
    found = _by_short_names(own, state, parts)
    if not own or any(name not in found or found[name].shape != value.shape for name, value in own.items()):
        return False
    network.load_state_dict(found, strict=False)
    return True


def without_parts(network: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name the encoder's weights of a network's state as the library does that the encoder comes from."""
    return {
        name.removeprefix(part): value
        for part in _parts(network)
        for name, value in state.items()
        if name.startswith(part)
    }


def _parts(network: nn.Module) -> tuple[str, ...]:
    return tuple(f"{part}." for part in cast(Sequence[str], network.encoder_parts))


def _encoder_state(network: nn.Module) -> dict[str, Tensor]:
    parts = _parts(network)
    return {name: value for name, value in network.state_dict().items() if name.startswith(parts)}


def _by_own_names(
    network: nn.Module, state: Mapping[str, Tensor], own: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Choose the way of naming under which more of the encoder is found."""
    as_they_are = {name: state[name] for name in own if name in state}
    stripped = _by_short_names(own, state, _parts(network))
    return as_they_are if len(as_they_are) >= len(stripped) else stripped


def _by_short_names(
    own: Mapping[str, Tensor], state: Mapping[str, Tensor], parts: Sequence[str]
) -> dict[str, Tensor]:
    """Find own weights under their names without the parts', or under the same names."""
    found = {}
    for part in parts:
        for name in own:
            if name.startswith(part):
                theirs = next((each for each in (name.removeprefix(part), name) if each in state), None)
                if theirs is not None:
                    found[name] = state[theirs]
    return found


def _norms_without_convolution(network: nn.Module, missing: Sequence[str]) -> set[str]:
    """Find the batch norms whose convolution, the one defined before them, is missing."""
    orphans: set[str] = set()
    fresh = False
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d):
            fresh = f"{name}.weight" in missing
        elif isinstance(layer, _BatchNorm) and fresh:
            orphans.add(name)
    return orphans
