/* tests/faults/left_behind.h - what a run leaves: files in a folder, descriptors, threads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_FAULTS_LEFT_BEHIND_H
#define TESTS_FAULTS_LEFT_BEHIND_H

#include <stdbool.h>
#include <stddef.h>

/* Open descriptors of this process. */
int left_descriptors(void);

/* Whether this process has as few threads as that; waits a little for those that are just ending.
 */
bool left_threads_at_most(int count);
int left_threads(void);

#define LEFT_MAX_FILES 64
typedef struct left_file {
    char name[256];
    unsigned char *bytes;
    size_t size;
} left_file;

/* The files of a folder and of the folders in it. */
typedef struct left_files {
    left_file file[LEFT_MAX_FILES];
    int count;
} left_files;

void left_read(const char *folder, left_files *out); /* release with left_free */
void left_free(left_files *files);
void left_empty(const char *folder); /* removes everything in it */

/* Whether every file of `found` is one of `whole`, with its bytes; of texts that tell times (.json,
 * .html) only the end is compared: it says that the file is whole. Puts the first other name into
 * `which` (of 256). */
bool left_are_whole(const left_files *found, const left_files *whole, char *which);

#endif
