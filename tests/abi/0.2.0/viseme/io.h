/* viseme/io.h - input and output by functions of the caller's own, where there are no files: bytes
 * in memory, an archive, a network connection, Python's BytesIO, Go's io.Reader and io.Writer.
 *
 * Front to back. What is read is read once, from where it stands to its end; what is written is
 * written once, from its first byte to its last, when it is complete. Nobody is asked to seek, to
 * say a size, or to give anything twice, so that whatever gives or takes bytes in order will do.
 *
 * When. The functions are called by the thread that called viseme, one at a time, and only until
 * that call returns; no handle keeps them. Then the structure, its name and what `user` points at
 * may go. The library opens and closes nothing there, and never touches what is behind the end.
 * They must not call into the handle that they are read for or written from.
 *
 * Where it goes meanwhile. Checkpoints are read into memory, 2 GiB at most, as their files may
 * have. Sound and features, 4 GiB at most, and a video while it is made lie in a file without a name
 * in the folder for temporary files (TMPDIR, else /tmp), which is gone with the process however
 * that ends. VIS_ERR_LIMIT beyond; VIS_ERR_WRITE where there is no room.
 *
 * Everything else is as with files: what is read is told by its contents, the same is refused, and
 * the same bytes come out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef VISEME_IO_H
#define VISEME_IO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Puts 1 to `size` bytes into `buffer` and returns how many; fewer than were asked for is fine.
 * 0: the end, after which it is not called again. Negative: it failed, VIS_ERR_OPEN; the message
 * says the number. Waits where nothing is there yet. More than `size`: VIS_ERR_USAGE. */
typedef int64_t (*vis_read_fn)(void *user, void *buffer, size_t size);

/* Takes 1 to `size` bytes of `data` and returns how many; of fewer than all the rest is given
 * again. 0 or negative: it failed, VIS_ERR_WRITE; the message says the number, and it is not called
 * again. What it took before is then no whole file. More than `size`: VIS_ERR_USAGE. */
typedef int64_t (*vis_write_fn)(void *user, const void *data, size_t size);

/* Fixed for ever. An input needs `read`, an output `write`; what is missing is VIS_ERR_USAGE, the
 * other is not looked at. */
typedef struct vis_io {
    const char *name; /* what messages call it, where a file has its path, of at most 1023 bytes;
                         NULL: by the option that it is given as */
    void *user;       /* handed to the functions */
    vis_read_fn read;
    vis_write_fn write;
} vis_io;

#ifdef __cplusplus
}
#endif
#endif
