package source

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"awsvault/internal/awsapi"
	"awsvault/internal/disk"
	"awsvault/internal/resolve"
)

// HTTPClient makes the client for calls to AWS: proxies from the environment
// that getenv reads, and the CA bundle of a plan.
func HTTPClient(getenv func(string) string, caBundle resolve.Setting) (*http.Client, error) {
	roots, err := readCABundle(caBundle)
	if err != nil {
		return nil, err
	}
	return awsapi.HTTPClient(getenv, roots)
}

// maxBundle is the most that a CA bundle may have, in bytes. Those of whole systems
// have a quarter of a megabyte.
const maxBundle = 16 << 20

// readCABundle reads the certificates that are trusted instead of the system's.
func readCABundle(file resolve.Setting) (*x509.CertPool, error) {
	if file.Text == "" {
		return nil, nil
	}
	pem, err := disk.ReadFile(file.Text, disk.Reading{Limit: maxBundle})
	system := (*fs.PathError)(nil)
	switch {
	case errors.As(err, &system):
		return nil, resolve.BadSetting(file.From, fmt.Sprintf("CA bundle %s: %v", file.Text, system.Err), "")
	case err != nil:
		return nil, resolve.BadSetting(file.From, "CA bundle "+err.Error(), "") // which names the file
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, resolve.BadSetting(file.From, "no certificate in the CA bundle "+file.Text, "")
	}
	return roots, nil
}
