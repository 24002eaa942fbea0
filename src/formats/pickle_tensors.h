/* formats/pickle_tensors.h - the named tensors of a pickled value.
 *
 * Those of a dict stand under its text keys. A whole network (torch.save(model)) is an object whose
 * attributes hold `_parameters`, `_buffers` and, by name, the `_modules` inside; its tensors are
 * named as its state dict would name them: "outer.inner.weight".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef FORMATS_PICKLE_TENSORS_H
#define FORMATS_PICKLE_TENSORS_H

#include "formats/pickle_value.h"

#define PICKLE_KEY_MAX 512 /* bytes of a name; tensors whose names are longer are passed over */

/* One tensor; `key` is not terminated and lasts as long as the call. False ends the walk. */
typedef bool (*pickle_visit)(void *user, pickle_text key, const pickle_tensor *value);

/* Shows every named tensor in the order of the file. *work is lowered by the values looked at, and
 * the walk ends when it is used up: values may contain themselves. */
void pickle_tensors_each(const pickle_value *from, int64_t *work, pickle_visit visit, void *user);

/* The dict of an object's attributes; NULL when there is none. */
const pickle_value *pickle_attributes(const pickle_value *object);

#endif
