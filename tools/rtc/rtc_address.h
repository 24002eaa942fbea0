/* rtc/rtc_address.h - where a datagram comes from or goes to.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RTC_ADDRESS_H
#define RTC_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 or IPv6. */
typedef union rtc_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} rtc_address;

/* "192.0.2.1", "2001:db8::1"; false for anything else. */
bool rtc_address_parse(const char *host, int port, rtc_address *out);

socklen_t rtc_address_size(const rtc_address *a);
bool rtc_address_equal(const rtc_address *a, const rtc_address *b);
bool rtc_address_is_every(const rtc_address *a); /* "0.0.0.0", "::" */
int rtc_address_port(const rtc_address *a);

/* IPv4 that came through an IPv6 socket, as itself. */
void rtc_address_unmap(rtc_address *a);

/* The number without brackets. */
#define RTC_ADDRESS_TEXT 48
void rtc_address_text(const rtc_address *a, char out[RTC_ADDRESS_TEXT]);

/* Up to `max` addresses by which others may reach the machine, with that port; those of IPv6 only
 * where `ipv6`. Where there is no other, loopback. */
int rtc_address_own(bool ipv6, int port, rtc_address *out, int max);

#endif
