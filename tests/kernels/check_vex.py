"""check_vex.py OBJDUMP ARCHIVE - the kernels for AVX-VNNI are made of nothing that a processor without AVX-512 lacks.

No machine of ours has AVX-VNNI without AVX-512, so that how the instructions are written is read: VEX, not EVEX.
"""

import re
import subprocess
import sys

objdump, archive = sys.argv[1:]
told = subprocess.run([objdump, "-d", "--insn-width=16", archive], stdout=subprocess.PIPE, text=True, check=True).stdout
# "  12:\tc4 e2 7d 52 c1 \t{vex} vpdpwssd %ymm1,%ymm0,%ymm0"
lines = re.findall(r"^ *[0-9a-f]+:\t([0-9a-f ]+?) *\t(.+)$", told, re.MULTILINE)
products = [(code, text) for code, text in lines if "vpdpwssd" in text]
wrong = [(code, text) for code, text in products if not code.startswith("c4 ") or "vpdpwssds" in text]
foreign = re.compile(r"%zmm|%k[0-7]|%[xy]mm(1[6-9]|[23]\d)|vpmaddwd")
wrong += [(code, text) for code, text in lines if code.startswith("62 ") or foreign.search(text)]
for code, text in wrong:
    print(f"{text} ({code})")
if len(products) < 100:
    print(f"{len(products)} of VPDPWSSD among {len(lines)} instructions: are the kernels elsewhere?")
sys.exit(1 if wrong or len(products) < 100 else 0)
