package awsfake

import (
	"crypto/subtle"
	"strings"
)

// Task contains the settings that a container finds in its environment. The test decides
// which of the two URIs the container gets. The relative one refers to http://169.254.170.2.
type Task struct {
	RelativeURI, FullURI string
	Token                string // AWS_CONTAINER_AUTHORIZATION_TOKEN, or what is in its file; empty: none is asked for
}

type task struct {
	role    string
	id      string
	token   string
	session *Session
}

// AddTask gives a container the credentials of a role. The role must trust
// ecs-tasks.amazonaws.com or pods.eks.amazonaws.com.
func (s *Server) AddTask(roleARN, token string) Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &task{role: roleARN, id: newRequestID(), token: token}
	s.tasks[t.id] = t
	uri := "/v2/credentials/" + t.id
	return Task{RelativeURI: uri, FullURI: s.URL + uri, Token: token}
}

// SetTaskToken changes the task's token, as happens from time to time to a token in a file.
func (s *Server) SetTaskToken(t Task, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks[strings.TrimPrefix(t.RelativeURI, "/v2/credentials/")].token = token
}

func ecsRoutes() map[string]route {
	return map[string]route{"GET /v2/credentials/{id}": {"ecs", "GetTaskCredentials", (*webRequest).taskCredentials}}
}

func (q *webRequest) taskCredentials() (any, *Error) {
	t := q.tasks[strings.TrimPrefix(q.path, "/v2/credentials/")]
	if t == nil {
		return nil, refuse(400, "InvalidIdInRequest", "CredentialsManager: Credentials not found")
	}
	if t.token != "" && subtle.ConstantTimeCompare([]byte(t.token), []byte(q.http.Header.Get("Authorization"))) == 0 {
		return nil, refuse(401, "AccessDeniedException", "Authorization token is missing or invalid")
	}
	r := q.roles[t.role]
	if r == nil || !r.trustsService("ecs-tasks.amazonaws.com") && !r.trustsService("pods.eks.amazonaws.com") {
		return nil, refuse(500, "AssumeRoleUnauthorizedAccess", "The role %s cannot be assumed by the service", t.role)
	}
	t.session = q.serviceSession(t.session, r, strings.ReplaceAll(t.id, "-", ""))
	c := t.session
	return map[string]string{
		"RoleArn": t.role, "AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.secret, "Token": c.token, "Expiration": stamp(c.Expires), "AccountId": c.Account,
	}, nil
}
