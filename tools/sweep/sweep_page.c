/* sweep/sweep_page.c - the faces of the strip, in the page around the facts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "sweep/sweep_page.h"

#include "report/page.h"
#include "sweep/sweep_json.h"

/* Faces are numbered by the place of their checkpoint in the JSON, which is its rank. */
static vis_status put_strip(page *p, const sweep_result *r, vis_error *err)
{
    const sweep_strip *s = &r->strip;
    if (s->frame < 0) return VIS_OK;
    VIS_TRY(page_picture(p, "filmed", 0, &s->filmed, err));
    for (int place = 0; place < r->rows; place++)
        for (int i = 0; i < s->count; i++)
            if (s->row[i] == r->order[place])
                VIS_TRY(page_picture(p, "face", place, &s->face[i], err));
    return VIS_OK;
}

vis_status sweep_page_save(const sweep_result *r, const char *character, const char *path,
                           vis_error *err)
{
    page p;
    vis_status status = page_begin("sweep", "sweep.json", &p, err);
    if (status == VIS_OK) status = put_strip(&p, r, err);
    if (status == VIS_OK) status = page_save(&p, sweep_json(r, character), path, err);
    page_free(&p);
    return status;
}
