#!/usr/bin/env bash
# Train the learned codec on a GPU machine for a bounded time, from the repository's root:
#
#   OUT=results reference_codec/training/train_on_gpu.sh photos.zip [--seconds 480] [--resume-from FOLDER] [--stage STEPSxBATCHxSIDE ...]
#
# photos.zip is made by `python -m reference_codec.training.latents.pack`. $OUT gets a compact checkpoint, the logs and the output of the
# command; another machine goes on from them with `--resume-from`, and exports. It needs torch, numpy, pillow, safetensors, typer and
# rich. The large checkpoint stays in $WORK, by default a temporary folder. Leave half a minute between --seconds and the end of the
# machine's time: the run saves when the step, and perhaps the measurement, under way is done.
set -euo pipefail
: "${OUT:?name a folder for the results in OUT}"
if [ $# -eq 0 ]; then
  echo "usage: OUT=FOLDER $0 PHOTOS [options of reference_codec.training.image_latents]" >&2
  exit 2
fi
work=${WORK:-$(mktemp -d)}
mkdir -p "$OUT"
"${PYTHON:-python3}" -u -m reference_codec.training.image_latents "$1" -o "$work" --compact "$OUT" --export never --seconds 480 "${@:2}" \
  2>&1 | tee "$OUT/train.log"
