// host infer MODEL DATA_DIR OUT.npy: raw tensors in, tensors out, by viseme from Go.
// host frames MODEL CHARACTER FEATURES START N OUT_DIR: N frames from START on, as PNGs and in numbers.
package main

// #cgo pkg-config: viseme
// #include <viseme/viseme.h>
import "C"
import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"unsafe"
)

var why C.vis_error

func must(status C.vis_status) {
	if status != C.VIS_OK {
		panic(C.GoString(&why.message[0]))
	}
}

func ok[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func infer(model *C.vis_model, folder, output string) { // with the tensors in C's memory, as cgo wants it
	var about struct{ Visual_shape, Audio_shape [8]C.int64_t }
	ok(0, json.Unmarshal(ok(os.ReadFile(folder+"/metadata.json")), &about))
	visual, audio := C.CBytes(ok(os.ReadFile(folder+"/visual_input.bin"))), C.CBytes(ok(os.ReadFile(folder+"/audio_input.bin")))
	mode := map[[2]C.int64_t]string{{16, 16}: "ave", {32, 32}: "hubert", {16, 32}: "wenet"}[[2]C.int64_t{about.Audio_shape[2], about.Audio_shape[3]}]
	must(C.vis_model_set_audio_mode(model, C.CString(mode), &why)) // some checkpoints fit two
	shapes, session := [2]C.vis_shape{{4, about.Visual_shape}, {4, about.Audio_shape}}, new(*C.vis_session)
	must(C.vis_session_create(model, &shapes[0], 2, 0, session, &why))
	d := C.vis_session_output_shape(*session, 0).dim
	size := 4 * d[0] * d[1] * d[2] * d[3]
	inputs, result := [2]*C.float{(*C.float)(visual), (*C.float)(audio)}, (*C.float)(C.CBytes(make([]byte, size)))
	must(C.vis_session_run(*session, &inputs[0], &result, &why))
	head := fmt.Sprintf("\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (%10d,%10d,%10d,%10d)}%21s\n", d[0], d[1], d[2], d[3], "")
	ok(0, os.WriteFile(output, append([]byte(head), C.GoBytes(unsafe.Pointer(result), C.int(size))...), 0666))
}

func frames(model *C.vis_model, character_path, features string, start, count int, folder string) {
	character, speech, context, stream, f := new(*C.vis_character), new(*C.vis_features), new(*C.vis_context), new(*C.vis_stream), new(*C.vis_frame)
	must(C.vis_character_open(C.CString(character_path), nil, character, &why))
	must(C.vis_features_open(model, &C.vis_speech{features: C.CString(features)}, 0, nil, speech, &why))
	must(C.vis_context_create(nil, context, &why))
	options := C.vis_stream_options_defaults()
	options.start, options.frames, options.straight, options.tensors = C.int64_t(start), C.int64_t(count), true, true
	must(C.vis_stream_create(*context, model, *character, &options, stream, &why))
	must(C.vis_stream_hear(*stream, *speech, &why))
	ok(0, os.MkdirAll(folder, 0777))
	for must(C.vis_stream_pull(*stream, -1, f, &why)); *f != nil; must(C.vis_stream_pull(*stream, -1, f, &why)) {
		frame, low, high, sum, squares, n := *f, math.Inf(1), math.Inf(-1), 0.0, 0.0, float64(3*(*f).image_size*(*f).image_size)
		for _, number := range unsafe.Slice(frame.output, int(n)) {
			x := float64(number)
			low, high, sum, squares = math.Min(low, x), math.Max(high, x), sum+x, squares+x*x
		}
		fmt.Println(frame.index, frame.footage, low, high, sum/n, math.Sqrt(squares/n-sum/n*sum/n))
		name := C.CString(fmt.Sprintf("%s/output_frame_%04d.png", folder, int(frame.index)-start))
		must(C.vis_write_png(name, frame.pixels, frame.width, frame.height, frame.stride, &why))
		C.vis_frame_release(frame)
	}
}

func main() { // what is opened stays so until the end
	a, model := os.Args, new(*C.vis_model)
	must(C.vis_model_open(C.CString(a[2]), nil, model, &why))
	if a[1] == "infer" {
		infer(*model, a[3], a[4])
	} else {
		frames(*model, a[3], a[4], ok(strconv.Atoi(a[5])), ok(strconv.Atoi(a[6])), a[7])
	}
}
