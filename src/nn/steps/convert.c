/* nn/steps/convert.c - from one layout to the other.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/steps/steps.h"

static void to_nhwc(const nn_tensor *in, const float *x, const nn_tensor *out, float *y)
{
    int64_t c = in->shape.dim[1], area = in->shape.dim[2] * in->shape.dim[3];
    for (int64_t n = 0; n < in->shape.dim[0]; n++, x += c * area)
        for (int64_t i = 0; i < area; i++, y += out->pitch) {
            for (int64_t k = 0; k < c; k++)
                y[k] = x[k * area + i];
            for (int64_t k = c; k < out->pitch; k++)
                y[k] = 0;
        }
}

static void to_plain(const nn_tensor *in, const float *x, float *y)
{
    int64_t c = in->shape.dim[1], area = in->shape.dim[2] * in->shape.dim[3];
    for (int64_t n = 0; n < in->shape.dim[0]; n++, x += area * in->pitch)
        for (int64_t k = 0; k < c; k++)
            for (int64_t i = 0; i < area; i++)
                *y++ = x[i * in->pitch + k];
}

static void convert_run(const nn_step *step, struct nn_session *s)
{
    const nn_tensor *in = &s->program->tensor[step->input[0]],
                    *out = &s->program->tensor[step->output];
    const float *x = session_data(s, step->input[0]);
    float *y = session_data(s, step->output);
    if (out->layout == NN_NHWC)
        to_nhwc(in, x, out, y);
    else
        to_plain(in, x, y);
}

static const nn_step_class convert_class = {"convert", convert_run, NULL};

vis_status lower_convert(lowering *l, const char *name, int from, int to, vis_error *err)
{
    return program_add_step(l->p, &convert_class, name, &from, 1, to, NULL, err);
}
