#!/bin/sh
# Renders the demo character speaking: build/demo/talking.mp4. Called by `make demo`.
set -eu
cd "$(dirname "$0")/.."
viseme=build/viseme
video=build/demo/talking.mp4
mkdir -p build/demo
"$viseme" render --model demo/models/99.pth --character demo/character --audio demo/speech.wav \
    --audio-encoder demo/models/audio_encoder.pth -o "$video"
printf '\nThe video: %s/%s (%s bytes)\n' "$PWD" "$video" "$(wc -c <"$video")"
