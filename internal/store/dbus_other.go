//go:build !linux

package store

import "context"

func openSecretService(context.Context, Settings) (keystore, error) {
	return nil, unavailable("secret-service", "it needs Linux", "")
}

func openKWallet(context.Context, Settings) (keystore, error) {
	return nil, unavailable("kwallet", "it needs Linux", "")
}
