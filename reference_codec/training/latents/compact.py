"""The compact checkpoint: the weights of a run in half precision, without the optimiser state, in parts that are small enough to send.

    python -m reference_codec.training.latents.compact RUN -o FOLDER

RUN is the folder of a training run. FOLDER/compact.json has the step, the recipe, and the SHA-256 of each part. The logs are copied too.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors.torch import load, save
from torch import Tensor

from misc_format.system.files import write_file
from reference_codec.training.latents.run import Run
from reference_codec.training.latents.stages import Recipe

MAX_PART = 16 << 20  # bytes of a part
MANIFEST = "compact.json"
LOGS = ("log.csv", "heldout.csv")


def write(run: Run, source: Path, folder: Path) -> None:
    """Write the parts, copy the logs from `source`, write the manifest last, and then remove the parts of an older checkpoint."""
    run.check()
    nets = {"codec": run.codec.state_dict(), "average": run.average.state_dict()}
    if run.best is not None and run.best_step != run.step:
        nets["best"] = run.best
    tensors = {
        f"{net}/{name}": values.half().cpu().contiguous()
        for net, weights in nets.items()
        for name, values in weights.items()
    }
    data = save(tensors)
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for number, start in enumerate(range(0, len(data), MAX_PART)):
        part = data[start : start + MAX_PART]
        name = f"compact-{run.step}-{number}.bin"
        write_file(folder / name, part)
        parts.append({"name": name, "bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()})
    manifest = {
        "step": run.step,
        "seconds": round(run.seconds),
        "origin": run.origin,
        "best_loss": run.best_loss if math.isfinite(run.best_loss) else None,
        "best_step": run.best_step,
        "recipe": run.recipe.plain(),
        "parts": parts,
    }
    copy_logs(source, folder)
    write_file(folder / MANIFEST, json.dumps(manifest, indent=1).encode())
    names = {part["name"] for part in parts}
    for path in folder.glob("compact-*.bin"):
        if path.name not in names:
            path.unlink()


def copy_logs(source: Path, folder: Path) -> None:
    """Copy the logs of a run from one folder to another."""
    for name in LOGS:
        if (source / name).exists():
            write_file(folder / name, (source / name).read_bytes())


def read(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    """The manifest, and the weights of the networks "codec", "average" and, if the run has it, "best".

    Raises `ValueError` if a part does not match its digest.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    data = b""
    for part in manifest["parts"]:
        content = (folder / part["name"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != part["sha256"]:
            raise ValueError(f"{folder / part['name']} does not match its digest in {MANIFEST}")
        data += content
    nets: dict[str, dict[str, Tensor]] = {}
    for name, values in load(data).items():
        net, tensor = name.split("/", 1)
        nets.setdefault(net, {})[tensor] = values.float()
    return manifest, nets


def resume(run: Run, manifest: dict[str, Any], nets: dict[str, dict[str, Tensor]]) -> None:
    """Load a compact checkpoint into a new run. The optimiser has no state and warms up again."""
    run.codec.load_state_dict(nets["codec"])
    run.average.load_state_dict(nets["average"])
    run.step = run.warm_from = manifest["step"]
    run.seconds, run.origin = manifest["seconds"], manifest["origin"]
    if manifest["best_loss"] is not None:
        run.best_step, run.best_loss = manifest["best_step"], manifest["best_loss"]
        best = nets.get("best", nets["average"])
        run.best = {name: values.to(run.device) for name, values in best.items()}


def main(
    source: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, with its checkpoint.pt.")],
    output: Annotated[Path, typer.Option("-o", help="Folder to write to.")],
) -> None:
    """Write a compact checkpoint from the folder of a run."""
    state = torch.load(source / "checkpoint.pt", weights_only=True, map_location="cpu")
    best = source / "best.pt"
    run = Run(Recipe.of(state["recipe"]))
    run.load(state, torch.load(best, weights_only=True, map_location="cpu") if best.exists() else None)
    write(run, source, output)


if __name__ == "__main__":
    typer.run(main)
