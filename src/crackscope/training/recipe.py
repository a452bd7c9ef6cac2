"""What to train: a YAML recipe, validated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crackscope.errors import RecipeError
from crackscope.models.registry import architectures
from crackscope.training.loss_names import DETECTION_LOSSES, KNOWN_LOSSES
from crackscope.training.loss_options import option_fault
from crackscope.whole_file import whole_file

_SHIPPED = Path(__file__).resolve().parent.parent / "recipes"
_LARGEST_RECIPE_BYTES = 1_000_000
_BASE = "based_on"
_STARTS = {"model.pretrained", "model.encoder_weights", "model.encoder_from", "model.start_from"}
"""What a model starts from: naming one with --set takes the place of the others."""

NOT_STATED = "not stated"
"""Terms of pictures whose publisher, or whose user, says nothing of them."""

SEGMENT: Final = "segment"
CLASSIFY: Final = "classify"
DETECT: Final = "detect"

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Colour = tuple[float, float, float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SetRecipe(_Part):
    """How one set takes part.

    `draw` is its share of the crops, relative to the other sets; `say` is its weight in the choice of
    threshold and crack filter, the same as `draw` where it is not given; `loss` multiplies its pixels' loss;
    `mask_margin_px` says how far its masks reach beyond the crack on either side: the prediction is widened
    by as much before it is compared, so that fat masks teach where cracks are without teaching their width.
    `test_share` of its pictures are held back from training and validation alike. `terms` are the
    publisher's.
    """

    draw: Annotated[float, Field(ge=0.0)] = 1.0
    say: Annotated[float, Field(ge=0.0)] | None = None
    loss: Annotated[float, Field(ge=0.0)] = 1.0
    mask_margin_px: Annotated[int, Field(ge=0, le=20)] = 0
    test_share: Share = 0.0
    terms: str = NOT_STATED

    @property
    def weight_in_freezing(self) -> float:
        """`say`, or `draw` where it is not given."""
        return self.draw if self.say is None else self.say


class DataRecipe(_Part):
    """Crops: squares of `crop_px`, `crack_share` of them centred on a crack pixel, turned and scaled at
    random.

    A classifier sees a picture of a class folder whole, fitted to `crop_px`. A crop with `min_crack_px` crack
    pixels or more is cracked to it, one without any crack-free, and others are drawn again.
    """

    crop_px: Annotated[int, Field(ge=32, le=2048, multiple_of=32)] = 256
    crack_share: Share = 0.7
    scale_range: tuple[Positive, Positive] = (0.6, 1.6)
    turn_deg: Annotated[float, Field(ge=0.0, le=180.0)] = 45.0
    min_crack_px: Annotated[int, Field(ge=1)] = 48
    validation_share: Annotated[float, Field(gt=0.0, le=0.9)] = 0.12
    validation_pictures: Annotated[int, Field(ge=1)] = 120
    sets: dict[str, SetRecipe] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _scale_range_in_order(self) -> Self:
        if self.scale_range[0] > self.scale_range[1]:
            raise ValueError("scale_range must be [smallest, largest]")
        return self


class AugmentationRecipe(_Part):
    """Probabilities of the changes of light, colour, sharpness and noise."""

    brightness: Share = 0.6
    contrast: Share = 0.6
    gamma: Share = 0.4
    colour: Share = 0.3
    grey: Share = 0.15
    blur: Share = 0.2
    noise: Share = 0.3
    uneven_light: Share = 0.3


class EncoderWeights(_Part):
    """A file of weights for the encoder, and the normalisation of colours in 0…1 that they were trained
    with.

    The default normalisation is the one of torchvision's weights. A file that is known to be `partial` may
    lack up to half of the weights, which then begin at random. `origin`, the number of `pictures` and `terms`
    say what they were learnt from; they go into the model file.
    """

    file: str
    partial: bool = False
    origin: str = "encoder weights of unknown origin"
    pictures: Annotated[int, Field(ge=0)] = 0
    terms: str = NOT_STATED
    mean: Colour = (0.485, 0.456, 0.406)
    std: tuple[Positive, Positive, Positive] = (0.229, 0.224, 0.225)


class ModelRecipe(_Part):
    """Architecture by name, its options, and what it starts from, if anything: published weights for its
    encoder, fetched by the library it comes from, a file of weights for the encoder, a run folder or
    checkpoint of another network with the same encoder, or one of the same network for all of it.
    """

    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    pretrained: Literal["imagenet"] | None = None
    encoder_weights: EncoderWeights | None = None
    encoder_from: str | None = None
    start_from: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_path_is_enough(cls, document: object) -> object:
        if isinstance(document, dict) and isinstance(document.get("encoder_weights"), str):
            return {**document, "encoder_weights": {"file": document["encoder_weights"]}}
        return document

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        starts = (self.pretrained, self.encoder_weights, self.encoder_from, self.start_from)
        if sum(map(bool, starts)) > 1:
            raise ValueError("model takes one of pretrained, encoder_weights, encoder_from and start_from")
        return self


class TeacherRecipe(_Part):
    """A run, checkpoint or model file to learn from besides the masks; `weight` is its share of the loss."""

    run: str
    weight: Share = 0.5


class LossTerm(_Part):
    """One loss by name, its weight in the sum, and its options."""

    name: str
    weight: Positive = 1.0
    options: dict[str, float] = Field(default_factory=dict)


class OptimiserRecipe(_Part):
    """AdamW under a linear warm-up and a schedule.

    `cosine` goes to zero, `one-cycle` rises and falls over the whole run (Smith 2018; the warm-up is its
    own), `constant` stays. The encoder learns at `encoder_factor` times the rate, below 1 where it starts
    from weights learnt elsewhere, and not at all in the first `frozen_encoder_epochs`. `gradient_clip` 0 does
    not clip, `average_decay` 0 does not average the weights. Gradients of `accumulate_batches` batches make
    one step.
    """

    learning_rate: Positive = 2e-3
    schedule: Literal["cosine", "one-cycle", "constant"] = "cosine"
    encoder_factor: Positive = 1.0
    frozen_encoder_epochs: Annotated[int, Field(ge=0)] = 0
    accumulate_batches: Annotated[int, Field(ge=1)] = 1
    weight_decay: Annotated[float, Field(ge=0.0)] = 1e-4
    warmup_steps: Annotated[int, Field(ge=0)] = 200
    gradient_clip: Annotated[float, Field(ge=0.0)] = 1.0
    average_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.998


class EarlyStoppingRecipe(_Part):
    """Stop when validation has not gained `least_gain` in `patience` validations."""

    patience: Annotated[int, Field(ge=1)] = 3
    least_gain: Annotated[float, Field(ge=0.0)] = 0.0


_LOSSES_BY_DEFAULT = {SEGMENT: ("bce", "dice"), CLASSIFY: ("bce",), DETECT: DETECTION_LOSSES}
_MODEL_BY_DEFAULT = {SEGMENT: "light", CLASSIFY: "mobilenetv2", DETECT: "maskrcnn-mobilenetv2"}


class Recipe(_Part):
    """Everything that decides a training run, apart from the data itself.

    An epoch has `crops_per_epoch` crops, or as many as there are training pictures where it is null.
    `precision` ``auto`` computes in bfloat16 where the device does so in hardware, else in float32; weights
    are float32 in any case.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    task: Literal["segment", "classify", "detect"] = "segment"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    epochs: Annotated[int, Field(ge=1)] = 60
    crops_per_epoch: Annotated[int, Field(ge=1)] | None = 2048
    batch_size: Annotated[int, Field(ge=1)] = 16
    validate_every: Annotated[int, Field(ge=1)] = 5
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    model: ModelRecipe
    teacher: TeacherRecipe | None = None
    data: DataRecipe = Field(default_factory=DataRecipe)
    augmentation: AugmentationRecipe = Field(default_factory=AugmentationRecipe)
    losses: Annotated[tuple[LossTerm, ...], Field(min_length=1)]
    optimiser: OptimiserRecipe = Field(default_factory=OptimiserRecipe)
    early_stopping: EarlyStoppingRecipe | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_task(cls, document: object) -> object:
        if not isinstance(document, dict) or (task := document.get("task", SEGMENT)) not in _MODEL_BY_DEFAULT:
            return document
        filled = {"losses": [{"name": name} for name in _LOSSES_BY_DEFAULT[task]], **document}
        model = filled.setdefault("model", {})
        if isinstance(model, dict):
            filled["model"] = {"name": _MODEL_BY_DEFAULT[task], **model}
        return filled

    @model_validator(mode="after")
    def _an_epoch_has_a_batch(self) -> Self:
        if self.crops_per_epoch is not None and self.crops_per_epoch < self.batch_size:
            raise ValueError(f"crops_per_epoch must be at least batch_size ({self.batch_size})")
        return self

    @model_validator(mode="after")
    def _model_is_of_the_task(self) -> Self:
        known = [row.name for row in architectures(self.task)]
        own = self.model.name
        if own not in known and not any(own.startswith(name[:-1]) for name in known if name.endswith("/*")):
            raise ValueError(f"model {own}: unknown; for {self.task} there are {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _losses_are_of_the_task(self) -> Self:
        known = KNOWN_LOSSES[self.task]
        for term in self.losses:
            if term.name not in known:
                raise ValueError(f"loss {term.name}: unknown; for {self.task} there are {', '.join(known)}")
            if self.task == SEGMENT and (fault := option_fault(term.name, term.options)):
                raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _only_segmentation_is_taught(self) -> Self:
        if self.teacher is not None and self.task != SEGMENT:
            raise ValueError(f"teacher: a recipe for {self.task} takes none; remove it")
        return self


def shipped_recipes() -> dict[str, Path]:
    """Recipes that come with the package, by name."""
    return {path.stem: path for path in sorted(_SHIPPED.glob("*.yaml"))}


def read_recipe(name_or_path: str, *, changes: Sequence[str] = ()) -> Recipe:
    """Read and validate a recipe, laid over the one that its key ``based_on`` names, where it has one.

    Parameters
    ----------
    name_or_path : str
        Name of a shipped recipe, or a YAML file.
    changes : sequence of str
        ``key=value`` with dotted keys (``optimiser.learning_rate=0.001``); the value is read as YAML.

    Returns
    -------
    Recipe

    Raises
    ------
    RecipeError
        If there is no such recipe, it is no YAML mapping, or a key or value is not allowed.

    Examples
    --------
    >>> read_recipe("segment-light", changes=["epochs=3"]).epochs
    3
    """
    path, document = _whole_document(name_or_path)
    for change in changes:
        _apply(document, change)
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        at = ".".join(str(part) for part in error.errors()[0]["loc"])
        given = next((f"--set {each}" for each in changes if at and each.partition("=")[0] == at), path)
        raise RecipeError(f"{given}: {_sentence(error)}.") from error


def _whole_document(name_or_path: str, *, above: tuple[Path, ...] = ()) -> tuple[Path, dict[str, Any]]:
    """Read a recipe and what it is based on, as one document."""
    path = shipped_recipes().get(name_or_path, Path(name_or_path))
    if not path.is_file() and above and not path.is_absolute():
        path = above[-1].parent / path  # beside the recipe that names it
    if not path.is_file():
        known = ", ".join(shipped_recipes())
        named = f"{above[-1]}: based_on: " if above else ""
        raise RecipeError(f"{named}{name_or_path}: no such recipe; give a YAML file or one of {known}.")
    if path.resolve() in above:
        raise RecipeError(f"{path}: is based on itself; remove one based_on.")
    document = _read_document(path)
    base = document.pop(_BASE, None)
    if base is None:
        return path, document
    if not isinstance(base, str):
        raise RecipeError(f"{path}: {_BASE} must be a recipe's name or file.")
    return path, _laid_over(_whole_document(base, above=(*above, path.resolve()))[1], document)


def _read_document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_RECIPE_BYTES:
            raise RecipeError(f"{path}: over 1 MB, which is no recipe; give a YAML recipe.")
        document = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error).replace("\n", " ")
        raise RecipeError(f"{path}: not readable as YAML ({reason}); correct it there.") from error
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    if not isinstance(document, dict):
        raise RecipeError(f"{path}: holds no recipe; it must be a mapping such as 'name: my-model'.")
    return document


