/* rtc/stun.c - attributes read within their bounds, and few written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/stun.h"

#include "rtc/wire.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <string.h>

#define HEADER 20
#define COOKIE 0x2112A442u
#define BINDING_REQUEST 0x0001
#define BINDING_ANSWER 0x0101
#define BINDING_ERROR 0x0111
#define USERNAME 0x0006
#define MESSAGE_INTEGRITY 0x0008
#define ERROR_CODE 0x0009
#define XOR_MAPPED_ADDRESS 0x0020
#define PRIORITY 0x0024
#define USE_CANDIDATE 0x0025
#define OPTIONAL 0x8000 /* attributes from here on may be unknown */
#define FINGERPRINT 0x8028
#define ICE_CONTROLLED 0x8029
#define FINGERPRINT_XOR 0x5354554Eu
#define DIGEST 20

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}

/* The signature of a message's first bytes, as though it were `length` long behind its header. */
static void sign(const uint8_t *bytes, size_t size, size_t length, const char *password,
                 uint8_t out[DIGEST])
{
    struct hmac_sha1_ctx mac;
    uint8_t head[4];
    memcpy(head, bytes, 2);
    wire_put16(head + 2, (uint16_t)length);
    hmac_sha1_set_key(&mac, strlen(password), (const uint8_t *)password);
    hmac_sha1_update(&mac, sizeof head, head);
    hmac_sha1_update(&mac, size - sizeof head, bytes + sizeof head);
    hmac_sha1_digest(&mac, DIGEST, out);
}

/* ---- Reading ---- */

static bool read_name(const uint8_t *value, size_t size, stun_request *out)
{
    const uint8_t *colon = memchr(value, ':', size);
    if (!colon || colon == value || colon - value > STUN_NAME_MAX) return false;
    if (memchr(value, '\0', (size_t)(colon - value))) return false;
    memcpy(out->name, value, (size_t)(colon - value));
    out->name[colon - value] = '\0';
    return true;
}

/* An attribute at `at`; false where it is not as it should be. */
static bool read_attribute(stun_request *out, size_t at, int kind, size_t size)
{
    const uint8_t *value = out->bytes + at + 4;
    bool is_signed = out->signed_size > 0;
    if (kind == FINGERPRINT)
        return size == 4 && wire_get32(value) == (crc32_of(out->bytes, at) ^ FINGERPRINT_XOR);
    if (is_signed) return true; /* nobody answers for what comes behind the signature */
    switch (kind) {
    case USERNAME:
        return read_name(value, size, out);
    case MESSAGE_INTEGRITY:
        out->signed_size = at;
        return size == DIGEST;
    case USE_CANDIDATE:
        out->nominates = true;
        return true;
    case ICE_CONTROLLED:
        out->controlled = true;
        return true;
    default:
        return kind >= OPTIONAL || kind == PRIORITY;
    }
}

static bool read_attributes(stun_request *out, size_t size)
{
    size_t at = HEADER;
    int kind = 0;
    while (size - at >= 4 && kind != FINGERPRINT) {
        kind = wire_get16(out->bytes + at);
        size_t length = wire_get16(out->bytes + at + 2), whole = 4 + ((length + 3) & ~(size_t)3);
        if (whole > size - at || !read_attribute(out, at, kind, length)) return false;
        at += whole;
    }
    return at == size && kind == FINGERPRINT;
}

bool stun_read(const uint8_t *bytes, size_t size, stun_request *out)
{
    memset(out, 0, sizeof *out);
    if (size < HEADER || size % 4 || wire_get16(bytes) != BINDING_REQUEST) return false;
    if (wire_get16(bytes + 2) != size - HEADER || wire_get32(bytes + 4) != COOKIE) return false;
    out->bytes = bytes;
    memcpy(out->id, bytes + 8, STUN_ID);
    return read_attributes(out, size) && out->name[0] && out->signed_size > 0;
}

bool stun_is_signed(const stun_request *r, const char *password)
{
    uint8_t digest[DIGEST];
    sign(r->bytes, r->signed_size, r->signed_size - HEADER + 4 + DIGEST, password, digest);
    return memeql_sec(digest, r->bytes + r->signed_size + 4, DIGEST);
}

/* ---- Writing ---- */

static size_t begin(const stun_request *r, int kind, uint8_t *out)
{
    wire_put16(out, (uint16_t)kind);
    wire_put32(out + 4, COOKIE);
    memcpy(out + 8, r->id, STUN_ID);
    return HEADER;
}

static size_t end(uint8_t *out, size_t size, const char *password)
{
    sign(out, size, size - HEADER + 4 + DIGEST, password, out + size + 4);
    wire_put16(out + size, MESSAGE_INTEGRITY);
    wire_put16(out + size + 2, DIGEST);
    size += 4 + DIGEST;
    wire_put16(out + 2, (uint16_t)(size - HEADER + 8));
    wire_put16(out + size, FINGERPRINT);
    wire_put16(out + size + 2, 4);
    wire_put32(out + size + 4, crc32_of(out, size) ^ FINGERPRINT_XOR);
    return size + 8;
}

/* Hidden from routers that rewrite addresses wherever they see one. */
static size_t put_mapped(uint8_t *out, const rtc_address *a)
{
    bool v6 = a->any.sa_family == AF_INET6;
    int bytes = v6 ? 16 : 4;
    uint8_t mask[16];
    wire_put32(mask, COOKIE);
    memcpy(mask + 4, out - HEADER + 8, STUN_ID);
    wire_put16(out, XOR_MAPPED_ADDRESS);
    wire_put16(out + 2, (uint16_t)(4 + bytes));
    wire_put16(out + 4, v6 ? 2 : 1);
    wire_put16(out + 6, (uint16_t)(rtc_address_port(a) ^ COOKIE >> 16));
    const uint8_t *number = v6 ? a->v6.sin6_addr.s6_addr : (const uint8_t *)&a->v4.sin_addr;
    for (int i = 0; i < bytes; i++)
        out[8 + i] = number[i] ^ mask[i];
    return 8 + (size_t)bytes;
}

size_t stun_answer(const stun_request *r, const rtc_address *from, const char *password,
                   uint8_t out[STUN_MAX])
{
    rtc_address plain = *from;
    rtc_address_unmap(&plain);
    size_t size = begin(r, BINDING_ANSWER, out);
    size += put_mapped(out + size, &plain);
    return end(out, size, password);
}

size_t stun_refuse_role(const stun_request *r, const char *password, uint8_t out[STUN_MAX])
{
    static const char why[] = "Role Conflict"; /* padded to 4 by what follows */
    size_t size = begin(r, BINDING_ERROR, out), length = sizeof why - 1;
    memset(out + size, 0, 24);
    wire_put16(out + size, ERROR_CODE);
    wire_put16(out + size + 2, (uint16_t)(4 + length));
    out[size + 6] = 4;
    out[size + 7] = 87;
    memcpy(out + size + 8, why, length);
    return end(out, size + 8 + ((length + 3) & ~(size_t)3), password);
}
