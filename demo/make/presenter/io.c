#include "io.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

static int fail(const char *path, const char *what)
{
    fprintf(stderr, "presenter: %s: %s\n", path, what);
    return -1;
}

static int read_header(FILE *f, char *header, size_t size)
{
    unsigned char head[12];
    if (fread(head, 1, 10, f) != 10 || memcmp(head, "\x93NUMPY", 6)) return -1;
    size_t length = head[8] | (size_t)head[9] << 8;
    if (head[6] >= 2) {
        if (fread(head + 10, 1, 2, f) != 2) return -1;
        length |= (size_t)head[10] << 16 | (size_t)head[11] << 24;
    }
    if (length >= size || fread(header, 1, length, f) != length) return -1;
    header[length] = 0;
    return 0;
}

int io_read_npy(const char *path, float **values, int *rows, int *columns)
{
    char header[4096];
    FILE *f = fopen(path, "rb");
    if (!f) return fail(path, "cannot open");
    const char *shape = NULL;
    if (!read_header(f, header, sizeof header)) shape = strstr(header, "'shape': (");
    int ok = shape && strstr(header, "<f4") && strstr(header, "'fortran_order': False") &&
             sscanf(shape, "'shape': (%d, %d", rows, columns) == 2 && *rows > 0 && *columns > 0 &&
             *rows < 10000000 && *columns < 1000;
    if (!ok) return fclose(f), fail(path, "not a little-endian float32 C-order array of two axes");
    size_t n = (size_t)*rows * (size_t)*columns;
    *values = malloc(n * sizeof **values);
    ok = *values && fread(*values, sizeof **values, n, f) == n;
    fclose(f);
    return ok ? 0 : (free(*values), fail(path, "shorter than its header says"));
}

int io_write_npy(const char *path, const float *values, int rows, int columns)
{
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    int n =
        snprintf(header + 10, 110, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
                 rows, columns);
    header[10 + n] = ' ';
    header[127] = '\n';
    FILE *f = fopen(path, "wb");
    if (!f) return fail(path, "cannot write");
    size_t count = (size_t)rows * (size_t)columns;
    int ok = fwrite(header, 1, sizeof header, f) == sizeof header &&
             fwrite(values, sizeof *values, count, f) == count;
    return fclose(f) == 0 && ok ? 0 : fail(path, "cannot write");
}

int io_write_jpeg(const char *path, const unsigned char *rgb, int size, int quality)
{
    unsigned char *data = NULL;
    unsigned long length = 0;
    tjhandle tj = tjInitCompress();
    if (!tj) return fail(path, "no JPEG compressor");
    int ok = !tjCompress2(tj, rgb, size, 0, size, TJPF_RGB, &data, &length, TJSAMP_420, quality,
                          TJFLAG_ACCURATEDCT);
    FILE *f = ok ? fopen(path, "wb") : NULL;
    ok = f && fwrite(data, 1, length, f) == length;
    if (f && fclose(f)) ok = 0;
    tjFree(data);
    tjDestroy(tj);
    return ok ? 0 : fail(path, "cannot write");
}

int io_write_png(const char *path, const unsigned char *rgb, int size)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = (png_uint_32)size;
    image.format = PNG_FORMAT_RGB;
    return png_image_write_to_file(&image, path, 0, rgb, 0, NULL) ? 0 : fail(path, "cannot write");
}

int io_write_landmarks(const char *path, float xy[LANDMARKS][2])
{
    FILE *f = fopen(path, "w");
    if (!f) return fail(path, "cannot write");
    for (int i = 0; i < LANDMARKS; i++)
        fprintf(f, "%.3f %.3f\n", (double)xy[i][0], (double)xy[i][1]);
    return fclose(f) == 0 ? 0 : fail(path, "cannot write");
}
