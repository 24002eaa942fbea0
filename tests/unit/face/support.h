/* tests/unit/face/support.h - synthetic pictures and folders for the tests of src/face.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_FACE_SUPPORT_H
#define TEST_FACE_SUPPORT_H

#include "../cmocka_all.h"
#include "base/log.h"
#include "media/picture.h"

/* Bytes of a generator that Python can repeat in one line: x = x * 1664525 + 1013904223 modulo
 * 2^32, the upper 8 bits. */
uint8_t support_random(uint32_t *state);

/* A picture of random bytes. */
void support_noise(picture *p, int width, int height, uint32_t seed);

/* A picture that shows its number: smooth, so that lossy codecs keep it, and told apart by
 * support_number. At least 64 x 64. */
void support_numbered(picture *p, int width, int height, int number);
int support_number(const picture *p);

/* FNV-1a, 64 bit, of the pixels row by row without padding. */
uint64_t support_hash(const picture *p);

/* A new folder under the system's temporary one; support_remove deletes it with all in it. */
char *support_folder(void);
void support_remove(char *folder);

/* Writes text to folder/name; folders in between are made. */
void support_write(const char *folder, const char *name, const char *text);
void support_write_png(const char *folder, const char *name, const picture *p);

/* A dataset of `count` numbered pictures with landmarks whose square is (10 + n, 12)-(42 + n, 44).
 */
void support_dataset(const char *folder, int count, int width, int height);

/* "x y" lines: all in the middle of the square but those that make it. */
char *support_landmarks(double left, double top, double right);

/* A log that counts its lines and keeps the last one. */
typedef struct support_log {
    int lines;
    char last[512];
} support_log;
vis_log support_log_to(support_log *log);

#endif
