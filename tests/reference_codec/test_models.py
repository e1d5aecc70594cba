"""Where models come from: which files count, what identifies them, what is said when they are not there or not the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reference_codec.errors import ModelError
from reference_codec.models import files
from reference_codec.models import weights as models
from reference_codec.models.files import Selection
from tests.needs import extra, needs

PIPELINE = [
    "model_index.json",
    "README.md",
    "v1-5-pruned.ckpt",
    "v1-5-pruned.safetensors",
    "unet/config.json",
    "unet/diffusion_pytorch_model.bin",
    "unet/diffusion_pytorch_model.safetensors",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "vae/diffusion_pytorch_model.bin",
    "vae_1_0/config.json",
    "vae_1_0/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
    "text_encoder/model.fp16.safetensors",
    "text_encoder/flax_model.msgpack",
    "safety_checker/model.safetensors",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
]
PARTS = ("vae", "text_encoder", "tokenizer", "unet", "scheduler", "safety_checker")
SHARDED = [
    "config.json",
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "pytorch_model.bin",
    "training_args.bin",
    "original/model.safetensors",
    "tokenizer.json",
    "modeling.py",
]


def test_a_pipeline_has_its_weights_in_folders_safetensors_first() -> None:
    weights, settings = files.select(PIPELINE, Selection(without=["safety_checker"]), PARTS)
    assert weights == (
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.bin",
    )
    assert settings == ("model_index.json", "tokenizer/merges.txt", "tokenizer/vocab.json", "unet/config.json")


def test_a_variant_is_taken_where_there_is_one() -> None:
    weights, _ = files.select(PIPELINE, Selection(without=["safety_checker"], variant="fp16"), PARTS)
    assert weights == (
        "text_encoder/model.fp16.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.bin",
    )


def test_any_other_model_has_its_weights_at_the_top_and_code_is_left_alone() -> None:
    weights, settings = files.select(SHARDED, Selection())
    assert weights == ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    assert settings == ("config.json", "model.safetensors.index.json", "tokenizer.json")
    assert files.select(SHARDED, Selection(only=["training_args.bin"])) == (("training_args.bin",), ())
    whole, _ = files.select([*SHARDED, "model.safetensors"], Selection())
    assert whole == ("model.safetensors",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    for name, data in (("model-00001-of-00002.safetensors", b"one"), ("model-00002-of-00002.safetensors", b"two")):
        (made / name).write_bytes(data)
    (made / "config.json").write_text("{}")
    return made


def test_the_digest_is_that_of_the_one_file_or_of_what_sha256sum_prints(folder: Path, tmp_path: Path) -> None:
    weights = models.find(str(folder))
    lines = subprocess.run(["sha256sum", *weights.files], cwd=folder, capture_output=True, check=True).stdout
    assert weights.digest == hashlib.sha256(lines).hexdigest() and weights.revision == ""
    single = tmp_path / "model.ckpt"
    single.write_bytes(b"one")
    assert models.find(str(single)).digest == hashlib.sha256(b"one").hexdigest()
    for name in weights.files[1:]:
        (folder / name).unlink()
    assert models.find(str(folder)).digest == hashlib.sha256(b"one").hexdigest()


def test_the_digest_follows_the_weights_and_nothing_else(folder: Path) -> None:
    before = models.find(str(folder)).digest
    (folder / "config.json").write_text('{"a": 1}')
    (folder / "README.md").write_text("other")
    assert models.find(str(folder)).digest == before
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"twp")
    assert models.find(str(folder)).digest != before


def test_a_pipeline_without_the_folders_that_its_index_does_not_name_has_the_same_digest(tmp_path: Path) -> None:
    """Such as `vae_1_0` of Stable Diffusion XL: `save_pretrained` does not write it."""
    index = {"_class_name": "P", "vae": ["diffusers", "V"], "image_encoder": [None, None], "force_zeros": True}
    digests = set()
    for name, others in (("hub", ("vae_1_0", "image_encoder", "force_zeros")), ("saved", ())):
        for part in ("vae", *others):
            (tmp_path / name / part).mkdir(parents=True)
            (tmp_path / name / part / "diffusion_pytorch_model.safetensors").write_text(part)
        (tmp_path / name / "model_index.json").write_text(json.dumps(index))
        weights = models.find(str(tmp_path / name))
        assert weights.files == ("vae/diffusion_pytorch_model.safetensors",)
        digests.add(weights.digest)
    assert len(digests) == 1


@pytest.mark.parametrize("index", ["", "[]", "{", "[" * 100_000, "\0"])
def test_an_index_that_is_none_is_refused(index: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(ModelError, match=r"model_index\.json is no JSON"):
        models.find(str(tmp_path))


def test_other_weights_are_named_together_with_the_recorded_ones(folder: Path) -> None:
    weights = models.find(str(folder))
    assert models.check(weights.digest[:16], weights) == models.check(weights.digest, weights, strict=True) == ()
    assert (
        models.check("stable-diffusion-2.1", weights) == models.check(None, weights) == models.check(3, weights) == ()
    )
    [note] = models.check("0123456789abcdef", weights)
    assert "0123456789abcdef" in note and weights.digest[:16] in note and str(folder) in note
    with pytest.raises(ModelError, match="0123456789abcdef"):
        models.check("0123456789abcdef", weights, strict=True)


@pytest.mark.parametrize("source", ["nothing/here/at-all", "no-such-folder", "", "../../etc"])
def test_a_source_that_is_neither_here_nor_a_name_on_the_hub(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"no such folder or file|no weights"):
        models.find(source)


def test_a_folder_without_weights_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        models.find(str(tmp_path))
    with pytest.raises(ModelError, match=r"general_full_v1\.ckpt"):
        models.find(str(tmp_path), only=["general_full_v1.ckpt"])


COMMIT = "c" * 40
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "modeling.py": b"raise SystemExit",
    "model.msgpack": b"x",
}
PIPELINE_FILES = {
    "model_index.json": b'{"unet": ["diffusers", "UNet2DConditionModel"]}',
    "unet/model.safetensors": b"weights",
    "unet_1_0/model.safetensors": b"other",
}
REPOSITORIES = {"owner/good": FILES, "owner/pipeline": PIPELINE_FILES}


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as downloading takes."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        repository = next((name for name in REPOSITORIES if f"{name}/" in f"{path}/"), "owner/good")
        files = REPOSITORIES[repository]
        if path.startswith(f"/api/models/{repository}"):
            wanted = path.split("/")[6] if path.count("/") > 5 else "main"  # behind /revision/ or /tree/
            if wanted not in ("main", "v1", COMMIT):
                return self.reply(404, b"", {"X-Error-Code": "RevisionNotFound"})
            if "/tree/" in path:
                tree = [{"type": "file", "path": name, "oid": "0", "size": len(files[name])} for name in files]
                return self.reply(200, json.dumps(tree).encode(), {})
            siblings = [{"rfilename": name} for name in files]
            return self.reply(200, json.dumps({"id": repository, "sha": COMMIT, "siblings": siblings}).encode(), {})
        if path.startswith("/api/models/owner/gated"):
            return self.reply(403, b"", {"X-Error-Code": "GatedRepo"})
        name = (
            path.partition(f"/{repository}/resolve/{COMMIT}/")[2] or path.partition(f"/{repository}/resolve/main/")[2]
        )
        if name in files:
            etag = hashlib.sha256(files[name]).hexdigest()
            return self.reply(200, files[name], {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})
        return self.reply(404, b"", {"X-Error-Code": "RepoNotFound"})

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), "Content-Type": "application/json", **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def find_on(hub: str, home: Path, source: str) -> str:
    """What `find` says in a process of its own: the library reads the hub's address when it is imported."""
    code = (
        "import sys; from reference_codec.models.weights import ModelError, find\n"
        "try: w = find(sys.argv[1]); print(w.revision, sorted(f.name for f in w.folder.iterdir()), w.digest)\n"
        "except ModelError as error: print('ModelError', error)"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
    }
    run = subprocess.run(
        [sys.executable, "-c", code, source], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@needs(extra("models"))
def test_a_model_is_downloaded_pinned_to_its_commit_and_found_again_without_the_hub(hub: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    wanted = f"{COMMIT} ['config.json', 'model.safetensors'] {digest}"
    assert find_on(hub, tmp_path, "owner/good@v1") == wanted
    assert find_on("http://127.0.0.1:9", tmp_path, "owner/good@v1") == wanted


@needs(extra("models"))
def test_of_a_pipeline_on_the_hub_only_what_its_index_names_is_downloaded(hub: str, tmp_path: Path) -> None:
    wanted = f"{COMMIT} ['model_index.json', 'unet'] {hashlib.sha256(b'weights').hexdigest()}"
    assert find_on(hub, tmp_path, "owner/pipeline") == wanted
    assert find_on("http://127.0.0.1:9", tmp_path, "owner/pipeline") == wanted


@needs(extra("models"))
def test_what_the_hub_refuses_is_said_in_a_sentence(hub: str, tmp_path: Path) -> None:
    assert "no revision v9" in find_on(hub, tmp_path, "owner/good@v9")
    assert "consent" in find_on(hub, tmp_path, "owner/gated")
    assert "no such model" in find_on(hub, tmp_path, "owner/absent")
    assert "cannot be reached" in find_on("http://127.0.0.1:9", tmp_path / "empty", "owner/good")
