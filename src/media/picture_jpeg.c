/* media/picture_jpeg.c - JPEG through libjpeg-turbo's TurboJPEG interface.
 *
 * Its defaults (accurate integer DCT, smooth chroma upsampling) are those that OpenCV decodes with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "media/picture_codec.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum {
    MARKER_SOF0 = 0xC0,
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_DAC = 0xCC,
    MARKER_SOF15 = 0xCF,
    MARKER_RST0 = 0xD0,
    MARKER_SOI = 0xD8,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP1 = 0xE1,
    MARKER_TEM = 0x01,
};

bool jpeg_is(const encoded_picture *file)
{
    return file->size >= 3 && memcmp(file->data, "\xFF\xD8\xFF", 3) == 0;
}

static bool is_frame_header(int marker)
{
    return marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_DHT &&
           marker != MARKER_JPG && marker != MARKER_DAC;
}

static bool stands_alone(int marker)
{
    return marker == MARKER_TEM || (marker >= MARKER_RST0 && marker <= MARKER_SOI);
}

static vis_status parse_frame_header(const encoded_picture *file, const uint8_t *body, size_t size,
                                     picture_header *out, vis_error *err)
{
    if (size < 6)
        return vis_fail(err, VIS_ERR_FORMAT, "%s: JPEG frame header is too short", file->name);
    out->height = body[1] << 8 | body[2];
    out->width = body[3] << 8 | body[4];
    out->components = body[5];
    if (body[0] != 8)
        return vis_fail(err, VIS_ERR_UNSUPPORTED, "%s: JPEG with %d bits a sample; only 8 are read",
                        file->name, body[0]);
    return picture_check_size(out->width, out->height, file->name, err);
}

/* Walks the segments before the first scan (ITU-T T.81, annex B: 0xFF, marker, 16-bit length that
 * counts itself). */
vis_status jpeg_header(const encoded_picture *file, picture_header *out, vis_error *err)
{
    *out = (picture_header){.orientation = 1};
    const uint8_t *data = file->data;
    bool oriented = false;
    size_t at = 2;
    while (file->size - at >= 4) {
        if (data[at] != 0xFF) break;
        int marker = data[at + 1];
        if (marker == 0xFF) { /* fill byte */
            at++;
            continue;
        }
        if (marker == MARKER_EOI || marker == MARKER_SOS) break;
        if (stands_alone(marker)) {
            at += 2;
            continue;
        }
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (length < 2 || length > file->size - at - 2) break;
        const uint8_t *body = data + at + 4;
        if (is_frame_header(marker) && !out->width)
            VIS_TRY(parse_frame_header(file, body, length - 2, out, err));
        if (marker == MARKER_APP1 && !oriented && length >= 8 && memcmp(body, "Exif\0\0", 6) == 0) {
            out->orientation = exif_orientation(body + 6, length - 8);
            oriented = true;
        }
        at += 2 + length;
    }
    if (!out->width)
        return vis_fail(err, VIS_ERR_FORMAT,
                        "%s: JPEG ends or is damaged at byte %zu, before its frame header",
                        file->name, at);
    return VIS_OK;
}

/* The conversion that OpenCV applies to the four inks, stored inverted as Adobe's programs do. */
static void cmyk_to_bgr(const uint8_t *cmyk, picture *out)
{
    size_t stride = (size_t)out->width * 4;
    for (int y = 0; y < out->height; y++) {
        const uint8_t *s = cmyk + (size_t)y * stride;
        uint8_t *d = out->data + (ptrdiff_t)y * out->stride;
        for (int x = 0; x < out->width; x++, s += 4, d += 3) {
            int k = s[3];
            for (int c = 0; c < 3; c++)
                d[2 - c] = (uint8_t)(k - ((255 - s[c]) * k >> 8));
        }
    }
}

/* An end marker somewhere in the last bytes of the file? */
static bool ends_properly(const encoded_picture *file)
{
    size_t from = file->size > 4096 ? file->size - 4096 : 0;
    for (size_t i = file->size - 1; i > from; i--)
        if (file->data[i] == MARKER_EOI && file->data[i - 1] == 0xFF) return true;
    return false;
}

/* libjpeg-turbo shows what it can of a damaged file and merely warns; here that is an error. Only
 * stray bytes before a marker, which some cameras leave, are let pass. */
static vis_status check_warning(tjhandle handle, const encoded_picture *file, vis_error *err)
{
    const char *text = tjGetErrorStr2(handle);
    bool harmless = tjGetErrorCode(handle) == TJERR_WARNING &&
                    strstr(text, "extraneous bytes before marker") && ends_properly(file);
    if (harmless) return VIS_OK;
    return vis_fail(err, VIS_ERR_FORMAT, "%s: damaged JPEG: %s", file->name, text);
}

static vis_status decompress(tjhandle handle, const encoded_picture *file,
                             const picture_header *header, uint8_t *pixels, int stride,
                             vis_error *err)
{
    int format = header->components == 4 ? TJPF_CMYK : TJPF_BGR;
    int rc = tjDecompress2(handle, file->data, (unsigned long)file->size, pixels, header->width,
                           stride, header->height, format, TJFLAG_LIMITSCANS);
    return rc == 0 ? VIS_OK : check_warning(handle, file, err);
}

vis_status jpeg_decode(const encoded_picture *file, const picture_header *header, picture *out,
                       vis_error *err)
{
    VIS_TRY(picture_reserve(out, header->width, header->height, err));
    tjhandle handle = tjInitDecompress();
    if (!handle) return vis_fail_memory(err, "the JPEG decoder");
    vis_status status;
    if (header->components == 4) {
        int stride = header->width * 4;
        uint8_t *cmyk = calloc((size_t)header->height, (size_t)stride);
        status = cmyk ? decompress(handle, file, header, cmyk, stride, err)
                      : vis_fail_memory(err, "a CMYK picture");
        if (status == VIS_OK) cmyk_to_bgr(cmyk, out);
        free(cmyk);
    } else {
        status = decompress(handle, file, header, out->data, out->stride, err);
    }
    tjDestroy(handle);
    return status;
}

vis_status picture_write_jpeg(const char *path, const picture *p, int quality, vis_error *err)
{
    if (quality < 1 || quality > 100)
        return vis_fail(err, VIS_ERR_USAGE, "%s: JPEG quality %d; give 1 to 100", path, quality);
    tjhandle handle = tjInitCompress();
    if (!handle) return vis_fail_memory(err, "the JPEG encoder");
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    int sampling = quality < 90 ? TJSAMP_420 : TJSAMP_444;
    int rc = tjCompress2(handle, p->data, p->width, p->stride, p->height, TJPF_BGR, &bytes, &size,
                         sampling, quality, TJFLAG_ACCURATEDCT);
    vis_status status = rc == 0 ? file_write(path, bytes, size, err)
                                : vis_fail(err, VIS_ERR_INTERNAL, "%s: cannot encode JPEG: %s",
                                           path, tjGetErrorStr2(handle));
    tjFree(bytes);
    tjDestroy(handle);
    return status;
}
