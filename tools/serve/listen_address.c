/* serve/listen_address.c - an address read, and tried.
 * SPDX-License-Identifier: Apache-2.0 */
#include "serve/listen_address.h"

#include "base/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

static vis_status refuse(const char *text, vis_error *err)
{
    return vis_fail(err, VIS_ERR_USAGE,
                    "--listen %s: an address and a port are wanted, such as 127.0.0.1:8080 or "
                    "[::1]:8080",
                    text);
}

static bool parse_port(const char *text, int *port)
{
    size_t length = strlen(text);
    if (length < 1 || length > 5 || strspn(text, "0123456789") != length) return false;
    *port = (int)strtol(text, NULL, 10);
    return *port <= 65535;
}

static bool fill(const listen_address *a, any_address *out)
{
    memset(out, 0, sizeof *out);
    out->any.sa_family = a->ipv6 ? AF_INET6 : AF_INET;
    if (a->ipv6) {
        out->v6.sin6_port = htons((uint16_t)a->port);
        return inet_pton(AF_INET6, a->host, &out->v6.sin6_addr) == 1;
    }
    out->v4.sin_port = htons((uint16_t)a->port);
    return inet_pton(AF_INET, a->host, &out->v4.sin_addr) == 1;
}

static bool is_loopback(const listen_address *a, const any_address *number)
{
    if (a->ipv6) return IN6_IS_ADDR_LOOPBACK(&number->v6.sin6_addr);
    return ntohl(number->v4.sin_addr.s_addr) >> 24 == 127;
}

/* "[::1]" or "127.0.0.1" of `length` bytes, without its brackets. */
static bool take_host(const char *text, size_t length, listen_address *out)
{
    out->ipv6 = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (out->ipv6) text++, length -= 2;
    if (length < 1 || length >= sizeof out->host) return false;
    memcpy(out->host, text, length);
    out->host[length] = '\0';
    if (!out->ipv6 && strcasecmp(out->host, "localhost") == 0) strcpy(out->host, "127.0.0.1");
    return true;
}

vis_status listen_address_parse(const char *text, listen_address *out, vis_error *err)
{
    any_address number;
    const char *colon = strrchr(text, ':');
    memset(out, 0, sizeof *out);
    if (!colon || !parse_port(colon + 1, &out->port) ||
        !take_host(text, (size_t)(colon - text), out) || !fill(out, &number))
        return refuse(text, err);
    out->loopback = is_loopback(out, &number);
    out->dual = out->ipv6 && IN6_IS_ADDR_UNSPECIFIED(&number.v6.sin6_addr);
    return VIS_OK;
}

vis_status listen_address_probe(const listen_address *a, vis_error *err)
{
    any_address number;
    fill(a, &number);
    int on = 1, tried = socket(number.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (tried < 0)
        return vis_fail(err, vis_errno_status(VIS_ERR_WRITE), "--listen: %s", strerror(errno));
    setsockopt(tried, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int alone = !a->dual;
    if (a->ipv6) setsockopt(tried, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone);
    bool taken = bind(tried, &number.any, a->ipv6 ? sizeof number.v6 : sizeof number.v4) != 0 ||
                 listen(tried, 1) != 0;
    int why = errno;
    close(tried);
    if (!taken) return VIS_OK;
    return vis_fail(err, VIS_ERR_WRITE, "cannot listen at %s port %d: %s%s", a->host, a->port,
                    strerror(why), why == EADDRINUSE ? "; choose another with --listen" : "");
}

bool host_is_loopback(const char *host)
{
    char name[64];
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
    size_t length = end ? (size_t)(end + 1 - host) : strcspn(host, ":");
    if (length >= sizeof name) return false;
    memcpy(name, host, length);
    name[length] = '\0';
    struct in_addr number;
    if (strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0) return true;
    return inet_pton(AF_INET, name, &number) == 1 && ntohl(number.s_addr) >> 24 == 127;
}
