/* media/ffmpeg_file.h - a file that FFmpeg's libraries read or write through us.
 *
 * They open nothing by themselves: no protocol, no address, and no name that is taken for one. And
 * FFmpeg 5.1's own way to a file (avio_open2) crashes when memory runs out in the middle of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MEDIA_FFMPEG_FILE_H
#define MEDIA_FFMPEG_FILE_H

#include <libavformat/avio.h>
#include <stdbool.h>

/* Opens a file to be read, or a new one (an old one is emptied) to be written. 0, or FFmpeg's
 * negative code with *out NULL. Seeks in everything but devices and
 * pipes; a pipe that is kept (media/spooled_pipe.h) is a file. */
int ffmpeg_file_open(AVIOContext **out, const char *path, bool write);

/* Writes what waits and closes; NULL is fine. 0, or the code of the first thing that failed since
 * the file was opened. */
int ffmpeg_file_close(AVIOContext **io);

#endif
