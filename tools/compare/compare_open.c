/* compare/compare_open.c - opens both sides and what checkpoints are fed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "compare/compare_internal.h"

#include "base/memory.h"
#include "inside/handles.h"
#include "measure/tensor_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

side *comparison_first_model(const comparison *c)
{
    return side_model(c->a) ? c->a : side_model(c->b) ? c->b : NULL;
}

bool comparison_both_models(const comparison *c)
{
    return side_model(c->a) && side_model(c->b);
}

static bool undecided(const side *s)
{
    return side_model(s) && !inside_model(side_model(s))->net;
}

/* By the audio tensors that it is to be fed: 16 x 16 or 32 x 32 a channel. */
static vis_status settle_by_folder(vis_model *m, const char *folder, vis_error *err)
{
    tensor_folder f;
    VIS_TRY(tensor_folder_open(folder, &f, err));
    int64_t size = f.audio_rank == 4 ? f.audio_dim[2] : 0;
    tensor_folder_close(&f);
    return vis_model_set_audio_mode(m, size == 32 ? "hubert" : "ave", err);
}

/* By the features that go with the footage. */
static vis_status settle_by_speech(vis_model *m, const compare_options *o, vis_error *err)
{
    vis_character_options plain = vis_character_options_defaults();
    vis_character *footage;
    vis_features *features = NULL;
    plain.fps = -1;
    VIS_TRY(vis_character_open(o->character, &plain, &footage, err));
    vis_status status =
        vis_features_open_own(m, footage, &o->speech, o->threads, NULL, &features, err);
    vis_features_close(features);
    vis_character_close(footage);
    return status;
}

static vis_status same_kind(const side *a, const side *b, vis_error *err)
{
    vis_model_info x, y;
    vis_model_get_info(side_model(a), &x);
    vis_model_get_info(side_model(b), &y);
    if (x.kind == y.kind) return VIS_OK;
    return vis_fail(err, VIS_ERR_MISMATCH,
                    "%s is a network of another kind (%s) than %s (%s): nothing to compare", x.path,
                    x.kind_name, y.path, y.kind_name);
}

static vis_status settle(side *s, const side *other, const compare_options *o, vis_error *err)
{
    if (!undecided(s)) return VIS_OK;
    vis_model *m = side_model(s);
    if (o->audio_mode) return vis_model_set_audio_mode(m, o->audio_mode, err);
    vis_model_info info;
    if (side_model(other) && !undecided(other)) {
        vis_model_get_info(side_model(other), &info);
        return vis_model_set_audio_mode(m, info.audio_mode, err);
    }
    if (o->character) return settle_by_speech(m, o, err);
    if (o->data) return settle_by_folder(m, o->data, err);
    vis_model_get_info(m, &info);
    return vis_fail(err, VIS_ERR_USAGE,
                    "%s: the checkpoint fits both ave and hubert; say which with --audio-mode",
                    info.path);
}

/* Networks that cannot be given the same input: says in what their structure differs as well. */
static vis_status explain_structure(const comparison *c, vis_status status, vis_error *err)
{
    node_comparison nodes;
    const model *a = inside_model(side_model(c->a)), *b = inside_model(side_model(c->b));
    if (!err || a->info.kind != b->info.kind || a->net->n_inputs != b->net->n_inputs ||
        node_compare(a, b, NULL, NULL, &nodes, NULL) != VIS_OK)
        return status;
    size_t used = strlen(err->message);
    const compared_node *n = nodes.structural >= 0 ? &nodes.node[nodes.structural] : NULL;
    if (n && n->name_a && n->name_b)
        snprintf(err->message + used, sizeof err->message - used,
                 "; the structure parts at %s: %s in A, %s in B", n->name_a, n->layer_a,
                 n->layer_b);
    text_make_printable(err->message);
    node_comparison_free(&nodes);
    return status;
}

/* Which start is meant: the user's, or what the frames of the other side say of themselves. */
static vis_status choose_start(comparison *c, vis_error *err)
{
    const sidecar *said = c->beside_a.known ? &c->beside_a : &c->beside_b;
    int64_t start = c->options.start;
    if (start >= 0 && said->known && said->start >= 0 && said->start != start)
        return vis_fail(err, VIS_ERR_MISMATCH,
                        "the frames start at %lld, says their %s; --start %lld is another run",
                        (long long)said->start, said->file, (long long)start);
    c->result.start = start >= 0 ? start : said->known && said->start >= 0 ? said->start : 0;
    return VIS_OK;
}

