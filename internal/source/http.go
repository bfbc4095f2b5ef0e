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

// HTTPClient makes the client for calls to AWS, with the proxies that the environment of
// getenv names, and the CA bundle of a plan.
func HTTPClient(getenv func(string) string, caBundle resolve.Setting) (*http.Client, error) {
	roots, err := readCABundle(caBundle)
	if err != nil {
		return nil, err
	}
	return awsapi.HTTPClient(getenv, roots)
}

// maxBundle is the largest size of a CA bundle, in bytes. Those of whole systems have a
// quarter of a megabyte.
const maxBundle = 16 << 20

// readCABundle reads the certificates to trust instead of the system's.
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
		return nil, resolve.BadSetting(file.From, "CA bundle "+err.Error(), "") // the error names the file
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, resolve.BadSetting(file.From, "no certificate in the CA bundle "+file.Text, "")
	}
	return roots, nil
}
