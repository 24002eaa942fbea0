/* formats/pickle.h - reads the part of Python's pickle that torch.save writes. Executes nothing.
 *
 * Format (Python's Lib/pickletools.py; torch/serialization.py for what torch.save puts into it): a
 * pickle is a program of one-byte opcodes with arguments for a stack machine. Most opcodes push a
 * plain value (None, bool, int, float, text, tuple, list, dict) or put values into a container
 * below; MARK remembers a height of the stack, BINPUT and BINGET store and recall a value by number
 * (the memo), STOP ends with the value on top. GLOBAL names a Python object "module name", REDUCE
 * calls it with a tuple: that is how a pickle could run any code. BINPERSID turns a tuple into an
 * object from outside the stream: for torch, ("storage", storage type, key, location, number of
 * elements, view), the raw numbers being kept elsewhere under `key`.
 *
 * Here opcodes are a whitelist, and nothing is ever called: "calling" one of the handful of globals
 * that tensors need only builds the values below, and whatever is made with any other (a NumPy
 * scalar, an argparse.Namespace, an optimizer) becomes an opaque object, which keeps its class's
 * name and what was put into it, and nothing else. Globals that have no business in a checkpoint
 * (os.system, builtins.eval) are refused by name and byte offset all the same.
 * Protocols 2 to 5 are read. Bounds: bytes are read only within the stream; values and memo entries
 * number at most PICKLE_MAX_VALUES, open marks PICKLE_MAX_DEPTH. Nothing here or in the callers
 * recurses over values, so nesting costs no stack, and a value that contains itself is harmless.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PICKLE_H
#define FORMATS_PICKLE_H

#include "formats/pickle_value.h"

#define PICKLE_MAX_VALUES (1 << 20)
#define PICKLE_MAX_DEPTH 512

/* Reads one pickle from the front of `data`. *value is the arena's, its texts point into `data`,
 * which must stay. *used (may be NULL) is how many bytes the pickle took. `where` begins messages
 * (the file, and the entry in it) and `base` is added to the offsets in them. VIS_ERR_FORMAT: cut
 * short or inconsistent. VIS_ERR_UNSUPPORTED: an opcode or global that is refused. */
vis_status pickle_read(pickle_arena *arena, const uint8_t *data, size_t size, const char *where,
                       size_t base, const pickle_value **value, size_t *used, vis_error *err);

#endif