static vis_status check_usage(const comparison *c, vis_error *err)
{
    const side *fixed = side_model(c->a) ? c->b : c->a;
    const compare_options *o = &c->options;
    if (!comparison_first_model(c) && (o->character || o->data))
        return vis_fail(err, VIS_ERR_USAGE,
                        "neither side is a checkpoint: leave --character and --data out");
    if (o->start > 0 && !o->character)
        return vis_fail(err, VIS_ERR_USAGE,
                        "--start %lld: counts frames of footage; give --character",
                        (long long)o->start);
    if (o->character && o->data)
        return vis_fail(err, VIS_ERR_USAGE, "give either --character or --data");
    if (!comparison_first_model(c) || comparison_both_models(c) || o->character || o->data)
        return VIS_OK;
    return vis_fail(err, VIS_ERR_USAGE,
                    "%s: say what these %s were made from, with --character (frames of footage) or "
                    "--data (raw tensors)",
                    side_path(fixed), side_what(fixed));
}

vis_status comparison_open_sides(comparison *c, vis_error *err)
{
    const compare_options *o = &c->options;
    vis_model_options m = {.size = sizeof m, .checkpoint = -1, .log = o->log};
    VIS_TRY(side_open(o->a, &m, o->threads, &c->a, err));
    VIS_TRY(side_open(o->b, &m, o->threads, &c->b, err));
    VIS_TRY(sidecar_read(c->a, &c->beside_a, err));
    VIS_TRY(sidecar_read(c->b, &c->beside_b, err));
    VIS_TRY(match_sidecars(c->a, &c->beside_a, c->b, &c->beside_b, err));
    VIS_TRY(match_names(c->a, c->b, o->frames, err));
    VIS_TRY(check_usage(c, err));
    return choose_start(c, err);
}

/* A checkpoint's pictures are whole frames where the other side's are larger than its output. */
static vis_status wants_whole(const comparison *c, bool *whole, vis_error *err)
{
    const side *other = side_model(c->a) ? c->b : c->a;
    const face_geometry *g = feed_geometry(c->feed);
    int width, height;
    *whole = false;
    if (comparison_both_models(c) || side_kind_of(other) != SIDE_PICTURES || !g ||
        feed_kind_of(c->feed) != FEED_FOOTAGE)
        return VIS_OK;
    VIS_TRY(side_picture_size(other, &width, &height, err));
    *whole = width != g->size || height != g->size;
    return VIS_OK;
}

static vis_status prepare(comparison *c, side *s, bool whole, vis_error *err)
{
    static const int straight[GRAPH_MAX_INPUTS] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                   8, 9, 10, 11, 12, 13, 14, 15};
    if (!side_model(s)) return VIS_OK;
    const int *order = s == comparison_first_model(c) ? straight : c->inputs.of_b;
    graph_shape shape[GRAPH_MAX_INPUTS];
    for (int k = 0; k < c->inputs.count; k++)
        shape[k] = c->inputs.shape[order[k]];
    return side_prepare(s, shape, c->inputs.count, order, whole, feed_geometry(c->feed), c->pool,
                        err);
}

static void describe_inputs(comparison *c)
{
    const compare_options *o = &c->options;
    compare_result *r = &c->result;
    switch (feed_kind_of(c->feed)) {
    case FEED_FOOTAGE:
        snprintf(r->inputs, sizeof r->inputs,
                 "footage of %.400s from frame %lld, composited exactly", o->character,
                 (long long)r->start);
        r->composited = true;
        break;
    case FEED_FOLDER:
        snprintf(r->inputs, sizeof r->inputs, "tensors of %.450s", o->data);
        break;
    case FEED_SYNTHETIC:
        snprintf(r->inputs, sizeof r->inputs,
                 "synthetic inputs, seed %d (random tiles and features; --character gives real "
                 "ones)",
                 FEED_SEED);
        break;
    }
}

vis_status comparison_open_models(comparison *c, vis_error *err)
{
    const compare_options *o = &c->options;
    side *first = comparison_first_model(c), *last = side_model(c->b) ? c->b : c->a;
    VIS_TRY(same_kind(first, last, err));
    VIS_TRY(settle(c->a, c->b, o, err));
    VIS_TRY(settle(c->b, c->a, o, err));
    vis_status status = node_inputs_pair(inside_model(side_model(first)),
                                         inside_model(side_model(last)), &c->inputs, err);
    if (status == VIS_ERR_MISMATCH) return explain_structure(c, status, err);
    VIS_TRY(status);
    feed_options f = {.character = o->character,
                      .data = o->data,
                      .speech = o->speech,
                      .start = c->result.start,
                      .threads = o->threads,
                      .log = &c->options.log};
    VIS_TRY(feed_open(side_model(first), &c->inputs, &f, &c->feed, err));
    bool whole;
    VIS_TRY(wants_whole(c, &whole, err));
    VIS_TRY(thread_pool_create(o->threads, &c->pool, err));
    VIS_TRY(prepare(c, c->a, whole, err));
    VIS_TRY(prepare(c, c->b, whole, err));
    describe_inputs(c);
    return VIS_OK;
}
