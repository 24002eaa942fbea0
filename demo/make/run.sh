#!/bin/sh
# Remakes the demo: speech, frames, trained networks, the shipped folder, its evaluation. Goes on where it was.
#
#   demo/make/run.sh            everything
#   demo/make/run.sh STEP …     some of: venv presenter speech draw encoder branch train ship evaluate
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/demo
venv=$root/.venv-demo
python=$venv/bin/python
export OMP_WAIT_POLICY=PASSIVE
mkdir -p "$work"
cd "$here"

step_venv() {
    [ -x "$python" ] || /usr/bin/python3 -m venv "$venv"
    "$python" -c 'import torch, cv2, scipy' 2>/dev/null || "$venv/bin/pip" install -q -r "$here/requirements.txt"
}
step_presenter() { sh presenter/build.sh; }
step_speech() { [ -e "$work/corpus/heldout.npz" ] || "$python" corpus.py "$work/corpus"; }
step_draw() { "$python" draw.py "$work/corpus" "$work/frames"; }
step_encoder() { [ -e "$work/audio_encoder.pth" ] || "$python" train_encoder.py "$work/corpus" "$work/audio_encoder.pth"; }
step_branch() {
    [ -e "$work/audio_branch.pth" ] ||
        "$python" train_unet_audio.py "$work/corpus" "$work/audio_encoder.pth" "$work/audio_branch.pth"
}
step_train() {
    "$python" train_unet.py "$work/corpus" "$work/frames" "$work/audio_encoder.pth" "$work/audio_branch.pth" "$work/trained"
}
step_ship() { "$python" ship.py "$work/corpus" "$work/frames" "$work/trained" "$work/audio_encoder.pth" "$root/demo"; }
step_evaluate() {
    "$python" evaluate.py "$work/corpus" "$work/frames" "$root/demo" --results "$root/demo/RESULTS.md" --sheet "$work/sheet.png"
}

[ $# -gt 0 ] || set -- venv presenter speech draw encoder branch train ship evaluate
for step in "$@"; do
    case $step in
        venv|presenter|speech|draw|encoder|branch|train|ship|evaluate) echo "== $step"; "step_$step" ;;
        *) echo "run.sh: no step '$step'" >&2; exit 2 ;;
    esac
done
