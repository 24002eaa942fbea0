"""Writes the table of what each mistake costs into a page, between its two marks: write_costs.py diagnosis.json page.md"""
import json
import sys
from pathlib import Path

BEGIN, END = "<!-- costs: written by docs/make_pictures.sh -->", "<!-- end of costs -->"


def table(diagnosis: dict) -> str:
    """One row a contract, the dearest mistake first."""
    declared, *mistakes = diagnosis["contracts"]
    rows = ["| mistake | | PSNR, dB | cost, dB |", "| --- | --- | ---: | ---: |",
            f"| none | `declared` | {declared['psnr']:.1f} | |"]
    for mistake in sorted(mistakes, key=lambda m: -m["cost"]):
        rows.append(f"| {mistake['words']} | `{mistake['code']}` | {mistake['psnr']:.1f} | {mistake['cost']:.1f} |")
    return "\n".join(rows)


def main() -> None:
    diagnosis, page = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{table(diagnosis)}\n{END}{after}")


main()
