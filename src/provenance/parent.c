/* provenance/parent.c - a store taken over as it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provenance/parent.h"

#include "base/file.h"
#include "base/memory.h"
#include "provenance/c2pa_box.h"
#include "provenance/cbor_write.h"
#include "provenance/store_check.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESULTS_MAX (256u << 10)
#define HERE "self#jumbf=/" C2PA_STORE "/"

/* ---- What came of checking it ---- */

/* The address of what a code is about. */
static char *address(const char *label, const status_code *code)
{
    if (strcmp(code->where, C2PA_LABEL_SIGNATURE) == 0)
        return text_format(HERE "%s/" C2PA_LABEL_SIGNATURE, label);
    if (strncmp(code->code, "assertion.", 10) == 0)
        return text_format(HERE "%s/" C2PA_LABEL_ASSERTIONS "/%s", label, code->where);
    return text_format(HERE "%s", label);
}

static void write_code(cbor_writer *w, const char *label, const status_code *code)
{
    char *url = address(label, code);
    if (!url && w->status == VIS_OK) w->status = vis_fail_memory(w->err, "a manifest");
    cbor_write_map(w, 2);
    if (url) cbor_write_text_pair(w, "url", url);
    cbor_write_text_pair(w, "code", code->code);
    free(url);
}

static void write_codes(cbor_writer *w, const char *key, const char *label,
                        const manifest_marks *marks, code_kind kind)
{
    size_t count = 0;
    for (int i = 0; i < marks->codes; i++)
        count += marks->code[i].kind == kind;
    cbor_write_text(w, key);
    cbor_write_array(w, count);
    for (int i = 0; i < marks->codes; i++)
        if (marks->code[i].kind == kind) write_code(w, label, &marks->code[i]);
}

static vis_status write_results(parent *p, const manifest_marks *marks, vis_error *err)
{
    cbor_writer w = cbor_write_to(&p->results, err);
    cbor_write_map(&w, 1);
    cbor_write_text(&w, "activeManifest");
    cbor_write_map(&w, 3);
    write_codes(&w, "failure", p->label, marks, CODE_FAILURE);
    write_codes(&w, "success", p->label, marks, CODE_SUCCESS);
    write_codes(&w, "informational", p->label, marks, CODE_INFORMATION);
    return w.status;
}

/* ---- The store ---- */

static void digest_of(byte_span content, uint8_t digest[C2PA_HASH_BYTES])
{
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, content.size, content.data);
    sha256_digest(&sum, C2PA_HASH_BYTES, digest);
}

/* The active manifest is the last; what was checked has one. */
static vis_status take_store(byte_span bytes, parent *p, vis_error *err)
{
    jumbf_box store, manifest = {0}, one, signature;
    size_t at = 0;
    if (!jumbf_next(bytes, &at, &store)) return vis_fail_memory(err, "a manifest");
    for (at = 0; jumbf_next(store.inside, &at, &one);)
        manifest = one;
    jumbf_find(manifest.inside, C2PA_SIGNATURE, NULL, &signature);
    digest_of(manifest.content, p->manifest);
    digest_of(signature.content, p->signature);
    p->label = text_copy((const char *)manifest.label.data, manifest.label.size);
    if (!p->label) return vis_fail_memory(err, "a manifest");
    return buffer_append(&p->manifests, store.inside.data, store.inside.size, err);
}

static vis_status take_over(byte_span bytes, const manifest_marks *marks, parent **out,
                            vis_error *err)
{
    parent *p = calloc(1, sizeof *p);
    if (!p) return vis_fail_memory(err, "a manifest");
    buffer_init(&p->manifests, C2PA_MAX_STORE);
    buffer_init(&p->results, RESULTS_MAX);
    vis_status status = take_store(bytes, p, err);
    if (status == VIS_OK) status = write_results(p, marks, err);
    if (status == VIS_OK)
        *out = p;
    else
        parent_free(p);
    return status;
}

static vis_status check(const marked_boxes *boxes, const marked_file *file, const vis_log *log,
                        parent **out, vis_error *err)
{
    const byte_span bytes = {boxes->store.data, boxes->store.size};
    trust_anchors *nobody;
    VIS_TRY(trust_anchors_open(NULL, &nobody, err));
    store_marks *marks = malloc(sizeof *marks);
    vis_status status =
        marks ? store_check(bytes, file, nobody, marks, err) : vis_fail_memory(err, "a manifest");
    if (status == VIS_OK && marks->state == MARK_FOUND)
        status = take_over(bytes, &marks->active, out, err);
    else if (status == VIS_OK)
        vis_warn(log,
                 "%s: its manifest (C2PA) %s; the new video does not name it as what it was made "
                 "from (see viseme verify)",
                 file->name,
                 marks->state == MARK_BROKEN ? "is broken" : "cannot be checked to its end");
    free(marks);
    trust_anchors_close(nobody);
    return status;
}

static vis_status read_boxes(const marked_file *file, const vis_log *log, parent **out,
                             vis_error *err)
{
    marked_boxes boxes;
    vis_status status = marked_boxes_read(file->fd, file->size, file->name, &boxes, err);
    if (status == VIS_OK && (boxes.foreign || boxes.stores > 1))
        vis_warn(log, "%s: its manifest (C2PA) is in a form that is not taken over", file->name);
    else if (status == VIS_OK && boxes.stores == 1)
        status = check(&boxes, file, log, out, err);
    marked_boxes_free(&boxes);
    return status;
}

vis_status parent_read(const char *path, const vis_log *log, parent **out, vis_error *err)
{
    size_t size;
    marked_file file = {.name = path};
    *out = NULL;
    VIS_TRY(file_open(path, &file.fd, &size, err));
    file.size = (int64_t)size;
    vis_status status = read_boxes(&file, log, out, err);
    close(file.fd);
    return status;
}

void parent_free(parent *p)
{
    if (!p) return;
    buffer_free(&p->manifests);
    buffer_free(&p->results);
    free(p->label);
    free(p);
}
