/* fuzz/message.c - what clients send through a WebSocket: the first byte chooses text or binary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "target.h"

#include "serve/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vis_error err = {0};
    message m;
    if (size == 0) return 0;
    vis_status status = data[0] == 'b' ? message_read_binary(data + 1, size - 1, &m, &err)
                                       : message_read(data + 1, size - 1, &m, &err);
    target_check(status, &err);
    if (status == VIS_OK && m.kind == MESSAGE_SOUND && (m.sound_size % 2 || m.rate < 1)) abort();
    if (m.event_id && strlen(m.event_id) > MESSAGE_ID_MAX) abort();
    message_free(&m);
    return 0;
}
