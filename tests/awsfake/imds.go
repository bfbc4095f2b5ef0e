package awsfake

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Instance describes an EC2 instance, for its metadata service.
type Instance struct {
	ID      string // i-0123456789abcdef0 if empty
	Account string
	Region  string
	Role    string // ARN; it has to trust ec2.amazonaws.com. Empty: there is no instance profile
	V1      bool   // requests without a token are answered, too
	Off     bool   // the endpoint is disabled
}

type instance struct {
	Instance
	tokens  map[string]time.Time // when they expire
	session *Session
}

const metadataLife = 6 * time.Hour // of the credentials of instances and tasks

// SetInstance makes the server an instance's metadata service, at URL, for
// AWS_EC2_METADATA_SERVICE_ENDPOINT. Tokens of an earlier instance become invalid.
func (s *Server) SetInstance(i Instance) {
	if i.ID == "" {
		i.ID = "i-0123456789abcdef0"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instance = &instance{Instance: i, tokens: map[string]time.Time{}}
}

func imdsRoutes() map[string]route {
	routes := map[string]route{"PUT /latest/api/token": {"imds", "PutToken", (*webRequest).imdsToken}}
	for path, run := range map[string]func(*webRequest, *instance) (any, *Error){
		"meta-data/iam/security-credentials":    (*webRequest).instanceRole,
		"meta-data/iam/security-credentials/":   (*webRequest).instanceRole,
		"meta-data/iam/info":                    (*webRequest).instanceProfile,
		"meta-data/instance-id":                 func(_ *webRequest, i *instance) (any, *Error) { return plainText(i.ID), nil },
		"meta-data/placement/region":            func(_ *webRequest, i *instance) (any, *Error) { return plainText(i.Region), nil },
		"meta-data/placement/availability-zone": func(_ *webRequest, i *instance) (any, *Error) { return plainText(i.Region + "a"), nil },
		"dynamic/instance-identity/document":    (*webRequest).instanceDocument,
	} {
		routes["GET /latest/"+path] = route{"imds", "GetMetadata", func(q *webRequest) (any, *Error) {
			i, err := q.metadata()
			if err != nil {
				return nil, err
			}
			return run(q, i)
		}}
	}
	return routes
}

// imds returns the instance, if its metadata service is on. A PUT that a proxy forwarded is
// refused.
func (q *webRequest) imds() (*instance, *Error) {
	switch {
	case q.instance == nil:
		return nil, refuse(404, "NotFound", "404 - Not Found")
	case q.instance.Off, q.http.Header.Get("X-Forwarded-For") != "" && q.http.Method == http.MethodPut:
		return nil, refuse(403, "Forbidden", "403 - Forbidden")
	}
	return q.instance, nil
}

func (q *webRequest) imdsToken() (any, *Error) {
	i, err := q.imds()
	if err != nil {
		return nil, err
	}
	const header = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	ttl, bad := strconv.Atoi(q.http.Header.Get(header))
	if bad != nil || ttl < 1 || ttl > 21600 {
		return nil, refuse(400, "BadRequest", "400 - Bad Request")
	}
	token := newToken(56)
	i.tokens[token] = q.now.Add(time.Duration(ttl) * time.Second)
	q.header.Set(header, strconv.Itoa(ttl))
	return plainText(token), nil
}

// metadata returns the instance for a GET with a valid token.
func (q *webRequest) metadata() (*instance, *Error) {
	i, err := q.imds()
	if err != nil {
		return nil, err
	}
	token := q.http.Header.Get("X-Aws-Ec2-Metadata-Token")
	if token == "" && i.V1 {
		return i, nil
	}
	if !q.now.Before(i.tokens[token]) {
		return nil, refuse(401, "Unauthorized", "401 - Unauthorized")
	}
	return i, nil
}

// instanceRole lists the one role, or returns the credentials of the role. If there are none,
// the answer is a document too.
func (q *webRequest) instanceRole(i *instance) (any, *Error) {
	asked := strings.Trim(strings.TrimPrefix(q.path, "/latest/meta-data/iam/security-credentials"), "/")
	if i.Role == "" {
		return nil, refuse(404, "NotFound", "404 - Not Found")
	}
	name := i.Role[strings.LastIndex(i.Role, "/")+1:]
	if asked == "" {
		return plainText(name), nil
	}
	if asked != name {
		return nil, refuse(404, "NotFound", "404 - Not Found")
	}
	r := q.roles[i.Role]
	if r == nil || !r.trustsService("ec2.amazonaws.com") {
		return map[string]string{
			"Code": "AssumeRoleUnauthorizedAccess", "LastUpdated": stamp(q.now),
			"Message": fmt.Sprintf("EC2 cannot assume the role %s.  Please see documentation at https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-iam.html.", name),
		}, nil
	}
	i.session = q.serviceSession(i.session, r, i.ID)
	c := i.session
	return map[string]string{
		"Code": "Success", "LastUpdated": stamp(c.Expires.Add(-metadataLife)), "Type": "AWS-HMAC",
		"AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.secret, "Token": c.token, "Expiration": stamp(c.Expires),
	}, nil
}

// serviceSession returns a service's session of a role. It returns the same session until
// that session's last hour, then a new one.
func (q *webRequest) serviceSession(last *Session, r *role, name string) *Session {
	if last != nil && last.role == r && q.now.Before(last.Expires.Add(-time.Hour)) {
		return last
	}
	return q.grant(q.roleSession(r, name), q.now.Add(metadataLife), q.tokenSize)
}

func (q *webRequest) instanceProfile(i *instance) (any, *Error) {
	if i.Role == "" {
		return nil, refuse(404, "NotFound", "404 - Not Found")
	}
	name := i.Role[strings.LastIndex(i.Role, "/")+1:]
	return map[string]string{
		"Code": "Success", "LastUpdated": stamp(q.now), "InstanceProfileArn": q.arn("iam", i.Account, "instance-profile/"+name), "InstanceProfileId": "AIPA" + i.ID[2:],
	}, nil
}

func (q *webRequest) instanceDocument(i *instance) (any, *Error) {
	return map[string]any{
		"accountId": i.Account, "architecture": "x86_64", "availabilityZone": i.Region + "a", "billingProducts": nil, "devpayProductCodes": nil,
		"marketplaceProductCodes": nil, "imageId": "ami-0123456789abcdef0", "instanceId": i.ID, "instanceType": "t3.micro", "kernelId": nil,
		"pendingTime": stamp(q.now), "privateIp": "10.0.0.7", "ramdiskId": nil, "region": i.Region, "version": "2017-09-30",
	}, nil
}
