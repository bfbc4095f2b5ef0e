package resolve

import (
	"errors"
	"strings"

	"awsvault/internal/awsconf"
)

// Endpoint is where a call goes, and the region for which it is signed. This file contains
// everything that decides about it.
type Endpoint struct {
	URL    string
	Region string
	From   string // the setting that names it; empty for AWS's own regional endpoint
}

// service is an AWS service, as far as its endpoints matter.
type service struct {
	id string // as in AWS_ENDPOINT_URL_<ID>; in lower case, as in a services section
	// resolve implements the SDK's rule for this service.
	resolve func(endpointRule) (Endpoint, error)
}

// endpointRule holds the inputs of AWS's endpoint rules.
type endpointRule struct {
	region                  string
	fips, dualStack, global bool
}

// endpoint decides where a profile calls a service.
func (s *settings) endpoint(svc service, region string) (Endpoint, error) {
	fips, useFIPS, err := s.choice("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
	if err != nil {
		return Endpoint{}, err
	}
	dual, useDual, err := s.choice("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
	if err != nil {
		return Endpoint{}, err
	}
	custom, err := s.customEndpoint(svc)
	if err != nil {
		return Endpoint{}, err
	}
	if custom.given() {
		switch {
		case useFIPS:
			return Endpoint{}, fips.bad("use_fips_endpoint cannot be combined with a custom endpoint (%s)", custom.export().From)
		case useDual:
			return Endpoint{}, dual.bad("use_dualstack_endpoint cannot be combined with a custom endpoint (%s)", custom.export().From)
		}
		return Endpoint{URL: custom.text, Region: region, From: custom.export().From}, nil
	}
	legacy, err := s.legacy()
	if err != nil {
		return Endpoint{}, err
	}
	e, err := svc.resolve(endpointRule{region: region, fips: useFIPS, dualStack: useDual, global: legacy.given()})
	if err != nil {
		return Endpoint{}, first(fips, dual).bad("no endpoint of %s in %q: %v", svc.id, region, err)
	}
	if asked := first(fips, dual, legacy); asked.given() {
		if plain, err := svc.resolve(endpointRule{region: region}); err != nil || plain != e {
			e.From = asked.export().From
		}
	}
	return e, nil
}

// customEndpoint finds an endpoint that replaces AWS's, in the order of the AWS CLI.
func (s *settings) customEndpoint(svc service) (setting, error) {
	_, ignore, err := s.choice("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
	if ignore || err != nil {
		return setting{}, err
	}
	inServices, err := s.servicesEndpoint(svc)
	if err != nil {
		return setting{}, err
	}
	v := first(s.env("AWS_ENDPOINT_URL_"+svc.id), s.env("AWS_ENDPOINT_URL"), inServices, s.get("endpoint_url"))
	if !v.given() {
		return v, nil
	}
	if _, ok := parseAddress(v.text); !ok {
		return v, v.bad("the endpoint is not a URL").withHint("an endpoint looks like https://sts.example.com")
	}
	return v, nil
}

// servicesEndpoint looks into the services section that the profile names.
func (s *settings) servicesEndpoint(svc service) (setting, error) {
	v := s.get("services")
	if !v.given() {
		return setting{}, nil
	}
	sec, err := s.services(v)
	if err != nil {
		return setting{}, err
	}
	u, ok := sec.Nested(strings.ToLower(svc.id), "endpoint_url")
	if !ok || u.Text == "" {
		return setting{}, nil
	}
	return setting{text: u.Text, at: u.Pos.String(), label: "[services " + v.text + "]"}, nil
}

// services returns the services section of that name.
func (s *settings) services(v setting) (*awsconf.Section, error) {
	sec, err := s.config.Services(v.text)
	if missing := (*awsconf.NotFoundError)(nil); errors.As(err, &missing) {
		return nil, v.bad("services %q not found", v.text).withHint("%s", missing.Hint())
	}
	return sec, err
}

// legacy returns the setting that asks for the global endpoint of STS, if there is one.
func (s *settings) legacy() (setting, error) {
	v := first(s.env("AWS_STS_REGIONAL_ENDPOINTS"), s.get("sts_regional_endpoints"))
	switch strings.ToLower(v.text) {
	case "legacy":
		return v, nil
	case "", "regional":
		return setting{}, nil
	}
	return setting{}, v.bad("sts_regional_endpoints is %q, it must be regional or legacy", v.text)
}

// choice reads a setting that is on or off. It returns the setting only if it is on.
func (s *settings) choice(variable, key string) (setting, bool, error) {
	v := first(s.env(variable), s.get(key))
	on, err := v.boolean(key)
	if !on || err != nil {
		return setting{}, false, err
	}
	return v, true, nil
}

// ServiceURL is where programs should call a service. Service is named as in a services
// section; empty: all services.
type ServiceURL struct{ Service, URL string }

// mostServices and longestURL limit what a profile may put into the environment.
const (
	mostServices = 100
	longestURL   = 2 << 10
)

// programEndpoints returns the endpoints of the profile for programs, which do not read the
// profile themselves. In every AWS tool, a variable of the person overrides both settings, so
// an endpoint with such a variable is left out.
func (s *settings) programEndpoints() ([]ServiceURL, error) {
	_, ignore, err := s.choice("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
	if ignore || err != nil || s.getenv("AWS_ENDPOINT_URL") != "" {
		return nil, err
	}
	var out []ServiceURL
	add := func(service string, v setting) error {
		if !v.given() {
			return nil
		}
		if len(v.text) > longestURL || !printable(v.text) {
			return v.bad("the endpoint is not a URL").withHint("an endpoint looks like https://sts.example.com")
		}
		out = append(out, ServiceURL{service, v.text})
		return nil
	}
	if err := add("", s.get("endpoint_url")); err != nil {
		return nil, err
	}
	v := s.get("services")
	if !v.given() {
		return out, nil
	}
	sec, err := s.services(v)
	if err != nil {
		return nil, err
	}
	for _, service := range sec.Keys() {
		if u, ok := sec.Nested(service, "endpoint_url"); ok && only(service, "") && s.getenv("AWS_ENDPOINT_URL_"+strings.ToUpper(service)) == "" {
			if err := add(service, setting{text: u.Text, at: u.Pos.String(), label: "[services " + v.text + "]"}); err != nil {
				return nil, err
			}
		}
	}
	if len(out) > mostServices {
		return nil, v.bad("[services %s] has endpoints of more than %d services", v.text, mostServices)
	}
	return out, nil
}
