package tty

import (
	"fmt"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// resizeEvent is the kind of a WINDOW_BUFFER_SIZE_RECORD.
const resizeEvent = 4

// console is a console that passes on every key.
type console struct {
	in, out           windows.Handle
	before, beforeOut uint32 // modes
	bell              windows.Handle
	high              uint16 // half of a character that needs two
}

func (t terminal) enter() (screen, error) {
	c := &console{in: windows.Handle(t.in.Fd()), out: windows.Handle(t.out.Fd())}
	if windows.GetConsoleMode(c.in, &c.before) != nil || windows.GetConsoleMode(c.out, &c.beforeOut) != nil {
		return nil, ErrNoTerminal
	}
	var err error
	// It is never closed, because background work may still ring it.
	if c.bell, err = windows.CreateEvent(nil, 0, 0, nil); err != nil {
		return nil, err
	}
	if err := windows.SetConsoleMode(c.in, windows.ENABLE_VIRTUAL_TERMINAL_INPUT|windows.ENABLE_WINDOW_INPUT); err != nil {
		return nil, fmt.Errorf("set the mode of the console: %w", err)
	}
	if err := windows.SetConsoleMode(c.out, c.beforeOut|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		c.leave(false)
		return nil, fmt.Errorf("set the mode of the console: %w", err)
	}
	return c, nil
}

func (c *console) ring() { windows.SetEvent(c.bell) }

func (c *console) leave(bool) {
	windows.SetConsoleMode(c.out, c.beforeOut)
	windows.SetConsoleMode(c.in, c.before)
}

func (c *console) next(limit time.Duration) (event, error) {
	wait := uint32(windows.INFINITE)
	if limit >= 0 {
		wait = uint32(limit.Milliseconds())
	}
	first, err := windows.WaitForMultipleObjects([]windows.Handle{c.bell, c.in}, false, wait)
	switch {
	case first == uint32(windows.WAIT_TIMEOUT):
		return event{kind: timeUp}, nil
	case err != nil:
		return event{}, err
	case first == windows.WAIT_OBJECT_0:
		return event{kind: rung}, nil
	}
	var key keyEvent
	var n uint32
	readInput := windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")
	if ok, _, err := readInput.Call(uintptr(c.in), uintptr(unsafe.Pointer(&key)), 1, uintptr(unsafe.Pointer(&n))); ok == 0 {
		return event{}, err
	}
	if key.kind == resizeEvent {
		return event{kind: resized}, nil
	}
	return c.character(key.character()), nil
}

// character joins the halves of a character.
func (c *console) character(half uint16) event {
	switch {
	case half == 0:
		return event{kind: nothing}
	case !utf16.IsSurrogate(rune(half)):
		return event{typed, []byte(string(rune(half)))}
	case c.high == 0:
		c.high = half
		return event{kind: nothing}
	}
	whole := utf16.Decode([]uint16{c.high, half})
	c.high = 0
	return event{typed, []byte(string(whole))}
}

// size returns the size of the window, without the lines above it.
func (t terminal) size() (width, height int) {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(t.out.Fd()), &info) != nil {
		return 80, 24
	}
	return int(info.Window.Right-info.Window.Left) + 1, int(info.Window.Bottom-info.Window.Top) + 1
}
