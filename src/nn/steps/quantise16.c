/* nn/steps/quantise16.c - pixels of several tensors, side by side, to whole numbers of 16 bits.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/narrow.h"

typedef struct quantise_run {
    const narrow_quantise *w;
    const nn_step *step;
    const struct nn_session *s;
    int64_t block, blocks; /* pixels in a task; tasks of an image */
} quantise_run;

#define TASK_NUMBERS 16384

static void quantise_task(void *argument, int index, int worker)
{
    const quantise_run *r = argument;
    const nn_tensor *tensors = r->s->program->tensor;
    int64_t pitch = tensors[r->step->output].pitch, image = index / r->blocks;
    int64_t first = index % r->blocks * r->block, at = image * r->w->pixels + first;
    int64_t count = r->w->pixels - first < r->block ? r->w->pixels - first : r->block;
    float peak = *session_squares(r->s, r->step->output, image);
    int16_t *out = (int16_t *)session_data(r->s, r->step->output) + at * pitch;
    for (int i = 0; i < r->w->n_parts; i++) {
        const narrow_part *part = &r->w->part[i];
        int from = r->step->input[part->input];
        narrow_quantise_pixels(r->s, from, part, peak,
                               session_data(r->s, from) + at * tensors[from].pitch, count, out,
                               pitch);
    }
    (void)worker;
}

static void quantise_step_run(const nn_step *step, struct nn_session *s)
{
    const narrow_quantise *w = step->data;
    for (int64_t i = 0; i < w->images; i++)
        *session_squares(s, step->output, i) = narrow_peak(s, step, &w->range, i);
    quantise_run r = {.w = w, .step = step, .s = s};
    r.block = TASK_NUMBERS / s->program->tensor[step->output].pitch + 1;
    r.blocks = (w->pixels + r.block - 1) / r.block;
    thread_pool_run(s->pool, (int)(w->images * r.blocks), quantise_task, &r);
}

const nn_step_class quantise16_class = {"quantise", quantise_step_run, NULL};
