/* diagnose/inspect_checkpoint.h - is the fault in the checkpoint itself?
 *
 * Findings of stage FINDING_CHECKPOINT:
 *   wrong-kind            not a lip-sync U-Net at all
 *   missing-keys          a U-Net, but weights are missing, too many, or of another shape
 *   damaged-checkpoint    the file cannot be read, or is no checkpoint at all
 *   not-finite            NaN, infinity or a negative variance among the weights
 *   untrained-batch-norm  running statistics as PyTorch initialises them
 *   dead-weights          layers whose weights are zero
 *   dead-channels         channels that no example makes fire
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIAGNOSE_INSPECT_CHECKPOINT_H
#define DIAGNOSE_INSPECT_CHECKPOINT_H

#include "base/threads.h"
#include "diagnose/finding.h"
#include "networks/model.h"

/* Severity of what leaves no picture at all, or spoils every one: before all that merely weakens
 * them. Numbers of what is broken are added to it. */
#define CHECKPOINT_RUINED 1000.0

/* Looks at the kind and at the weights; runs nothing. VIS_ERR_USAGE for a U-Net whose audio mode is
 * not decided; VIS_ERR_MEMORY. */
vis_status inspect_checkpoint(const model *m, findings *list, vis_error *err);

/* What a network does on examples: its ReLUs' channels, and how many of them stay at zero. */
typedef struct activity {
    int64_t channels, silent; /* of all layers; silent: zero everywhere in every example */
    int layers;
    double worst_share; /* silent channels of the layer that has the most of them, 0 to 1 */
    char worst[96];     /* name of that layer */
} activity;

/* Runs a U-Net, its audio mode decided, on `count` examples: visuals[i] [6, S, S], windows[i] [C,
 * H, W]. `pool` NULL: on the calling thread. Whatever model_require_unet and nn_compile say;
 * VIS_ERR_MEMORY. */
vis_status activity_measure(const model *m, thread_pool *pool, const float *const *visuals,
                            const float *const *windows, int count, activity *out, vis_error *err);

/* The same, judged. Of a few examples some channels are silent in any network; give it eight or
 * more, of speech and of rest. A network that has no ReLU, and count 0, yield nothing. */
vis_status inspect_activations(const model *m, thread_pool *pool, const float *const *visuals,
                               const float *const *windows, int count, findings *list,
                               vis_error *err);

/* Turns the error that opening a model gave into a finding: wrong-kind, missing-keys or
 * damaged-checkpoint, told apart by reading `path` again (a folder of N.pth: its highest number).
 * An error that says nothing about the contents of the file (it is not there, the wrong audio mode
 * was asked for, memory) is no finding: it comes back as this call's own. */
vis_status inspect_failed_open(const char *path, const vis_error *why, findings *list,
                               vis_error *err);

#endif
