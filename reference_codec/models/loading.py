"""Models of transformers and diffusers, loaded for inference.

Rule 1.  A weight that a model needs and its files lack is an error. The libraries would fill in random numbers.
"""

from __future__ import annotations

from typing import Any, Final

from reference_codec.errors import ModelError
from reference_codec.models.failures import about, needs_accelerate
from reference_codec.models.runtime import Offload, Runtime
from reference_codec.models.unused import unused_note
from reference_codec.models.weights import Weights

#: Options of every `from_pretrained` of transformers. Without the second one, it asks the user whether to run code of the folder.
FROM_FOLDER: Final[dict[str, Any]] = {"local_files_only": True, "trust_remote_code": False}


def load(kind: Any, weights: Weights, runtime: Runtime, notes: list[str] | None = None, *, part: str = "") -> Any:
    """A model for inference. `kind`: its class, or one of the Auto classes. `part`: the folder of a pipeline's part.

    `notes` gets a note that names the weights in the files which the model does not use. Raises `ModelError` for files that do not make
    such a model, and for missing weights.
    """
    device = runtime.torch_device()
    options: dict[str, Any] = {"subfolder": part} if part else {}
    if variant := weights.variant(part):
        options["variant"] = variant
    if runtime.offload is not Offload.NONE and device.type != "cpu":
        options["device_map"] = "auto"
    is_of_transformers = str(kind.__module__).startswith("transformers.")
    options |= FROM_FOLDER if is_of_transformers else {"local_files_only": True}
    options["dtype" if is_of_transformers else "torch_dtype"] = runtime.torch_dtype()
    with about(weights.source), needs_accelerate():
        model, info = kind.from_pretrained(weights.folder, output_loading_info=True, **options)
    mismatched = (row[0] for row in info.get("mismatched_keys") or ())
    absent = sorted({str(key) for key in (*info["missing_keys"], *mismatched)})
    if absent:
        raise ModelError(f"{weights.source}: {len(absent)} weights are missing or of another shape, first {absent[0]}")
    if notes is not None:
        notes += unused_note(f"{weights.source}/{part}" if part else weights.source, info["unexpected_keys"])
    return (model if "device_map" in options else model.to(device)).eval()


def load_processor(weights: Weights) -> Any:
    """The processor that turns pictures and words into a model's inputs, by transformers. Raises `ModelError`.

    Without torchvision, transformers cannot make a processor that also takes videos. Such a processor is made without that part.
    """
    import transformers

    with about(weights.source):
        try:
            return transformers.AutoProcessor.from_pretrained(weights.folder, **FROM_FOLDER)
        except ImportError:
            return _processor_without_video(weights)


def _processor_without_video(weights: Weights) -> Any:
    import transformers

    kind = transformers.models.auto.processing_auto.PROCESSOR_MAPPING[
        type(transformers.AutoConfig.from_pretrained(weights.folder, **FROM_FOLDER))
    ]
    if "video_processor" not in kind.get_attributes():
        raise ModelError(f"{weights.source}: its processor needs torchvision: pip install torchvision")
    tokenizer = transformers.AutoTokenizer.from_pretrained(weights.folder, **FROM_FOLDER)
    images = transformers.AutoImageProcessor.from_pretrained(weights.folder, backend="pil", **FROM_FOLDER)
    without_video = type(kind.__name__, (kind,), {"check_argument_for_proper_class": lambda *_: None})
    return without_video(images, tokenizer, None, chat_template=tokenizer.chat_template)
