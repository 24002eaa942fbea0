/* rtc/rtc_address.c - addresses read, compared and listed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "rtc/rtc_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

bool rtc_address_parse(const char *host, int port, rtc_address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
        out->any.sa_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        return true;
    }
    memset(out, 0, sizeof *out);
    out->any.sa_family = AF_INET6;
    out->v6.sin6_port = htons((uint16_t)port);
    return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1;
}

socklen_t rtc_address_size(const rtc_address *a)
{
    return a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

bool rtc_address_equal(const rtc_address *a, const rtc_address *b)
{
    if (a->any.sa_family != b->any.sa_family) return false;
    if (a->any.sa_family == AF_INET6)
        return a->v6.sin6_port == b->v6.sin6_port &&
               memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

bool rtc_address_is_every(const rtc_address *a)
{
    if (a->any.sa_family == AF_INET6) return IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
    return a->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

int rtc_address_port(const rtc_address *a)
{
    return ntohs(a->any.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port);
}

void rtc_address_unmap(rtc_address *a)
{
    if (a->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) return;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = a->v6.sin6_port};
    memcpy(&v4.sin_addr, a->v6.sin6_addr.s6_addr + 12, sizeof v4.sin_addr);
    memset(a, 0, sizeof *a);
    a->v4 = v4;
}

void rtc_address_text(const rtc_address *a, char out[RTC_ADDRESS_TEXT])
{
    const void *number = a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
                                                      : (const void *)&a->v4.sin_addr;
    if (!inet_ntop(a->any.sa_family, number, out, RTC_ADDRESS_TEXT)) out[0] = '\0';
}

/* Is it one that somebody else can reach? */
static bool is_reached(const struct ifaddrs *i, bool ipv6)
{
    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) || i->ifa_flags & IFF_LOOPBACK) return false;
    if (i->ifa_addr->sa_family == AF_INET) return true;
    if (i->ifa_addr->sa_family != AF_INET6 || !ipv6) return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, i->ifa_addr, sizeof v6);
    return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
}

static rtc_address with_port(const struct sockaddr *from, int port)
{
    rtc_address a = {0};
    if (from->sa_family == AF_INET6) {
        memcpy(&a.v6, from, sizeof a.v6);
        a.v6.sin6_port = htons((uint16_t)port);
    } else {
        memcpy(&a.v4, from, sizeof a.v4);
        a.v4.sin_port = htons((uint16_t)port);
    }
    return a;
}

int rtc_address_own(bool ipv6, int port, rtc_address *out, int max)
{
    struct ifaddrs *all = NULL;
    int count = 0;
    if (getifaddrs(&all) == 0) {
        for (const struct ifaddrs *i = all; i && count < max; i = i->ifa_next)
            if (is_reached(i, ipv6)) out[count++] = with_port(i->ifa_addr, port);
        freeifaddrs(all);
    }
    if (count == 0 && max > 0) rtc_address_parse("127.0.0.1", port, &out[count++]);
    return count;
}
