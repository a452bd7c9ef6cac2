"""What to train: a YAML recipe, validated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crackscope.errors import RecipeError
from crackscope.whole_file import whole_file

_SHIPPED = Path(__file__).resolve().parent.parent / "recipes"
_LARGEST_RECIPE_BYTES = 1_000_000

NOT_STATED = "not stated"
"""Terms of pictures whose publisher, or whose user, says nothing of them."""

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
    """

    crop_px: Annotated[int, Field(ge=32, le=2048, multiple_of=32)] = 256
    crack_share: Share = 0.7
    scale_range: tuple[Positive, Positive] = (0.6, 1.6)
    turn_deg: Annotated[float, Field(ge=0.0, le=180.0)] = 45.0
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

    The default normalisation is the one of torchvision's weights. `origin`, the number of `pictures`
    and `terms` say what they were learnt from; they go into the model file.
    """

    file: str
    origin: str = "encoder weights of unknown origin"
    pictures: Annotated[int, Field(ge=0)] = 0
    terms: str = NOT_STATED
    mean: Colour = (0.485, 0.456, 0.406)
    std: tuple[Positive, Positive, Positive] = (0.229, 0.224, 0.225)


class ModelRecipe(_Part):
    """Architecture by name, its options, and what it starts from, if anything: a file of weights for its
    encoder, or a run folder or checkpoint for all of it.
    """

    name: str = "light"
    options: dict[str, Any] = Field(default_factory=dict)
    encoder_weights: EncoderWeights | None = None
    start_from: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_path_is_enough(cls, document: object) -> object:
        if isinstance(document, dict) and isinstance(document.get("encoder_weights"), str):
            return {**document, "encoder_weights": {"file": document["encoder_weights"]}}
        return document

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if self.encoder_weights and self.start_from:
            raise ValueError("model takes encoder_weights or start_from, not both")
        return self


class TeacherRecipe(_Part):
    """A run or checkpoint to learn from besides the masks; `weight` is its share of the loss."""

    run: str
    weight: Share = 0.5


class LossTerm(_Part):
    """One loss by name, its weight in the sum, and its options."""

    name: Literal["bce", "dice", "focal", "tversky", "cldice"]
    weight: Positive = 1.0
    options: dict[str, float] = Field(default_factory=dict)


class OptimiserRecipe(_Part):
    """AdamW under a linear warm-up and a cosine to zero.

    The encoder learns at `encoder_factor` times the rate: below 1 where it starts from weights learnt
    elsewhere.
    """

    learning_rate: Positive = 2e-3
    encoder_factor: Positive = 1.0
    weight_decay: Annotated[float, Field(ge=0.0)] = 1e-4
    warmup_steps: Annotated[int, Field(ge=0)] = 200
    gradient_clip: Annotated[float, Field(ge=0.0)] = 1.0
    average_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.998


class Recipe(_Part):
    """Everything that decides a training run, apart from the data itself.

    `precision` ``auto`` computes in bfloat16 where the device does so in hardware, else in float32; weights
    are float32 in any case.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    task: Literal["segment"] = "segment"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    epochs: Annotated[int, Field(ge=1)] = 60
    crops_per_epoch: Annotated[int, Field(ge=1)] = 2048
    batch_size: Annotated[int, Field(ge=1)] = 16
    validate_every: Annotated[int, Field(ge=1)] = 5
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    model: ModelRecipe = Field(default_factory=ModelRecipe)
    teacher: TeacherRecipe | None = None
    data: DataRecipe = Field(default_factory=DataRecipe)
    augmentation: AugmentationRecipe = Field(default_factory=AugmentationRecipe)
    losses: Annotated[tuple[LossTerm, ...], Field(min_length=1)] = (
        LossTerm(name="bce"),
        LossTerm(name="dice"),
    )
    optimiser: OptimiserRecipe = Field(default_factory=OptimiserRecipe)

    @model_validator(mode="after")
    def _an_epoch_has_a_batch(self) -> Self:
        if self.crops_per_epoch < self.batch_size:
            raise ValueError(f"crops_per_epoch must be at least batch_size ({self.batch_size})")
        return self


def shipped_recipes() -> dict[str, Path]:
    """Recipes that come with the package, by name."""
    return {path.stem: path for path in sorted(_SHIPPED.glob("*.yaml"))}


def read_recipe(name_or_path: str, *, changes: Sequence[str] = ()) -> Recipe:
    """Read and validate a recipe.

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
    path = shipped_recipes().get(name_or_path, Path(name_or_path))
    if not path.is_file():
        known = ", ".join(shipped_recipes())
        raise RecipeError(f"{name_or_path}: no such recipe; give a YAML file or one of {known}.")
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
    for change in changes:
        _apply(document, change)
    return parse_recipe(document, source=str(path))


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
