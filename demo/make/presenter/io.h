// The files the presenter reads and writes: .npy arrays, JPEG and PNG pictures, landmark text.
#ifndef PRESENTER_IO_H
#define PRESENTER_IO_H

#include "pose.h"

// A float32 C-order array [rows, columns]; the caller frees *values. 0 on success, else an error
// has been printed.
int io_read_npy(const char *path, float **values, int *rows, int *columns);
int io_write_npy(const char *path, const float *values, int rows, int columns);
int io_write_jpeg(const char *path, const unsigned char *rgb, int size, int quality);
int io_write_png(const char *path, const unsigned char *rgb, int size);
int io_write_landmarks(const char *path, float xy[LANDMARKS][2]);

#endif
