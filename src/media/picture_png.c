/* media/picture_png.c - PNG through libpng, with the conversions that OpenCV's reader asks it for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "base/memory.h"
#include "media/picture_codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_SIZE 8
#define TRANSFER_PQ 16
#define TRANSFER_HLG 18
#define CHUNK_OVERHEAD 12 /* length, type, checksum */

bool png_is(const encoded_picture *file)
{
    return file->size >= SIGNATURE_SIZE && memcmp(file->data, SIGNATURE, SIGNATURE_SIZE) == 0;
}

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The colours that a cICP chunk names: numbers of ITU-T H.273 for primaries and transfer, then
 * matrix and range. HDR's values mean nothing as SDR's; all else is taken as it is, as OpenCV does,
 * and so are gAMA and iCCP. */
static vis_status check_colors(const uint8_t *body, size_t length, const char *name, vis_error *err)
{
    if (length != 4 || (body[1] != TRANSFER_PQ && body[1] != TRANSFER_HLG)) return VIS_OK;
    return vis_fail(err, VIS_ERR_UNSUPPORTED,
                    "%s: an HDR picture (cICP transfer %d); export it, or the frames, as SDR", name,
                    body[1]);
}

/* Walks the chunks: 32-bit length, type, data, checksum. IHDR comes first; cICP before the pixels,
 * eXIf anywhere. */
vis_status png_header(const encoded_picture *file, picture_header *out, vis_error *err)
{
    *out = (picture_header){.orientation = 1};
    const uint8_t *data = file->data;
    size_t at = SIGNATURE_SIZE;
    while (file->size - at >= CHUNK_OVERHEAD) {
        size_t length = read32(data + at);
        const uint8_t *type = data + at + 4, *body = data + at + 8;
        if (length > file->size - at - CHUNK_OVERHEAD) break;
        if (!out->width) {
            if (memcmp(type, "IHDR", 4) != 0 || length != 13) break;
            int64_t width = read32(body), height = read32(body + 4);
            VIS_TRY(picture_check_size(width, height, file->name, err));
            out->width = (int)width;
            out->height = (int)height;
        } else if (memcmp(type, "cICP", 4) == 0) {
            VIS_TRY(check_colors(body, length, file->name, err));
        } else if (memcmp(type, "eXIf", 4) == 0) {
            out->orientation = exif_orientation(body, length);
            break;
        }
        at += CHUNK_OVERHEAD + length;
    }
    if (!out->width)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: PNG ends or is damaged before its header",
                        file->name);
    return VIS_OK;
}

/* libpng reports errors by a callback that must not return. */
typedef struct png_trouble {
    jmp_buf back;
    char text[160];
    bool no_memory;
} png_trouble;

/* libpng tells memory that runs out as damage, in many words. */
static png_voidp on_allocate(png_structp png, png_alloc_size_t size)
{
    void *memory = malloc(size);
    if (!memory) ((png_trouble *)png_get_mem_ptr(png))->no_memory = true;
    return memory;
}

static void on_free(png_structp png, png_voidp memory)
{
    free(memory);
}

static void on_error(png_structp png, png_const_charp text)
{
    png_trouble *trouble = png_get_error_ptr(png);
    snprintf(trouble->text, sizeof trouble->text, "%s", text);
    longjmp(trouble->back, 1);
}

static void on_warning(png_structp png, png_const_charp text) {}

typedef struct png_source {
    const encoded_picture *file;
    size_t at;
} png_source;

static void on_read(png_structp png, png_bytep bytes, size_t size)
{
    png_source *source = png_get_io_ptr(png);
    if (size > source->file->size - source->at) png_error(png, "the file is truncated");
    memcpy(bytes, source->file->data + source->at, size);
    source->at += size;
}

static void ask_for_bgr8(png_structp png, png_infop info)
{
    int depth = png_get_bit_depth(png, info), type = png_get_color_type(png, info);
    if (depth == 16) png_set_strip_16(png);
    png_set_strip_alpha(png);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type & PNG_COLOR_MASK_COLOR) {
        png_set_bgr(png);
    } else {
        if (depth < 8) png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
    }
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

