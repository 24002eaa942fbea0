#!/bin/sh
# Renders the demo character speaking, build/demo/talking.mp4, and writes what viseme finds about its checkpoint beside
# it, build/demo/report.html, and what the video says of itself, build/demo/marks.txt. Called by `make demo`.
set -eu
cd "$(dirname "$0")/.."
viseme=build/viseme
video=build/demo/talking.mp4
mkdir -p build/demo
"$viseme" render --model demo/models/99.pth --character demo/character --audio demo/speech.wav \
    --audio-encoder demo/models/audio_encoder.pth -o "$video"
printf '\nIs anything wrong with this checkpoint, or with how it is fed?\n'
"$viseme" diagnose --model demo/models/99.pth --character demo/character -o build/demo >build/demo/diagnosis.txt
head -n 1 build/demo/diagnosis.txt
printf '\nWhat does the video say of how it was made? (viseme verify)\n'
"$viseme" verify "$video" >build/demo/marks.txt
sed -n '2,3p' build/demo/marks.txt
printf '\nThe video:  %s/%s (%s bytes)\n' "$PWD" "$video" "$(wc -c <"$video")"
printf 'The report: %s/build/demo/report.html (open it in a browser)\n' "$PWD"
