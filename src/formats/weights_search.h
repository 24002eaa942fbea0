/* formats/weights_search.h - where in a checkpoint the weights are.
 *
 * Trainers wrap them: a dict under `state_dict`, `model`, `generator`, `params_ema`, beside an
 * epoch and an optimizer; a tuple or list; an object; keys that all begin with `module.`, `model.`,
 * `netG.`. Looked for are the names of this family's parts (inc, audio_model, fuse_conv ... of a
 * U-Net, N.conv_block of an audio encoder), in whatever the file holds and behind any one prefix.
 *
 * Where more than one place would do: a U-Net goes before an encoder, one with all its parts before
 * one with a few, plain weights before averaged ones (a name with "ema" in it), what lies less deep
 * before what lies deeper, and then the one that comes first in the file. A warning says which was
 * taken and which was not.
 *
 * Where nothing is of the family: a dict under a usual name (`model`, `state_dict`, `net`, ...),
 * else the one with the most tensors, so that messages can say what the file is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_WEIGHTS_SEARCH_H
#define FORMATS_WEIGHTS_SEARCH_H

#include "base/log.h"
#include "formats/pickle.h"

#define WEIGHTS_NAME_SIZE 64

typedef struct weights_location {
    const pickle_value *holder;        /* a dict or an object: see pickle_tensors.h */
    char container[WEIGHTS_NAME_SIZE]; /* "state_dict", "[0].model", ...; "" for the whole file */
    char prefix[WEIGHTS_NAME_SIZE];    /* what the family's keys begin with; "" when nothing */
    bool known;                        /* of the family */
} weights_location;

/* The values that may be looked at in one checkpoint, those of a reading included. */
#define WEIGHTS_WORK ((int64_t)8 * PICKLE_MAX_VALUES)

/* VIS_ERR_UNSUPPORTED when there are no tensors under names at all; the message lists what there
 * is. VIS_ERR_MEMORY. `name` begins messages. */
vis_status weights_find(const pickle_value *root, const char *name, const vis_log *log,
                        weights_location *out, vis_error *err);

#endif
