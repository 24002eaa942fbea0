/* program/fast_report.c - see fast_report.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "program/fast_report.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>

void fast_text(const vis_fast *f, char text[FAST_TEXT_MAX])
{
    if (f->used && f->exact == 0)
        snprintf(text, FAST_TEXT_MAX, "fast: %d blocks in 16 bits, %.1f dB", f->blocks, f->decibel);
    else if (f->used)
        snprintf(text, FAST_TEXT_MAX, "fast: %d of %d blocks in float32, %.1f dB", f->exact,
                 f->blocks, f->decibel);
    else if (isfinite(f->decibel))
        snprintf(text, FAST_TEXT_MAX, "fast: float32 is used, 16 bits reached %.1f dB", f->decibel);
    else
        snprintf(text, FAST_TEXT_MAX, "fast: float32 is used");
}

json_t *fast_json(const vis_fast *f)
{
    return json_make("{s:b, s:i, s:i, s:f}", "used", f->used, "blocks", f->blocks, "float32_blocks",
                     f->exact, "psnr_db", f->decibel);
}
