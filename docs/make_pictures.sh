#!/bin/sh
# Remakes the README's picture, and the pictures and figures of docs/why-does-it-look-bad.md, from the demo:
# docs/make_pictures.sh
# Needs a built viseme (make), Debian's ffmpeg and python3, and for the page what `make check` installs.
set -eu
cd "$(dirname "$0")/.."
viseme=build/viseme
work=build/docs
mkdir -p "$work" docs/pictures

jpeg() { # picture, name, width
    ffmpeg -v error -y -i "$1" -vf "scale='min(iw,$3)':-1" -q:v 3 "docs/pictures/$2.jpg"
}

# Frame 100 of the demo's video, and beside it how the square is seen without blending, three times enlarged.
for way in seamless exact; do
    "$viseme" render --model demo/models/99.pth --character demo/character --audio demo/speech.wav \
        --audio-encoder demo/models/audio_encoder.pth --frames 101 --composite "$way" --crf 0 --quiet -o "$work/$way.mp4"
    ffmpeg -v error -y -i "$work/$way.mp4" -vf 'select=eq(n\,100)' -frames:v 1 "$work/$way.png"
done
ffmpeg -v error -y -i "$work/seamless.png" -q:v 3 docs/frame.jpg
ffmpeg -v error -y -i "$work/exact.png" -i "$work/seamless.png" -filter_complex \
    '[0]crop=199:132:110:205[a];[1]crop=199:132:110:205[b];[a][b]hstack,scale=iw*3:-1:flags=bicubic' "$work/seam.png"
jpeg "$work/seam.png" seam 1194

"$viseme" diagnose --model demo/models/99.pth --character demo/character --quiet -o "$work/diagnosis"
jpeg "$work/diagnosis/mistakes.png" mistakes 1194

"$viseme" sweep demo/models/25.pth demo/models/50.pth demo/models/75.pth demo/models/99.pth \
    --character demo/character --quiet -o "$work/sweep"
jpeg "$work/sweep/strip.png" sweep 1194

"$viseme" compare demo/models/25.pth demo/models/99.pth --character demo/character --start 40 --frames 4 \
    --quiet -o "$work/compare" || [ $? = 1 ]
jpeg "$work/compare/four_way_0000.png" four_way 1194

.venv/bin/python docs/live_picture.py "$viseme" "$work/live.png"
jpeg "$work/live.png" live 1000

python3 docs/write_costs.py "$work/diagnosis/diagnosis.json" docs/why-does-it-look-bad.md
