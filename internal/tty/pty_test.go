package tty

import "testing"

func TestPipesThatAreTerminalsToCygwin(t *testing.T) {
	for pipe, want := range map[string]bool{
		`\msys-1888ae32e00d56aa-pty0-from-master`: true, `\msys-1888ae32e00d56aa-pty0-to-master`: true, `\cygwin-e022582115c10879-pty12-from-master`: true,
		`\cygwin-e022582115c10879-pty4-to-master-nat`: true, `msys-dd50a72ab4668b33-pty1-to-master`: true,
		`\msys-1888ae32e00d56aa-4444-pipe-0x1`: false, `\cygwin-e022582115c10879-pty-from-master`: false, `\Winpty-pty0-from-master`: false, "": false, `\msys-`: false, `\Win32Pipes.1.2`: false,
	} {
		if got := isPty(pipe); got != want {
			t.Errorf("%s: %t", pipe, got)
		}
	}
}
