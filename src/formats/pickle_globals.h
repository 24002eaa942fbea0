/* formats/pickle_globals.h - the Python names that a checkpoint may mention, and what calling them
 * means.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PICKLE_GLOBALS_H
#define FORMATS_PICKLE_GLOBALS_H

#include "formats/pickle_value.h"

typedef enum global_kind {
    GLOBAL_DICT,         /* OrderedDict: no argument, or pairs; Counter: a dict */
    GLOBAL_DEFAULT_DICT, /* of whatever makes its values: begins empty */
    GLOBAL_SET,          /* of a list */
    GLOBAL_SIZE,         /* torch.Size: of a tuple, and stays one */
    GLOBAL_TENSOR,       /* _rebuild_tensor, _v2, _v3: storage, offset, size, stride, ... */
    GLOBAL_PARAMETER,    /* _rebuild_parameter: wraps a tensor */
    GLOBAL_SUBCLASS,     /* _rebuild_from_type_v2: (function, class, its arguments, state) */
    GLOBAL_NUMBER_TYPE,  /* numpy.dtype: its name, as text */
    GLOBAL_NUMBER,       /* a NumPy scalar: (type, bytes) */
    GLOBAL_DEVICE,       /* torch.device: its name */
    GLOBAL_STORAGE_TYPE, /* FloatStorage and so on: named, never called */
    GLOBAL_DTYPE,        /* torch.float32 and so on: named, never called */
} global_kind;

typedef struct pickle_global {
    const char *module, *name;
    global_kind kind;
    stored_type dtype; /* of a storage type or dtype */
} pickle_global;

/* The index of a name in the whitelist, -1 when it is not there. */
int pickle_global_find(const pickle_text *module, const pickle_text *name);

/* Is it a name by which pickles run commands, and that no checkpoint has a use for? */
bool pickle_global_is_hostile(const pickle_text *module, const pickle_text *name);
const pickle_global *pickle_global_get(int index);

/* What "calling" global `index` with `arguments` (a tuple) gives: one of the arguments itself, in
 * *same, or, when that stays NULL, a new value in *result (an OBJECT where it is none that is
 * known). Returns NULL, or in words what is wrong. */
const char *pickle_global_call(int index, const pickle_value *arguments, pickle_value *result,
                               pickle_value **same);

#endif
