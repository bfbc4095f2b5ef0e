package awsfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// ListenTLS is Listen with https. The certificate is for 127.0.0.1, ::1 and localhost, and is
// its own authority.
func (s *Server) ListenTLS(addr string) error {
	if s.authority.PrivateKey == nil {
		s.authority = mustCertificate()
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{s.authority}, MinVersion: tls.VersionTLS12}), "https")
	return nil
}

// CA returns the authority of ListenTLS and the proxy in PEM, for the file in AWS_CA_BUNDLE. It
// returns nil without them.
func (s *Server) CA() []byte {
	if s.authority.PrivateKey == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.authority.Certificate[0]})
}

func mustCertificate() tls.Certificate {
	cert, err := newCertificate()
	if err != nil {
		panic(fmt.Sprintf("awsfake: certificate: %v", err)) // of our own template
	}
	return cert
}

// newCertificate makes a certificate that is valid by the real clock: clients check it with
// their own clock, not with the fake's.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "awsfake"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
