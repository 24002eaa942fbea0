/* render/compiled_network.h - a lip-sync U-Net compiled, and what is kept of footage frames: what
 * the networks that paint with it share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RENDER_COMPILED_NETWORK_H
#define RENDER_COMPILED_NETWORK_H

#include "face/character.h"
#include "model/model.h"
#include "nn/nn.h"
#include "render/kept_frames.h"

typedef struct network_options {
    bool reference;    /* on the plain C kernels, for checking */
    int footage;       /* frames of the footage, of which results may be kept; 0: none */
    size_t kept_bytes; /* that these may take */
    character *sample; /* whose first frame decides what the fast precision runs in 16 bits; NULL:
                          float32 */
    thread_pool *pool; /* that this may use, or NULL */
} network_options;

/* May be shared by any number of threads: after its making only `kept` changes, which guards
 * itself. */
typedef struct compiled_network {
    const model_info *info;
    nn_program *program;
    kept_frames *kept; /* NULL: nothing */
    int batch;         /* 1, or what an ONNX file insists on */
} compiled_network;

/* `m` must pass model_require_unet, and must outlive it. Of an ONNX file with a fixed batch nothing
 * is kept. `options` may be NULL: none of them. VIS_ERR_MISMATCH (not a U-Net, an output of another
 * shape), VIS_ERR_USAGE (audio mode undecided), VIS_ERR_UNSUPPORTED (weights that are not finite,
 * in the fast precision), VIS_ERR_MEMORY, and what reading the sample says. */
vis_status compiled_network_create(const model *m, const network_options *options,
                                   compiled_network **out, vis_error *err);
void compiled_network_free(compiled_network *c); /* NULL is fine */

#endif
