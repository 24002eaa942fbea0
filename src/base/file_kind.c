/* base/file_kind.c - magic numbers, and what text looks like.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/file_kind.h"

#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BASE64_MIN 64 /* letters in a row: shorter ones may be a word */

static const struct {
    const char *name, *remedy;
} kinds[FILE_KINDS] = {
    [FILE_UNKNOWN] = {"of an unknown kind", NULL},
    [FILE_EMPTY] = {"empty", "copy or download it again"},
    [FILE_HTML] = {"a web page (HTML)", "a server sent it instead of the file; open the address in "
                                        "a browser and download the file itself"},
    [FILE_LFS_POINTER] = {"only a Git LFS pointer", "fetch the file itself with: git lfs pull"},
    [FILE_JSON] = {"JSON text", NULL},
    [FILE_XML] = {"XML text", NULL},
    [FILE_BASE64] = {"base64 text", "decode it: base64 -d FILE > FILE.bin"},
    [FILE_TEXT] = {"a text", NULL},
    [FILE_UTF16] = {"a text in UTF-16", NULL},
    [FILE_GZIP] = {"packed with gzip", "unpack it: zcat FILE > UNPACKED"},
    [FILE_BZIP2] = {"packed with bzip2", "unpack it: bzcat FILE > UNPACKED"},
    [FILE_XZ] = {"packed with xz", "unpack it: xzcat FILE > UNPACKED"},
    [FILE_ZSTD] = {"packed with zstd", "unpack it: zstdcat FILE > UNPACKED"},
    [FILE_TAR] = {"a tar archive", "unpack it with tar -xf FILE and give the file inside"},
    [FILE_7Z] = {"a 7z archive", "unpack it with 7z x FILE and give the file inside"},
    [FILE_RAR] = {"a RAR archive", "unpack it with unrar x FILE and give the file inside"},
    [FILE_ZIP] = {"a zip archive", "unpack it with unzip FILE and give the file inside"},
    [FILE_TORCH_LEGACY] = {"a PyTorch checkpoint", NULL},
    [FILE_PICKLE] = {"a Python pickle", NULL},
    [FILE_SAFETENSORS] = {"a safetensors file", NULL},
    [FILE_NCNN_PARAM] = {"an ncnn .param file", NULL},
    [FILE_TENSORRT] = {"a TensorRT engine", NULL},
    [FILE_TFLITE] = {"a TensorFlow Lite model", NULL},
    [FILE_ORT] = {"an ONNX Runtime model (.ort)", NULL},
    [FILE_OPENVINO] = {"an OpenVINO model (.xml)", NULL},
    [FILE_HDF5] = {"an HDF5 file (Keras, MATLAB)", NULL},
    [FILE_GGUF] = {"a GGUF model", NULL},
    [FILE_NPY] = {"a NumPy array (.npy)", NULL},
    [FILE_JPEG] = {"a JPEG picture", NULL},
    [FILE_PNG] = {"a PNG picture", NULL},
    [FILE_RIFF] = {"a RIFF file (WAV, AVI, WebP)", NULL},
    [FILE_MP4] = {"an MP4 or MOV video", NULL},
    [FILE_MATROSKA] = {"a Matroska or WebM video", NULL},
    [FILE_OGG] = {"an Ogg file", NULL},
    [FILE_FLAC] = {"a FLAC file", NULL},
    [FILE_MP3] = {"an MP3 file", NULL},
    [FILE_PDF] = {"a PDF document", NULL},
    [FILE_PROGRAM] = {"a program", NULL},
};

/* Bytes at an offset; the longer of two that share a beginning comes first. */
static const struct {
    unsigned offset, size;
    const char *bytes;
    file_kind kind;
} magics[] = {
    {0, 23, "version https://git-lfs", FILE_LFS_POINTER},
    {0, 14, "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20j\xa8P\x19", FILE_TORCH_LEGACY},
    {0, 2, "\x1f\x8b", FILE_GZIP},
    {0, 3, "BZh", FILE_BZIP2},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     FILE_XZ},
    {0, 4, "\x28\xb5\x2f\xfd", FILE_ZSTD},
    {257, 5, "ustar", FILE_TAR},
    {0, 6, "7z\xbc\xaf\x27\x1c", FILE_7Z},
    {0, 6, "Rar!\x1a\x07", FILE_RAR},
    {0, 4, "PK\3\4", FILE_ZIP},
    {0, 4, "PK\5\6", FILE_ZIP},
    {0, 7, "7767517", FILE_NCNN_PARAM},
    {0, 4, "ftrt", FILE_TENSORRT},
    {0, 4, "ptrt", FILE_TENSORRT},
    {4, 4, "TFL3", FILE_TFLITE},
    {4, 4, "ORTM", FILE_ORT},
    {0, 8, "\x89HDF\r\n\x1a\n", FILE_HDF5},
    {0, 4, "GGUF", FILE_GGUF},
    {0, 6, "\x93NUMPY", FILE_NPY},
    {0, 3, "\xff\xd8\xff", FILE_JPEG},
    {0, 8, "\x89PNG\r\n\x1a\n", FILE_PNG},
    {0, 4, "RIFF", FILE_RIFF},
    {0, 4, "RF64", FILE_RIFF},
    {4, 4, "ftyp", FILE_MP4},
    {0, 4, "\x1a\x45\xdf\xa3", FILE_MATROSKA},
    {0, 4, "OggS", FILE_OGG},
    {0, 4, "fLaC", FILE_FLAC},
    {0, 3, "ID3", FILE_MP3},
    {0, 5, "%PDF-", FILE_PDF},
    {0, 4,
     "\x7f"
     "ELF",
     FILE_PROGRAM},
    {0, 2, "#!", FILE_PROGRAM},
    {0, 2, "\xff\xfe", FILE_UTF16},
    {0, 2, "\xfe\xff", FILE_UTF16},
};

