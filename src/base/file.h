/* base/file.h - whole files in, finished files out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Joins a folder and a name with one slash. NULL when out of memory; release with free. */
char *path_join(const char *folder, const char *name);

/* The part after the last slash; points into `path`. */
const char *path_name(const char *path);

/* The last dot of a path's name and what follows it, "" when there is none; points into `path`. */
const char *path_suffix(const char *path);

/* The folder part ("." when there is none). NULL when out of memory; release with free. */
char *path_folder(const char *path);

/* Does `path` end with `suffix`, letters compared without case? */
bool path_has_suffix(const char *path, const char *suffix);

bool path_is_file(const char *path);
bool path_is_folder(const char *path);

/* Makes the folder and those above it. Existing ones are fine. */
vis_status folder_make(const char *path, vis_error *err);

/* Numbered files of a folder: the N of every name "N<suffix>" (digits only before it), ascending,
 * without duplicates. *numbers is the caller's to free, NULL when none. */
vis_status folder_numbers(const char *path, const char *suffix, int **numbers, int *count,
                          vis_error *err);

/* Opens an ordinary file for reading, and nothing else: the one way in for whatever must be a file.
 * Never waits, as opening a pipe would. *fd is the caller's to close, *size its bytes now.
 * VIS_ERR_OPEN (missing, not readable; a folder, device, pipe or socket), VIS_ERR_MEMORY. */
vis_status file_open(const char *path, int *fd, size_t *size, vis_error *err);

/* Reads a whole file into `out`, which buffer_init has prepared; VIS_ERR_LIMIT when it is larger
 * than the buffer may grow. */
vis_status file_read(const char *path, buffer *out, vis_error *err);

/* SHA-256 (FIPS 180-4) of a file's bytes as 64 lower-case hexadecimal digits and a terminator. */
vis_status file_sha256(const char *path, char hex[65], vis_error *err);

/* A read-only view of a file, mapped into memory. Closed by file_unmap. An empty file is an error.
 */
typedef struct file_map {
    const uint8_t *data;
    size_t size;
} file_map;
vis_status file_map_open(const char *path, file_map *out, vis_error *err);
void file_unmap(file_map *map);

/* The same digest as file_sha256's, of bytes that are mapped already. */
void file_map_sha256(const file_map *map, char hex[65]);

/* The file that an output of that name ends up in: where the name is a symbolic link, what it leads
 * to, whether that is there yet or not; the link itself stays. NULL when out of memory; release
 * with free. */
char *file_target(const char *path);

/* Whether an output of that name can be put there: VIS_ERR_WRITE where it is a folder, a device or
 * a pipe (which a rename would destroy), a link in a circle, or where its folder is missing. For
 * asking before long work; file_commit refuses the same. */
vis_status file_check_output(const char *path, vis_error *err);

/* Whether an output's name says what it will hold: VIS_ERR_USAGE, with the name to use, where it
 * has a suffix and none of `suffixes` (without case; up to a NULL; the first is the one to use). */
vis_status file_check_suffix(const char *path, const char *const suffixes[], vis_error *err);

/* Whether a folder to be made is named as a file is ("report.html"): VIS_ERR_USAGE then, unless
 * there is such a folder. */
vis_status folder_check_name(const char *path, vis_error *err);

/* Are both there and one and the same file? NULL is none. */
bool file_same(const char *a, const char *b);

/* Whether an output would replace a file that it is made from: VIS_ERR_USAGE where `input` is the
 * same file, or a folder of files that are read (numbered pictures) and the output would lie in it.
 * An input of NULL and one that is not there are fine. */
vis_status file_check_apart(const char *output, const char *input, vis_error *err);

/* The name under which an unfinished output lives beside its final one (its target):
 * "<folder>/.<stem>.<pid>-<origin>.<n>.tmp<suffix>", another n each time, the origin a number for the
 * machine and container, the suffix last so that muxers recognise it. NULL when out of memory; release
 * with free, after file_commit or file_discard: until then the process remembers the name. */
char *file_temporary_name(const char *final_path);

/* Moves a finished temporary over its final name (its target), synced first. On failure the
 * temporary is removed. */
vis_status file_commit(const char *temporary, const char *final_path, vis_error *err);

/* The same, but replaces nothing: where something has the name `wanted`, "-2", "-3" and so on stand
 * before its suffix. *name is the name taken, the caller's to free. */
#define FILE_MAX_NUMBER 9999
vis_status file_commit_new(const char *temporary, const char *wanted, char **name, vis_error *err);

/* Removes a temporary that will not be finished, if there is one yet. NULL is fine. */
void file_discard(const char *temporary);

/* Removes all temporaries of this process, for a program that ends at once while other threads
 * work: whoever wants a new one, or to commit one, waits for ever. Does nothing and returns false
 * while an output is being finished: between file_finish_begin and file_finish_end, any thread. */
bool file_discard_all(void);
void file_finish_begin(void);
void file_finish_end(void);

/* Holds a temporary: as long as the returned descriptor is open, file_remove_stale of other
 * processes leaves the file alone. -1 where the file system has no locks; close it in any case but
 * that. */
int file_hold(const char *temporary);

/* Removes what processes that were killed left behind of the same output: temporaries that nobody
 * holds and whose process is gone. Not those of other machines and containers, whose processes
 * cannot be seen from here. */
void file_remove_stale(const char *final_path);

/* Writes bytes under a temporary name and commits them: the file is either whole or not there. */
vis_status file_write(const char *path, const void *bytes, size_t size, vis_error *err);

/* A file without a name in $TMPDIR, else /tmp, to read and write, which is gone when nobody has it
 * open: a descriptor, or -1 with errno. */
int file_nameless(void);

/* Under which path this process can open the file of such a descriptor, as long as that is open. */
#define FILE_NAMELESS_PATH 32
void file_nameless_path(int fd, char path[FILE_NAMELESS_PATH]);

/* The file of a descriptor once more, to read from its beginning whatever others do; likewise. */
int file_nameless_again(int fd);

#endif
