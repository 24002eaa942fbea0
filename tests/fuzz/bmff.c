/* fuzz/bmff.c - a file of boxes, and the assertion that gives its hash: the first byte says how long
 * the assertion is, in pieces of 4 bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "base/file.h"
#include "provenance/bmff_hash.h"
#include "provenance/c2pa_box.h"
#include "provenance/xmp_read.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void read_file(int fd, size_t size)
{
    vis_error err = {0};
    marked_boxes boxes;
    xmp_marks xmp;
    target_check(marked_boxes_read(fd, (int64_t)size, "file", &boxes, &err), &err);
    xmp_read((byte_span){boxes.xmp.data, boxes.xmp.size}, &xmp);
    if (boxes.store.size > size || boxes.xmp.size > size) abort();
    marked_boxes_free(&boxes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const byte_span standard = {(const uint8_t *)"sha256", 6};
    if (size == 0) return 0;
    size_t assertion = (size_t)data[0] * 4;
    if (assertion > size - 1) assertion = size - 1;
    const byte_span said = {data + 1, assertion};
    const uint8_t *file = data + 1 + assertion;
    size_t file_size = size - 1 - assertion;
    int fd = open(target_file_open(file, file_size), O_RDONLY | O_CLOEXEC);
    if (fd < 0) abort();
    cbor_item item;
    if (cbor_read_whole(said, &item)) {
        vis_error err = {0};
        bmff_answer answer;
        target_check(
            bmff_hash_check(fd, (int64_t)file_size, &item, standard, "file", &answer, &err), &err);
    }
    read_file(fd, file_size);
    close(fd);
    target_file_close();
    return 0;
}