static bool has_magic(const uint8_t *bytes, size_t size, size_t i)
{
    return size >= (size_t)magics[i].offset + magics[i].size &&
           memcmp(bytes + magics[i].offset, magics[i].bytes, magics[i].size) == 0;
}

/* Eight bytes of a little-endian length, then JSON of that length. */
static bool is_safetensors(const uint8_t *bytes, size_t size)
{
    if (size < 10 || bytes[8] != '{') return false;
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length >= 2 && length <= (uint64_t)100 << 20;
}

/* No control characters but blanks, and bytes beyond ASCII as UTF-8 has them: enough for a message.
 * The last character may be cut. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    int following = 0; /* bytes of the present character that are still to come */
    for (size_t i = 0; i < size; i++) {
        uint8_t b = bytes[i];
        if (following > 0 ? (b & 0xc0) != 0x80 : (b & 0xc0) == 0x80 || b > 0xf4) return false;
        if (b < 0x80 && (b == 0x7f || (b < 0x20 && !(b >= '\t' && b <= '\r')))) return false;
        following = following > 0 ? following - 1
                    : b >= 0xf0   ? 3
                    : b >= 0xe0   ? 2
                    : b >= 0xc0   ? 1
                                  : 0;
    }
    return size > 0;
}

static bool is_base64(const char *text, size_t size)
{
    size_t letters = 0;
    for (; letters < size; letters++) {
        unsigned char c = (unsigned char)text[letters];
        if (!isalnum(c) && c != '+' && c != '/' && c != '=' && c != '\n' && c != '\r') break;
    }
    return letters == size && size >= BASE64_MIN;
}

/* Is a word, in any case of its letters, among the bytes? */
static bool mentions(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp(text + i, word, length) == 0) return true;
    return false;
}

static file_kind kind_of_text(const char *text, size_t size)
{
    while (size > 0 && isspace((unsigned char)*text))
        text++, size--;
    if (size == 0) return FILE_TEXT;
    if (*text == '{' || *text == '[') return FILE_JSON;
    bool html = mentions(text, size < 512 ? size : 512, "<!doctype html") ||
                mentions(text, size < 512 ? size : 512, "<html");
    if (*text == '<' && html) return FILE_HTML;
    if (*text == '<' && mentions(text, size, "<net ")) return FILE_OPENVINO;
    if (*text == '<') return FILE_XML;
    return is_base64(text, size) ? FILE_BASE64 : FILE_TEXT;
}

file_kind file_kind_of(const void *bytes, size_t size)
{
    const uint8_t *b = bytes;
    if (size == 0) return FILE_EMPTY;
    if (size > FILE_KIND_BYTES) size = FILE_KIND_BYTES;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (has_magic(b, size, i)) return magics[i].kind;
    if (is_safetensors(b, size)) return FILE_SAFETENSORS;
    if (size > 1 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5) return FILE_PICKLE;
    if (size >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) /* UTF-8's byte order mark */
        return kind_of_text((const char *)b + 3, size - 3);
    return is_text(b, size) ? kind_of_text((const char *)b, size) : FILE_UNKNOWN;
}

file_kind file_kind_at(const char *path)
{
    uint8_t bytes[FILE_KIND_BYTES];
    int fd;
    size_t size;
    if (file_open(path, &fd, &size, NULL) != VIS_OK) return FILE_UNKNOWN;
    ssize_t got;
    do
        got = pread(fd, bytes, sizeof bytes, 0);
    while (got < 0 && errno == EINTR);
    close(fd);
    return got < 0 ? FILE_UNKNOWN : file_kind_of(bytes, (size_t)got);
}

const char *file_kind_name(file_kind kind)
{
    return kinds[kind].name;
}

const char *file_kind_remedy(file_kind kind)
{
    return kinds[kind].remedy;
}

vis_status file_kind_refuse(file_kind kind, const char *path, vis_error *err)
{
    const char *remedy = kinds[kind].remedy;
    return vis_fail(err, VIS_ERR_FORMAT, "%s: is %s%s%s", path, kinds[kind].name,
                    remedy ? "; " : "", remedy ? remedy : "");
}
