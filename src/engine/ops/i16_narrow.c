/* engine/ops/i16_narrow.c - pixels of floats without the channels that pad them to float32's vectors.
 *
 * Between steps of 16 bits a pixel of few channels needs 8 floats where float32's kernels want 16:
 * half of what is written, measured, and read again from L3.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include "engine/ops/i16.h"
#include "engine/ops/i16_build.h"

#define MULTIPLE 8 /* of channels that the kernels of 16 bits take */

/* The product that a step ends with, if it may write fewer channels; else NULL. */
static i16_gemm *product_of(const nn_step *step)
{
    i16_gemm *product = NULL;
    if (step->kind == &ir_rows_i16_class)
        product = &((ir_rows_i16_step *)step->data)->project;
    else if (step->kind == &gemm_i16_class)
        product = step->data;
    return product && product->scale && product->blocks == 1 ? product : NULL;
}

/* What a step adds to its own result, which is laid out alike; -1: nothing. */
static int residual_of(const nn_step *step)
{
    const i16_gemm *product = product_of(step);
    return product && product->residual >= 0 ? step->input[product->residual] : -1;
}

static int64_t narrow_pitch(const nn_tensor *t)
{
    return round_up(t->shape.dim[1], MULTIPLE);
}

/* Of floats alone, in the working memory, and wider than need be. */
static bool could_be_narrow(const nn_tensor *t)
{
    return t->layout == NN_NHWC && t->storage == NN_IN_ARENA && narrow_pitch(t) < t->pitch;
}

static bool reads_narrow(const nn_program *p, const nn_step *step, int id)
{
    if (step->kind != &ir_rows_i16_class && step->kind != &quantise_i16_class &&
        step->kind != &gemm_i16_class)
        return false;
    return residual_of(step) != id || narrow_pitch(&p->tensor[id]) == p->tensor[step->output].pitch;
}

/* Do all who touch it take a pixel of narrow_pitch? Outputs of later steps are narrow already. */
static bool all_agree(const nn_program *p, int id)
{
    int writers = 0;
    for (int i = 0; i < p->n_steps; i++) {
        const nn_step *step = &p->step[i];
        if (step->output == id) {
            if (!product_of(step)) return false;
            writers++;
        }
        for (int k = 0; k < step->n_inputs; k++)
            if (step->input[k] == id && !reads_narrow(p, step, id)) return false;
    }
    return writers == 1;
}

static void make_narrow(nn_tensor *t)
{
    int64_t pixels = t->shape.dim[0] * t->shape.dim[2] * t->shape.dim[3];
    t->pitch = narrow_pitch(t);
    t->floats = pixels * t->pitch;
    if (!t->squares) return;
    t->squares = round_up(t->floats, VIS_ALIGN / (int64_t)sizeof(float));
    t->floats = t->squares + t->shape.dim[0] * NN_SQUARES;
}

void i16_narrow(nn_program *p)
{
    for (int i = p->n_steps - 1; i >= 0; i--) {
        nn_tensor *t = &p->tensor[p->step[i].output];
        if (!could_be_narrow(t) || !all_agree(p, p->step[i].output)) continue;
        make_narrow(t);
        product_of(&p->step[i])->floats = t->pitch;
    }
}