static vis_status fail_decode(const png_trouble *trouble, const encoded_picture *file,
                              vis_error *err)
{
    if (trouble->no_memory) return vis_fail_memory(err, "the PNG decoder");
    return vis_fail(err, VIS_ERR_FORMAT, "%s: damaged PNG: %s", file->name, trouble->text);
}

/* Everything between setjmp and the end lives in memory that does not change after setjmp. */
static vis_status decode_rows(png_structp png, png_infop info, png_trouble *trouble,
                              const encoded_picture *file, const picture *out, png_bytep *rows,
                              vis_error *err)
{
    if (setjmp(trouble->back)) return fail_decode(trouble, file, err);
    png_set_user_limits(png, PICTURE_MAX_SIDE, PICTURE_MAX_SIDE);
    png_set_chunk_malloc_max(png, 16u << 20);
    png_read_info(png, info);
    ask_for_bgr8(png, info);
    if (png_get_rowbytes(png, info) != (size_t)out->width * 3)
        png_error(png, "rows have an unexpected size");
    png_read_image(png, rows);
    png_read_end(png, NULL);
    return VIS_OK;
}

vis_status png_decode(const encoded_picture *file, const picture_header *header, picture *out,
                      vis_error *err)
{
    VIS_TRY(picture_reserve(out, header->width, header->height, err));
    png_trouble trouble = {.no_memory = false};
    png_source source = {file, 0};
    png_bytep *rows = calloc((size_t)out->height, sizeof *rows);
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &trouble, on_error,
                                               on_warning, &trouble, on_allocate, on_free);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    vis_status status;
    if (rows && info) {
        for (int y = 0; y < out->height; y++)
            rows[y] = out->data + (ptrdiff_t)y * out->stride;
        png_set_read_fn(png, &source, on_read);
        status = decode_rows(png, info, &trouble, file, out, rows, err);
    } else {
        status = vis_fail_memory(err, "the PNG decoder");
    }
    if (png) png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return status;
}

/* The encoded file as it grows, and why it could not. */
typedef struct png_sink {
    buffer *bytes;
    vis_error error;
} png_sink;

static void on_write(png_structp png, png_bytep bytes, size_t size)
{
    png_sink *sink = png_get_io_ptr(png);
    if (buffer_append(sink->bytes, bytes, size, &sink->error) != VIS_OK)
        png_error(png, sink->error.message);
}

static void on_flush(png_structp png) {}

static vis_status encode_rows(png_structp png, png_infop info, png_trouble *trouble,
                              const png_sink *sink, const picture *p, vis_error *err)
{
    if (setjmp(trouble->back))
        return vis_fail(err, sink->error.status != VIS_OK ? sink->error.status : VIS_ERR_MEMORY,
                        "cannot encode PNG: %s", trouble->text);
    png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 3); /* half the time of the default for 5 % more bytes */
    png_write_info(png, info);
    png_set_bgr(png);
    for (int y = 0; y < p->height; y++)
        png_write_row(png, p->data + (ptrdiff_t)y * p->stride);
    png_write_end(png, info);
    return VIS_OK;
}

vis_status picture_encode_png(const picture *p, buffer *out, vis_error *err)
{
    VIS_TRY(picture_check_size(p->width, p->height, "the picture to encode", err));
    png_trouble trouble;
    png_sink sink = {.bytes = out};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &trouble, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    vis_status status;
    if (info) {
        png_set_write_fn(png, &sink, on_write, on_flush);
        status = encode_rows(png, info, &trouble, &sink, p, err);
    } else {
        status = vis_fail_memory(err, "the PNG encoder");
    }
    if (png) png_destroy_write_struct(&png, &info);
    return status;
}

/* Deflate adds at most a few bytes a block to what it cannot shrink. */
size_t picture_png_limit(const picture *p)
{
    return (size_t)p->width * (size_t)p->height * 4 + (1u << 20);
}

vis_status picture_write_png(const char *path, const picture *p, vis_error *err)
{
    VIS_TRY(picture_check_size(p->width, p->height, path, err));
    buffer bytes;
    buffer_init(&bytes, picture_png_limit(p));
    vis_status status = picture_encode_png(p, &bytes, err);
    if (status != VIS_OK)
        vis_prefix(err, status, path);
    else
        status = file_write(path, bytes.data, bytes.size, err);
    buffer_free(&bytes);
    return status;
}
