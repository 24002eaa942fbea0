/* render/crew.c - threads that paint.
 * SPDX-License-Identifier: Apache-2.0 */
#include "render/crew.h"

#include "base/memory_limit.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct member {
    thread_pool *pool; /* NULL: the member's thread alone */
    renderer *renderer;
    character *character;
    frame_line *line;
    pthread_t thread;
} member;

struct crew {
    compiled_network *compiled;
    int size;
    int at_work; /* members whose threads run */
    member member[CREW_MAX];
};

static vis_status hire(member *one, compiled_network *compiled, character *c, int threads,
                       const renderer_options *options, vis_error *err)
{
    one->character = c;
    if (threads > 1) VIS_TRY(thread_pool_create(threads, &one->pool, err));
    return renderer_create_on(compiled, c, one->pool, options, &one->renderer, err);
}

/* All that paint together take at most half of what is left: decoder and encoder want theirs. */
static int members_that_fit(const compiled_network *compiled, int size)
{
    size_t room = memory_left() / 2, each = nn_session_bytes(compiled->program, 1);
    while (size > 1 && each > room / (size_t)size)
        size--;
    return size;
}

static vis_status set_up(crew *all, const model *m, character *c, int threads,
                         const renderer_options *options, vis_error *err)
{
    thread_pool *pool = NULL;
    if (threads > 1) VIS_TRY(thread_pool_create(threads, &pool, err));
    network_options shared = renderer_network(c, options, pool);
    vis_status status = compiled_network_create(m, &shared, &all->compiled, err);
    thread_pool_destroy(pool);
    VIS_TRY(status);
    all->size = members_that_fit(all->compiled, all->size);
    for (int i = 0; i < all->size; i++)
        VIS_TRY(hire(&all->member[i], all->compiled, c, threads / all->size, options, err));
    return VIS_OK;
}

vis_status crew_create(const model *m, character *c, int threads, int64_t frames,
                       const renderer_options *options, crew **out, vis_error *err)
{
    *out = NULL;
    crew *made = calloc(1, sizeof *made);
    if (!made) return vis_fail_memory(err, "the painters");
    if (threads <= 0) threads = thread_default_count();
    made->size = threads < CREW_MAX ? threads : CREW_MAX;
    if (frames > 0 && frames < made->size) made->size = (int)frames;
    vis_status status = set_up(made, m, c, threads, options, err);
    if (status == VIS_OK)
        *out = made;
    else
        crew_free(made);
    return status;
}

void crew_free(crew *all)
{
    if (!all) return;
    crew_join(all);
    for (int i = 0; i < all->size; i++) {
        renderer_free(all->member[i].renderer);
        thread_pool_destroy(all->member[i].pool);
    }
    compiled_network_free(all->compiled);
    free(all);
}

const nn_fast *crew_fast(const crew *all)
{
    return nn_fast_of(all->compiled->program);
}

int crew_size(const crew *all)
{
    return all->size;
}

static void *member_main(void *argument)
{
    member *one = argument;
    for (frame_place *p; (p = frame_line_take(one->line));) {
        render_frame frame;
        if (p->status == VIS_OK)
            p->status = renderer_draw_into(one->renderer, &p->order, &p->picture, &frame, &p->err);
        if (p->status == VIS_OK) p->range = frame.range;
        character_release(one->character, p->order.filmed);
        p->order.filmed = NULL;
        frame_line_painted(one->line, p);
    }
    return NULL;
}

vis_status crew_start(crew *all, frame_line *line, vis_error *err)
{
    for (; all->at_work < all->size; all->at_work++) {
        member *one = &all->member[all->at_work];
        one->line = line;
        if (pthread_create(&one->thread, NULL, member_main, one) != 0) {
            frame_line_stop(line);
            return vis_fail(err, VIS_ERR_MEMORY, "cannot start painter %d of %d; try --threads 1",
                            all->at_work + 1, all->size);
        }
    }
    return VIS_OK;
}

void crew_join(crew *all)
{
    for (; all->at_work > 0; all->at_work--)
        pthread_join(all->member[all->at_work - 1].thread, NULL);
}
