/* fuzz/pth.c - a checkpoint as torch.save writes it: the archive or the older stream, its pickle,
 * its numbers, which network it is, and the network's graph.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "archive.h"
#include "formats/pth.h"

#include <stdlib.h>
#include <string.h>

/* libFuzzer's: changes data[0 .. size] in place to at most `room` bytes, by its own means; and what
 * it calls instead where a target has it. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (pth_is_zip(data, size) || pth_is_legacy(data, size))
        target_open_model("fuzzed.pth", data, size);
    return 0;
}

#ifdef FUZZING
/* Changes one entry; false when it could not. */
static bool mutate_entry(archive_entry *e, size_t room)
{
    size_t most = e->size + 64 < room ? e->size + 64 : room;
    uint8_t *bigger = most > e->size ? realloc(e->data, most + 1) : NULL;
    if (!bigger) return false;
    e->data = bigger;
    e->size = LLVMFuzzerMutate(e->data, e->size, most);
    return true;
}

/* Three of four archives are changed inside an entry and put together again, checksums and all. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    archive a;
    size_t made = 0;
    if (seed % 4 == 0 || !pth_is_zip(data, size)) return LLVMFuzzerMutate(data, size, room);
    if (archive_read(data, size, &a) && mutate_entry(&a.entry[seed / 4 % (unsigned)a.count], room))
        made = archive_write(&a, data, room);
    archive_free(&a);
    return made ? made : LLVMFuzzerMutate(data, size, room);
}
#endif
