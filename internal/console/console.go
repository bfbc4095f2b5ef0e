// Package console makes the address that signs a browser in to the AWS console. It knows
// the hosts of each partition, the page to open, and the one call that exchanges
// credentials for a sign-in token.
//
// It does not know where credentials come from or which services exist, and it opens
// nothing. Source:
// docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
package console

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// SigninTokenLife is how long AWS accepts an address from [Signin.Address]. The address is a
// secret until then.
const SigninTokenLife = 15 * time.Minute

// Partition is a part of AWS with a console of its own.
type Partition struct {
	Name   string // as in ARNs: aws-cn
	prefix string // the prefix of its regions' names
	home   string // its first region
	signin string // host of its federation endpoint
	domain string // the domain of its console, which follows the region in host names
}

// partitions lists the commercial partition last. It has every region that no other claims.
var partitions = [...]Partition{
	{"aws-cn", "cn-", "cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn"},
	{"aws-us-gov", "us-gov-", "us-gov-west-1", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"},
	// Of this partition, only the regional host is known to answer.
	{"aws-eusc", "eusc-", "eusc-de-east-1", "eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"},
	{"aws", "", "us-east-1", "signin.aws.amazon.com", "console.aws.amazon.com"},
}

// isolated matches the partitions without a public console, and the names of their regions.
var isolated = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(aws-iso|us-iso|eu-iso)`) })

// regionName is the form of all region names. Vault puts the name into a host name.
var regionName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$`) })

// Error means that a console cannot be opened.
type Error struct{ Msg, hint string }

// Error returns one line.
func (e *Error) Error() string { return e.Msg }

// Hint returns what to do, or "".
func (e *Error) Hint() string { return e.hint }

// PartitionOf finds the console for a region. Without a region it uses the ARN of the
// credentials' identity, and without both it returns the commercial console. A region outside
// the ARN's partition is an error: AWS would refuse it with a less clear message.
func PartitionOf(region, arn string) (Partition, error) {
	named := ""
	if f := strings.SplitN(arn, ":", 3); len(f) == 3 && f[0] == "arn" {
		named = f[1]
	}
	if isolated().MatchString(region) || isolated().MatchString(named) {
		where := region
		if where == "" {
			where = named
		}
		return Partition{}, &Error{fmt.Sprintf("the console of %s is not on the internet, so it cannot be opened from here", where), ""}
	}
	if region != "" && !regionName().MatchString(region) {
		return Partition{}, &Error{fmt.Sprintf("%q is not a region", region), "a region looks like eu-west-1"}
	}
	if region == "" {
		i := slices.IndexFunc(partitions[:], func(p Partition) bool { return p.Name == named })
		switch {
		case i >= 0:
			return partitions[i], nil
		case named != "":
			return Partition{}, &Error{fmt.Sprintf("vault knows no console for the partition %q", named), ""}
		}
		return partitions[len(partitions)-1], nil
	}
	i := slices.IndexFunc(partitions[:], func(p Partition) bool { return strings.HasPrefix(region, p.prefix) })
	if p := partitions[i]; named == "" || named == p.Name {
		return p, nil
	}
	return Partition{}, &Error{fmt.Sprintf("region %s is not in the partition of the credentials, %s", region, named), "name one of its regions with --region"}
}

// FederationEndpoint returns the address that creates the partition's sign-in tokens.
func (p Partition) FederationEndpoint() string { return "https://" + p.signin + "/federation" }

// CheckEndpoint checks an endpoint that a person has set. Vault sends secrets to it, so it
// must be encrypted or on this machine.
func CheckEndpoint(text string) error {
	u, err := url.Parse(text)
	if err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		ip := net.ParseIP(u.Hostname())
		if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
			return nil
		}
	}
	return &Error{"not the https URL of a federation endpoint", "it looks like https://us-east-1.signin.aws.amazon.com/federation"}
}

// host returns the console's host for a region. With "" it is the host of the partition.
func (p Partition) host(region string) string {
	switch {
	case region != "":
		return region + "." + p.domain
	case p.Name != "aws":
		return p.home + "." + p.domain
	}
	return p.domain
}

// Home returns the page that opens without a wish, for the region or without one.
func (p Partition) Home(region string) string {
	if region == "" {
		return "https://" + p.host("") + "/"
	}
	return "https://" + p.host(region) + "/console/home?region=" + region
}

// Global returns the partition's first region, which serves pages without a region.
func (p Partition) Global() string { return p.home }

// Path returns the page for a path such as s3/buckets or ec2/home#Instances:, or for the full
// address of a page in the partition's console. It adds the region if the path names none.
func (p Partition) Path(text, region string) (string, error) {
	bad := func(why string) (string, error) {
		return "", &Error{fmt.Sprintf("--path %q %s", text, why), "it looks like s3/buckets, or https://" + p.host(region) + "/s3/buckets"}
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == '\\' || r == unicode.ReplacementChar }) {
		return bad("is not a page of the console")
	}
	if !strings.Contains(text, "://") {
		text = "/" + strings.TrimLeft(text, "/")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.User != nil, u.Opaque != "":
		return bad("is not a page of the console")
	case u.Host == "" && u.Scheme == "":
		u.Scheme, u.Host = "https", p.host(region)
	case u.Scheme != "https" || u.Port() != "" || u.Host != p.domain && !strings.HasSuffix(u.Host, "."+p.domain):
		return bad("is not a page of the console, " + p.domain)
	}
	if strings.Contains(u.Path, "..") && path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") {
		return bad("must not have .. in it")
	}
	if q := u.Query(); region != "" && !q.Has("region") {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += "region=" + region
	}
	return u.String(), nil
}

// Portal returns the page of IAM Identity Center that opens the console for the person who is
// signed in there in the browser. The address contains no secret.
// docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
func Portal(startURL, account, role, destination string) (string, error) {
	u, err := url.Parse(startURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", &Error{fmt.Sprintf("sso_start_url %q is not an https URL", startURL), ""}
	}
	start, _, _ := strings.Cut(startURL, "#")
	q := url.Values{"account_id": {account}, "role_name": {role}, "destination": {destination}}
	return strings.TrimRight(start, "/") + "/#/console?" + q.Encode(), nil
}
