package resolve

import "strings"

// Apart from the loopback addresses, AWS gives credentials to containers without TLS from
// these addresses: ECS, EKS, EKS over IPv6.
var containerHosts = []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}

// containerEndpoint reads the address of the container's credentials, see
// docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
func (l *link) containerEndpoint(v setting) (Endpoint, error) {
	if relative := l.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative.given() {
		if !strings.HasPrefix(relative.text, "/") || !printable(relative.text) {
			return Endpoint{}, relative.bad("not a path")
		}
		return Endpoint{URL: "http://" + containerHosts[0] + relative.text, From: relative.at}, nil
	}
	full := l.env("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if !full.given() {
		return Endpoint{}, v.bad("credential_source is EcsContainer, and there is no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI").withHint("this is for programs in a container of ECS or EKS")
	}
	a, ok := parseAddress(full.text)
	if !ok {
		return Endpoint{}, full.bad("not a URL")
	}
	if a.scheme == "http" && !a.isLocal() {
		return Endpoint{}, full.bad("%q needs https: vault takes credentials without TLS only from this machine", a.host)
	}
	return Endpoint{URL: full.text, From: full.at}, nil
}
