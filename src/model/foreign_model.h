/* model/foreign_model.h - what is given as a model and is none that is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MODEL_FOREIGN_MODEL_H
#define MODEL_FOREIGN_MODEL_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* An error that names the file for what it is and says how to come by one that is read.
 * VIS_ERR_FORMAT, or VIS_ERR_UNSUPPORTED for a sound file of another program. */
vis_status foreign_model_refuse(const uint8_t *data, size_t size, const char *path, vis_error *err);

#endif
