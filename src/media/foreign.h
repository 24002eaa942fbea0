/* media/foreign.h - what a file is that was given as sound or video and is neither.
 *
 * Services answer with an error where a recording was expected, and with samples that have no
 * header; somebody saves that under the name of a sound file. Told by the first bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FOREIGN_H
#define MEDIA_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOREIGN_BYTES 4096 /* enough to tell by */
#define FOREIGN_TEXT 400

/* Describes in `text` what a file that begins with these bytes is and what to do; `size` less than
 * FOREIGN_BYTES: it holds no more. False when they say nothing: whatever has no header. The text
 * holds printable characters only. */
bool foreign_describe(const uint8_t *bytes, size_t size, char text[FOREIGN_TEXT]);

#endif
