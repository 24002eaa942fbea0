/* serve/cast.c - characters opened.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/cast.h"

#include "base/memory_limit.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* Of what may be kept of footage, each character's share: a server has nothing else to do with
 * memory, and footage goes round for hours. */
static int64_t cache_share(const serve_settings *s)
{
    int64_t all = s->cache_bytes >= 0 ? s->cache_bytes : (int64_t)(memory_left() / 2);
    return all / (s->characters > 0 ? s->characters : 1);
}

static vis_status open_member(const serve_settings *s, const serve_character *c,
                              int64_t cache_bytes, const vis_log *log, cast *out, vis_error *err)
{
    const live_presenter_options options = {
        .name = c->name,
        .character = c->folder,
        .model = c->model,
        .audio_encoder = c->audio_encoder,
        .precision = s->precision,
        .exact = s->exact,
        .cache_bytes = cache_bytes,
        .label = s->label,
        .marker = out->marker,
        .log = *log,
    };
    cast_member *m = &out->member[out->members];
    vis_status status = live_presenter_open(out->context, &options, &m->presenter, err);
    if (status != VIS_OK) {
        char context[SERVE_NAME_MAX + 16];
        snprintf(context, sizeof context, "character %s", c->name);
        return vis_prefix(err, status, context);
    }
    m->facts = live_presenter_get(m->presenter);
    out->members++;
    return VIS_OK;
}

vis_status cast_open(const serve_settings *settings, const vis_log *log, cast *out, vis_error *err)
{
    memset(out, 0, sizeof *out);
    VIS_TRY(marker_open(&settings->mark, &out->marker, err));
    vis_context_options options = vis_context_options_defaults();
    int64_t share = cache_share(settings);
    options.threads = settings->threads;
    options.cache_bytes = share - share / 4; /* the rest is for decoded frames */
    VIS_TRY(vis_context_create(&options, &out->context, err));
    for (int i = 0; i < settings->characters; i++)
        VIS_TRY(open_member(settings, &settings->character[i], share, log, out, err));
    return VIS_OK;
}

void cast_close(cast *c)
{
    for (int i = 0; i < c->members; i++)
        live_presenter_close(c->member[i].presenter);
    vis_context_close(c->context);
    marker_close(c->marker);
    memset(c, 0, sizeof *c);
}

cast_member *cast_find(cast *c, const char *name)
{
    for (int i = 0; i < c->members; i++)
        if (!name || strcmp(c->member[i].facts->name, name) == 0) return &c->member[i];
    return NULL;
}

void cast_totals_add(cast_totals *t, const live_session_figures *f)
{
    t->frames += f->frames;
    t->painted += f->painted;
    t->late += f->late;
    t->slipped += f->slipped;
    t->dropped += f->dropped;
}
