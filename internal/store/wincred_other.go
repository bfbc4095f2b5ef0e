//go:build !windows

package store

func openWinCred(Settings, locker) (keystore, error) {
	return nil, unavailable("wincred", "it needs Windows", worksHere())
}

func openWinHello(Settings, locker) (keystore, error) {
	return nil, unavailable("winhello", "it needs Windows", worksHere())
}
