/* provenance/trust_anchors.c - certificates that the user trusts, and chains that lead to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/file.h"
#include "provenance/certificate.h"
#include "provenance/room.h"

#include <stdlib.h>

#define ANCHORS_MAX_FILE (16u << 20) /* bytes; all of the system's are a quarter of a megabyte */

struct trust_anchors {
    gnutls_x509_trust_list_t list;
    bool any;
};

static vis_status add_file(trust_anchors *a, const char *path, vis_error *err)
{
    buffer pem;
    buffer_init(&pem, ANCHORS_MAX_FILE);
    vis_status status = file_read(path, &pem, err);
    if (status == VIS_OK) {
        const gnutls_datum_t bytes = {pem.data, (unsigned)pem.size};
        int rc = pem.size == 0 ? 0
                               : gnutls_x509_trust_list_add_trust_mem(a->list, &bytes, NULL,
                                                                      GNUTLS_X509_FMT_PEM, 0, 0);
        if (rc == GNUTLS_E_MEMORY_ERROR)
            status = vis_fail_memory(err, "trust anchors");
        else if (rc <= 0)
            status =
                vis_fail(err, VIS_ERR_FORMAT,
                         "%s: holds no certificates in PEM (-----BEGIN CERTIFICATE-----)", path);
        a->any = rc > 0;
    }
    buffer_free(&pem);
    return status;
}

vis_status trust_anchors_open(const char *path, trust_anchors **out, vis_error *err)
{
    trust_anchors *a = calloc(1, sizeof *a);
    *out = NULL;
    if (!a || gnutls_x509_trust_list_init(&a->list, 0) < 0) {
        free(a);
        return vis_fail_memory(err, "trust anchors");
    }
    vis_status status = path ? add_file(a, path, err) : VIS_OK;
    if (status == VIS_OK)
        *out = a;
    else
        trust_anchors_close(a);
    return status;
}

void trust_anchors_close(trust_anchors *anchors)
{
    if (!anchors) return;
    gnutls_x509_trust_list_deinit(anchors->list, 1);
    free(anchors);
}

vis_status trust_anchors_check(const trust_anchors *anchors, const certificate_chain *chain,
                               bool *trusted, vis_error *err)
{
    *trusted = false;
    if (!anchors->any || chain->count == 0) return VIS_OK;
    VIS_TRY(gnutls_room(err));
    certificate_chain sorted = *chain; /* GnuTLS may change the order in place */
    unsigned verdict = 0;
    int rc = gnutls_x509_trust_list_verify_crt(anchors->list, sorted.crt, (unsigned)sorted.count, 0,
                                               &verdict, NULL);
    if (rc == GNUTLS_E_MEMORY_ERROR) return vis_fail_memory(err, "trust anchors");
    *trusted = rc >= 0 && verdict == 0;
    return VIS_OK;
}
