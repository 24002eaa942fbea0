// One picture: rays, marching, antialiasing, film look.
#ifndef PRESENTER_FRAME_H
#define PRESENTER_FRAME_H

#include "pose.h"

struct frame_buffers; // scratch of one thread

struct frame_buffers *frame_buffers_make(int size);
void frame_buffers_free(struct frame_buffers *buffers);
// rgb is [size, size, 3]; background as background_make gave it.
void frame_draw(const struct pose *pose, const float *background, int size,
                struct frame_buffers *buffers, unsigned char *rgb);

#endif
