/* provenance/signer_profile.h - may claims be signed with these certificates?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_SIGNER_PROFILE_H
#define PROVENANCE_SIGNER_PROFILE_H

#include "base/status.h"

#include <gnutls/x509.h>

/* The end entity by the profile that provenance/credential.h names, and each certificate of the
 * chain valid today and issued by the next. `name` is their file. VIS_ERR_UNSUPPORTED,
 * VIS_ERR_MISMATCH; the message says what to do. */
vis_status signer_profile_check(gnutls_x509_crt_t *chain, int count, const char *name,
                                vis_error *err);

#endif
