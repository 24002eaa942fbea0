/* provenance/c2pa_codes.h - C2PA's names for what a validator finds (specification 2.2, status codes).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_C2PA_CODES_H
#define PROVENANCE_C2PA_CODES_H

#define C2PA_GENERAL_ERROR "general.error"
#define C2PA_ALGORITHM_UNSUPPORTED "algorithm.unsupported"

#define C2PA_CLAIM_MISSING "claim.missing"
#define C2PA_CLAIM_MULTIPLE "claim.multiple"
#define C2PA_CLAIM_CBOR_INVALID "claim.cbor.invalid"
#define C2PA_CLAIM_MALFORMED "claim.malformed"
#define C2PA_HARD_BINDINGS_MISSING "claim.hardBindings.missing"

#define C2PA_SIGNATURE_MISSING "claimSignature.missing"
#define C2PA_SIGNATURE_MISMATCH "claimSignature.mismatch"
#define C2PA_SIGNATURE_VALIDATED "claimSignature.validated"
#define C2PA_SIGNATURE_INSIDE_VALIDITY "claimSignature.insideValidity"

#define C2PA_CREDENTIAL_TRUSTED "signingCredential.trusted"
#define C2PA_CREDENTIAL_UNTRUSTED "signingCredential.untrusted"
#define C2PA_CREDENTIAL_INVALID "signingCredential.invalid"
#define C2PA_CREDENTIAL_EXPIRED "signingCredential.expired"

#define C2PA_ASSERTION_MATCH "assertion.hashedURI.match"
#define C2PA_ASSERTION_MISMATCH "assertion.hashedURI.mismatch"
#define C2PA_ASSERTION_MISSING "assertion.missing"
#define C2PA_ASSERTION_UNDECLARED "assertion.undeclared"
#define C2PA_ASSERTION_CBOR_INVALID "assertion.cbor.invalid"
#define C2PA_ASSERTION_MULTIPLE_BINDINGS "assertion.multipleHardBindings"

#define C2PA_HASH_MATCH "assertion.bmffHash.match"
#define C2PA_HASH_MISMATCH "assertion.bmffHash.mismatch"
#define C2PA_HASH_MALFORMED "assertion.bmffHash.malformed"
#define C2PA_HASH_ADDITIONAL "assertion.bmffHash.additionalExclusionsPresent"

#define C2PA_ACTION_MALFORMED "assertion.action.malformed"
#define C2PA_ACTION_INGREDIENT_MISMATCH "assertion.action.ingredientMismatch"
#define C2PA_ACTION_SOFT_BINDING_MISSING "assertion.action.softBindingMissing"

#define C2PA_MANIFEST_UNREFERENCED "manifest.unreferenced"
#define C2PA_INGREDIENT_UNKNOWN "ingredient.unknownProvenance"
#define C2PA_INGREDIENT_MISSING "ingredient.manifest.missing"
#define C2PA_INGREDIENT_MISMATCH "ingredient.manifest.mismatch"
#define C2PA_INGREDIENT_VALIDATED "ingredient.manifest.validated"

#endif