def _laid_over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Let a recipe's own keys take the place of those it is based on, one by one inside mappings.

    A model of another name takes nothing of the base's, whose options and weights are of another
    architecture; one that says what it starts from does not start from what the base names.
    """
    merged = dict(base)
    for key, value in own.items():
        before = base.get(key)
        if not (isinstance(before, dict) and isinstance(value, dict)):
            merged[key] = value
        elif key != "model":
            merged[key] = _laid_over(before, value)
        elif value.get("name", before.get("name")) != before.get("name"):
            merged[key] = value
        else:
            starts = {start.removeprefix("model.") for start in _STARTS}
            kept = (
                before if starts.isdisjoint(value) else {k: v for k, v in before.items() if k not in starts}
            )
            merged[key] = _laid_over(kept, value)
    return merged


def parse_recipe(document: object, *, source: str) -> Recipe:
    """Validate a recipe document; `source` names it in errors.

    Raises
    ------
    RecipeError
    """
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        raise RecipeError(f"{source}: {_sentence(error)}.") from error


def recipe_document(recipe: Recipe) -> dict[str, Any]:
    """Turn a recipe into plain data for YAML or JSON, every default spelled out."""
    document: dict[str, Any] = recipe.model_dump(mode="json")
    return document


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write a recipe as YAML."""
    with whole_file(path) as temporary:
        text = yaml.safe_dump(recipe_document(recipe), sort_keys=False, allow_unicode=True)
        temporary.write_text(text, "utf-8")


def _apply(document: dict[str, Any], change: str) -> None:
    key, separator, text = change.partition("=")
    if not separator or not key:
        raise RecipeError(f"--set {change}: must be key=value, for example epochs=10.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {change}: the value is not readable as YAML; quote it.") from error
    *above, last = key.split(".")
    place = document
    for name in above:
        if place.get(name) is None:  # not there, or spelled out as "none" in a frozen recipe
            place[name] = {}
        place = place[name]
        if not isinstance(place, dict):
            raise RecipeError(f"--set {change}: {name} is a plain value and has no parts; see docs/train.md.")
    if key in _STARTS and value is not None:
        for other in _STARTS - {key}:
            place.pop(other.removeprefix("model."), None)
    place[last] = value


def _sentence(error: ValidationError) -> str:
    parts = []
    for fault in error.errors()[:3]:
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            parts.append(f"unknown key {key}; remove it or correct its spelling")
        elif fault["type"] == "missing":
            parts.append(f"key {key} is missing; add it")
        elif fault["type"] == "value_error":
            parts.append(fault["msg"].removeprefix("Value error, "))
        else:
            parts.append(f"{key} = {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}")
    return "; ".join(parts)
