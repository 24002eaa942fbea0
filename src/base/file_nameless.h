/* base/file_nameless.h - files without a name, which are gone when nobody has them open.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_NAMELESS_H
#define BASE_FILE_NAMELESS_H

/* A fresh one in $TMPDIR, else /tmp, to read and write; a descriptor, or -1 with errno. */
int file_nameless(void);

/* Under which path this process can open the file of such a descriptor, as long as that is open. */
#define FILE_NAMELESS_PATH 32
void file_nameless_path(int fd, char path[FILE_NAMELESS_PATH]);

/* The file of a descriptor once more, to read from its beginning whatever others do; likewise. */
int file_nameless_again(int fd);

#endif
