/* base/json.h - JSON that is read and made whole, or not at all, also where memory runs out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>

#define JSON_MAX_VALUES (1 << 20) /* the crop squares of an hour are half of that */

/* Reads text in which no key comes twice in one object; a byte order mark before it is fine. *out
 * is the caller's to release; NULL on failure. VIS_ERR_FORMAT (`name`, line and column are told),
 * VIS_ERR_LIMIT, VIS_ERR_MEMORY. */
vis_status json_parse(const void *text, size_t size, const char *name, json_t **out,
                      vis_error *err);

/* Puts a value, which is used up, under a key of an object, or at the end of a list. What cannot be
 * complete is nothing: where the value is NULL or memory runs out, *into is released and becomes
 * NULL, and stays so. */
void json_put(json_t **into, const char *key, json_t *value);
void json_add(json_t **into, json_t *value);

/* A text, or null for NULL. JSON is UTF-8: in a text that is not, as file names may be, each byte
 * that does not belong becomes '?'. NULL when out of memory. */
json_t *json_text(const char *text);

/* As json_pack, with its formats { } [ ] s s? i I f b o O, but a text may be anything (json_text)
 * and a number that is not finite is null: a report must not fail after the work because of what it
 * tells. NULL when out of memory, or where a value given is NULL; those given with "o" are used up
 * in any case. */
#define JSON_MAKE_DEPTH 4
json_t *json_make(const char *format, ...);

/* A value, which is used up, as indented text: a new one, the caller's to free, or a file, whole or
 * not at all. A value of NULL could not be made: VIS_ERR_MEMORY; VIS_ERR_WRITE. */
vis_status json_print(json_t *value, char **text, vis_error *err);
vis_status json_write(const char *path, json_t *value, vis_error *err);

#endif
