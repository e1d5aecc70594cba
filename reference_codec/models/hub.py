"""Models on the Hugging Face hub: downloaded once, then taken from the hub library's cache."""

from __future__ import annotations

from pathlib import Path

from reference_codec.errors import ModelError
from reference_codec.models.failures import first_line
from reference_codec.models.files import INDEX, Selection, parts_of, require, require_in


def download(name: str, revision: str | None, selection: Selection) -> tuple[Path, tuple[str, ...]]:
    """The folder of a model, whose name is the commit, and its files of weights.

    If the hub cannot be reached, a model that was downloaded before is taken from the cache. Raises `ModelError`.
    """
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        info = HfApi().model_info(name, revision=revision)
        names = [file.rfilename for file in info.siblings or ()]
        is_pipeline = INDEX in names and not selection.only
        parts = parts_of(name, Path(hf_hub_download(name, INDEX, revision=revision))) if is_pipeline else None
        files = require(name, names, selection, parts)
        # Named by the user's revision, not by its commit: only then does the cache know that revision without the hub.
        folder = snapshot_download(name, revision=revision, allow_patterns=[*files.weights, *files.settings])
        return Path(folder), files.weights
    except GatedRepoError:
        raise ModelError(f"{name}: its owner asks for consent; give it on the hub, then run `hf auth login`") from None
    except RevisionNotFoundError:
        raise ModelError(f"{name}: the hub has no revision {revision} of it") from None
    except RepositoryNotFoundError:
        raise ModelError(f"{name}: the hub has no such model, and there is no such folder") from None
    except ModelError:
        raise
    except Exception as error:  # whatever the network does
        return _cached(name, revision, selection, error)


def _cached(name: str, revision: str | None, selection: Selection, error: Exception) -> tuple[Path, tuple[str, ...]]:
    """As `download`, from the cache. The model's folder is the parent of a file that every such model has."""
    from huggingface_hub import try_to_load_from_cache

    landmarks = selection.only or (INDEX, "config.json")
    paths = (try_to_load_from_cache(name, landmark, revision=revision) for landmark in landmarks)
    folder = next((Path(path).parent for path in paths if isinstance(path, str)), None)
    if folder is None:
        raise ModelError(
            f"{name}: it is not on this machine, and the hub cannot be reached ({first_line(error)})"
        ) from error
    return folder, require_in(name, folder, selection).weights
