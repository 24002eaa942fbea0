/* base/file_place.h - which machine's and container's process numbers a file name speaks of.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_PLACE_H
#define BASE_FILE_PLACE_H

#include <stdint.h>

/* A number for the host name and the PID namespace of this process: the same for processes that see
 * one another, and after the machine has started anew; as good as surely another one elsewhere. */
uint32_t file_place(void);

#endif
