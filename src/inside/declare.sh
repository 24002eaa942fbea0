#!/bin/sh
# declare.sh FOLDER SOURCE HEADER... - fills FOLDER with one line for each HEADER, which includes it from SOURCE. What is
# not named is not there; what has not changed is not written, so that nothing is compiled again for it.
set -eu
folder=$1 source=$2
shift 2
mkdir -p "$folder"
for header; do
    mkdir -p "$folder/${header%/*}"
    line="#include \"$source/$header\""
    [ -f "$source/$header" ] || { echo "$source/$header: declared, and not there" >&2; exit 1; }
    [ -f "$folder/$header" ] && [ "$(cat "$folder/$header")" = "$line" ] || printf '%s\n' "$line" >"$folder/$header"
done
cd "$folder"
find . -name '*.h' | while read -r name; do
    case " $* " in
    *" ${name#./} "*) ;;
    *) rm "$name" ;;
    esac
done
