/* media/ffmpeg_file.c - FFmpeg's callbacks over a descriptor.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "media/ffmpeg_file.h"

#include "media/ffmpeg_versions.h"
#include "media/spooled_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE 32768

/* The descriptor is all there is to remember: it stands in the place of a pointer. */
static int descriptor(void *opaque)
{
    return (int)(intptr_t)opaque;
}

static int read_some(void *opaque, uint8_t *bytes, int size)
{
    ssize_t got;
    do
        got = read(descriptor(opaque), bytes, (size_t)size);
    while (got < 0 && errno == EINTR);
    return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int write_all(void *opaque, ffmpeg_written *bytes, int size)
{
    for (int done = 0; done < size;) {
        ssize_t wrote = write(descriptor(opaque), bytes + done, (size_t)(size - done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return AVERROR(errno);
        done += (int)wrote;
    }
    return size;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct stat st;
    if (whence & AVSEEK_SIZE)
        return fstat(descriptor(opaque), &st) == 0 ? (int64_t)st.st_size : AVERROR(errno);
    off_t at = lseek(descriptor(opaque), offset, whence & ~AVSEEK_FORCE);
    return at >= 0 ? at : AVERROR(errno);
}

static AVIOContext *make_context(int fd, bool write)
{
    struct stat st;
    bool seekable = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    AVIOContext *io = buffer ? avio_alloc_context(buffer, BUFFER_SIZE, write, (void *)(intptr_t)fd,
                                                  write ? NULL : read_some,
                                                  write ? write_all : NULL, seekable ? seek : NULL)
                             : NULL;
    if (!io) av_free(buffer);
    return io;
}

int ffmpeg_file_open(AVIOContext **out, const char *path, bool write)
{
    *out = NULL;
    int flags = write ? O_RDWR | O_CREAT | O_TRUNC : O_RDONLY;
    int fd = write ? -1 : spooled_pipe_read(path);
    if (fd < 0) fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0) return AVERROR(errno);
    *out = make_context(fd, write);
    if (*out) return 0;
    close(fd);
    return AVERROR(ENOMEM);
}

int ffmpeg_file_close(AVIOContext **io)
{
    if (!*io) return 0;
    avio_flush(*io);
    int rc = (*io)->write_flag && (*io)->error < 0 ? (*io)->error : 0;
    if (close(descriptor((*io)->opaque)) != 0 && rc == 0) rc = AVERROR(errno);
    av_freep(&(*io)->buffer); /* which may be another than at first */
    avio_context_free(io);
    return rc;
}
