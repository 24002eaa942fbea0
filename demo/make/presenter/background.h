// The room behind the presenter: shelves and lamps, out of focus. It never moves, so it is drawn
// once.
#ifndef PRESENTER_BACKGROUND_H
#define PRESENTER_BACKGROUND_H

// size * size * 3 floats, linear light after tone mapping; the caller frees them. NULL when memory
// is out.
float *background_make(int size);

#endif
