//go:build !linux

package store

func kernelAnswers() bool { return false }

func openKernel(Settings) (keystore, error) {
	return nil, unavailable("keyctl", "it needs Linux", "")
}
