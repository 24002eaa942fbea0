/* program/verify_text.h - what viseme verify says, for people and as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROGRAM_VERIFY_TEXT_H
#define PROGRAM_VERIFY_TEXT_H

#include "viseme/viseme.h"

#include <jansson.h>

/* Prints the verdict, then layer by layer what it rests on. */
void verify_print(const char *path, const vis_verification *v);

/* The same for programs; the caller's; NULL when out of memory. */
json_t *verify_json(const char *path, const vis_verification *v);

#endif
