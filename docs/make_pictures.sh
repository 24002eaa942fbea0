#!/bin/sh
# Remakes the pictures and the figures of docs/why-does-it-look-bad.md from the demo: docs/make_pictures.sh
# Needs a built viseme (make) and Debian's ffmpeg and python3.
set -eu
cd "$(dirname "$0")/.."
viseme=build/viseme
work=build/docs
mkdir -p "$work" docs/pictures

jpeg() { # picture, name, width
    ffmpeg -v error -y -i "$1" -vf "scale='min(iw,$3)':-1" -q:v 3 "docs/pictures/$2.jpg"
}

"$viseme" diagnose --model demo/models/99.pth --character demo/character --quiet -o "$work/diagnosis"
jpeg "$work/diagnosis/mistakes.png" mistakes 1194

"$viseme" sweep demo/models/25.pth demo/models/50.pth demo/models/75.pth demo/models/99.pth \
    --character demo/character --quiet -o "$work/sweep"
jpeg "$work/sweep/strip.png" sweep 1194

"$viseme" compare demo/models/25.pth demo/models/99.pth --character demo/character --start 40 --frames 4 \
    --quiet -o "$work/compare" || [ $? = 1 ]
jpeg "$work/compare/four_way_0000.png" four_way 1194

python3 docs/write_costs.py "$work/diagnosis/diagnosis.json" docs/why-does-it-look-bad.md
