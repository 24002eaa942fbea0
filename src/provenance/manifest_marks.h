/* provenance/manifest_marks.h - what a manifest says, and what came of checking it.
 *
 * All texts are a stranger's words, made printable and cut to length. Of fixed size, so that nothing
 * of it can be missing for want of memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PROVENANCE_MANIFEST_MARKS_H
#define PROVENANCE_MANIFEST_MARKS_H

#include "provenance/cbor_read.h"
#include "provenance/certificate.h"

typedef enum mark_state {
    MARK_NOT_FOUND,
    MARK_FOUND,       /* and nothing wrong with it */
    MARK_BROKEN,      /* found, and something of it is wrong: it proves nothing */
    MARK_NOT_CHECKED, /* not looked for, or found and not checked to its end */
} mark_state;

#define MARK_TEXT 200
#define MARK_MAX_CODES 160
#define MARK_MAX_ACTIONS 32
#define MARK_MAX_INGREDIENTS 16
#define MARK_MAX_ASSERTIONS 100 /* that are checked; beyond: not checked */

typedef enum code_kind {
    CODE_SUCCESS,
    CODE_INFORMATION,
    CODE_FAILURE,
    CODE_NOT_CHECKED, /* would have to be looked at to tell */
} code_kind;

typedef struct status_code {
    code_kind kind;
    const char *code;      /* C2PA's own name */
    char where[MARK_TEXT]; /* label of the assertion, or of what it is about */
    const char *why;       /* in words; NULL: the code says all */
} status_code;

typedef struct declared_action {
    char action[MARK_TEXT], source_type[MARK_TEXT], software[MARK_TEXT], when[MARK_TEXT],
        description[MARK_TEXT];
} declared_action;

typedef struct declared_ingredient {
    char title[MARK_TEXT], format[MARK_TEXT], relationship[MARK_TEXT];
    char manifest[MARK_TEXT]; /* label of its own manifest; "": it has none */
    bool linked;              /* which lies in the file as it was when this one was signed */
    mark_state state;         /* of that manifest, without the file that it was in */
    bool machine_made;        /* which it says, and is intact */
} declared_ingredient;

typedef struct manifest_marks {
    char label[MARK_TEXT], title[MARK_TEXT], generator[MARK_TEXT];
    char signer[CERTIFICATE_NAME], issuer[CERTIFICATE_NAME];
    const char *algorithm; /* "ES256"; NULL: none that is known */
    int claim_version;     /* 1 or 2; 0: there is no claim */
    bool trusted, time_stamp, redacts;
    bool machine_made; /* an action says so */
    int codes, actions, ingredients;
    status_code code[MARK_MAX_CODES];
    declared_action action[MARK_MAX_ACTIONS];
    declared_ingredient ingredient[MARK_MAX_INGREDIENTS];
} manifest_marks;

/* Notes a result. Where there is no room any more, the last one becomes "not checked". */
void marks_add(manifest_marks *m, code_kind kind, const char *code, byte_span where,
               const char *why);

/* What the codes come to: broken by any failure but a signer who is not trusted. */
mark_state marks_state(const manifest_marks *m);

/* A stranger's text as one printable line of UTF-8. */
void marks_text(byte_span from, char out[MARK_TEXT]);
void marks_text_sized(byte_span from, char *out, size_t room);

/* The same of a text under a key; "" where there is none. */
void marks_text_of(const cbor_item *map, const char *key, char out[MARK_TEXT]);

/* A text as a span. */
byte_span span_of(const char *text);

#endif
