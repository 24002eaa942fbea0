/* serve/download.c - read and written, a piece at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/download.h"

#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

#define PIECE (64u << 10)

vis_status download_open(download *d, const char *path, size_t *size, vis_error *err)
{
    VIS_TRY(file_open(path, &d->file, size, err));
    d->left = *size;
    d->goes_on = true;
    return VIS_OK;
}

void download_close(download *d)
{
    if (d->goes_on) close(d->file);
    d->goes_on = false;
}

bool download_send(download *d, struct lws *wsi)
{
    size_t size = d->left < PIECE ? d->left : PIECE;
    unsigned char *bytes = malloc(LWS_PRE + PIECE);
    bool fine = bytes && read(d->file, bytes + LWS_PRE, size) == (ssize_t)size;
    d->left -= size;
    enum lws_write_protocol kind = d->left ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_FINAL;
    fine = fine && lws_write(wsi, bytes + LWS_PRE, size, kind) >= (int)size;
    free(bytes);
    if (fine && d->left)
        lws_callback_on_writable(wsi);
    else
        download_close(d);
    return fine;
}
