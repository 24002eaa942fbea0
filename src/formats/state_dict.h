/* formats/state_dict.h - the named weights of a checkpoint, as float32.
 *
 * Where in the file they are is searched (formats/weights_search.h); what the keys of all of them
 * begin with (`module.`, `model.`) is stripped. Only the chosen tensors are read. They may share a
 * storage and may be strided views.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_STATE_DICT_H
#define FORMATS_STATE_DICT_H

#include "base/log.h"
#include "base/tensor.h"
#include "formats/stored_type.h"
#include "formats/weights_search.h"

#include <stdbool.h>

#define STATE_DICT_MAX_TENSORS 100000
#define STATE_DICT_MAX_NUMBERS ((int64_t)1 << 28) /* of all tensors together: 1 GiB as float32 */

typedef struct state_entry {
    char *key;          /* without the prefix; owned */
    stored_type stored; /* as it was in the file */
    tensor value;       /* TENSOR_F32 whatever was stored; owned */
} state_entry;

typedef struct state_dict {
    state_entry *entry; /* in the order of the file */
    int count;
    int *by_key;                       /* indices of entries sorted by key */
    char container[WEIGHTS_NAME_SIZE]; /* "state_dict", "model.state_dict", ...; "" when the file
                                          is the dict itself */
    char prefix[WEIGHTS_NAME_SIZE];    /* what was stripped from every key; "" when nothing */
    char weights_dtype[16];            /* of the floating point tensors: "float32", ..., "mixed" */
    bool legacy;                       /* the stream format from before PyTorch 1.6 */
} state_dict;

/* Reads a torch.save file that lies in memory. `name` begins messages, odd things go to `log`.
 * VIS_ERR_FORMAT for damage; VIS_ERR_UNSUPPORTED for a sound file without weights (the message
 * lists what it has) and for what the pickle reader refuses; VIS_ERR_LIMIT. */
vis_status state_dict_read(const uint8_t *data, size_t size, const char *name, const vis_log *log,
                           state_dict **out, vis_error *err);
void state_dict_free(state_dict *dict); /* NULL is fine */

/* The entry of a key; NULL when it is not there. */
state_entry *state_dict_find(const state_dict *dict, const char *key);

#endif
