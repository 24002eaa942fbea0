#!/bin/sh
# Serves the demo character live, until ^C: open the address, type a sentence, and she says it. Called by `make live`;
# options of `viseme serve` may follow: LISTEN=127.0.0.1:9000 make live.
set -eu
cd "$(dirname "$0")/.."
echo "Getting the demo character ready. Then open the address below in a browser, type a sentence, and she says it."
echo "^C ends it."
exec build/viseme serve --character demo=demo/character --model demo/models/99.pth \
    --audio-encoder demo/models/audio_encoder.pth --precision fast --listen "${LISTEN:-127.0.0.1:8080}" "$@"
