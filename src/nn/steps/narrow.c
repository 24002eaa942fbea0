/* nn/steps/narrow.c - what the steps in 16 bits share: the range of a frame, and biases for it.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/narrow.h"

#include <math.h>
#include <string.h>

#define MEASURE_FLOATS 16384 /* in a task */

float narrow_peak(const struct nn_session *s, const nn_step *step, int n_inputs, float least,
                  int64_t image)
{
    float peak = least;
    for (int i = 0; i < n_inputs; i++) {
        float of = session_peak(s, step->input[i])[image];
        if (of > peak) peak = of;
    }
    return peak;
}

void narrow_clear_peaks(const struct nn_session *s, int id)
{
    const nn_tensor *t = &s->program->tensor[id];
    for (int64_t i = 0; t->peak && i < t->shape.dim[0]; i++)
        session_peak(s, id)[i] = 0;
}

void narrow_raise_peak(const struct nn_session *s, int id, int64_t image, const float *pixels,
                       ptrdiff_t stride, int64_t count, int64_t channels)
{
    if (!s->program->tensor[id].peak) return;
    const nn_kernels16 *kernels = s->program->narrow;
    float most = 0;
    if (stride == channels) most = kernels->peak(pixels, count * channels);
    for (int64_t i = 0; stride != channels && i < count; i++) {
        float of = kernels->peak(pixels + i * stride, channels);
        if (of > most) most = of;
    }
    /* Magnitudes are in the order of their bits. */
    uint32_t *shared = (uint32_t *)(void *)(session_peak(s, id) + image), bits, seen;
    memcpy(&bits, &most, sizeof bits);
    seen = __atomic_load_n(shared, __ATOMIC_RELAXED);
    while (bits > seen && !__atomic_compare_exchange_n(shared, &seen, bits, true, __ATOMIC_RELAXED,
                                                       __ATOMIC_RELAXED))
        continue;
}

typedef struct measuring {
    const struct nn_session *s;
    int id;
    int64_t floats, blocks; /* of an image; tasks of an image */
} measuring;

static void measure_task(void *argument, int index, int worker)
{
    const measuring *m = argument;
    int64_t image = index / m->blocks, first = index % m->blocks * MEASURE_FLOATS;
    int64_t count = m->floats - first < MEASURE_FLOATS ? m->floats - first : MEASURE_FLOATS;
    const float *data = session_data(m->s, m->id) + image * m->floats + first;
    narrow_raise_peak(m->s, m->id, image, data, count, 1, count);
    (void)worker;
}

void narrow_measure(const struct nn_session *s, int id)
{
    const nn_tensor *t = &s->program->tensor[id];
    measuring m = {.s = s, .id = id, .floats = t->peak / t->shape.dim[0]};
    m.blocks = (m.floats + MEASURE_FLOATS - 1) / MEASURE_FLOATS;
    narrow_clear_peaks(s, id);
    thread_pool_run(s->pool, (int)(t->shape.dim[0] * m.blocks), measure_task, &m);
}

void narrow_expand_bias(const narrow_front *f, float peak, int64_t c, int64_t n, int32_t *start)
{
    for (int64_t i = 0; i < n; i++)
        start[i] = (int32_t)lrintf(f->expand_bias[c + i] / peak) + NN16_HALF;
}

void narrow_depthwise_bias(const narrow_front *f, float peak, int64_t c, int64_t n, int16_t *bias)
{
    for (int64_t i = 0; i < n; i++)
        bias[i] = (int16_t)lrintf(f->depthwise_bias[c + i] / peak);
}

int16_t narrow_weight(double weight)
{
    double q = floor(weight * NN16_ONE + 0.5);
    return (int16_t)(q > 32767 ? 32767 : q < -32767 ? -32767 : q);
}
