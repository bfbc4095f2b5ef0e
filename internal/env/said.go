package env

import "strings"

// Changed returns the variables that the user has changed since the activation.
func Changed(now Vars, active State) []string {
	names := []string{}
	for _, v := range concerned(active.Vars, Vars(nil)) {
		if r, ok := active.Vars[v.name]; ok && !r.Ours.matches(now, v.name) {
			names = append(names, v.name)
		}
	}
	return names
}

// Foreign returns the variables that contain credentials or lead to some, and that are not
// ours: the AWS tools in this shell would use them instead. The tools ignore empty variables.
func Foreign(now Vars, active State) []string {
	names := []string{}
	for _, v := range concerned(now, Vars(nil)) {
		_, ours := active.Vars[v.name]
		if strings.HasPrefix(v.name, endpointName) {
			continue
		}
		switch v.name {
		case "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SDK_LOAD_CONFIG", "AWS_ACCOUNT_ID", "AWS_ROLE_SESSION_NAME", "AWS_CREDENTIAL_EXPIRATION",
			"AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE":
			continue
		}
		if !ours && now[v.name] != "" {
			names = append(names, v.name)
		}
	}
	return names
}

// ProfileBeside describes the effect of AWS_PROFILE next to the keys of an active profile.
func ProfileBeside(active string) string {
	return "the JavaScript SDK v3 and the Go SDK v1 take that profile; other AWS tools take the keys of " + active
}

// Taken reports whether the person has replaced the activation's keys, or another variable
// through which programs find credentials, so that these no longer belong to the profile.
func Taken(now Vars, active State) bool {
	for _, name := range active.About.leading() {
		if r, ok := active.Vars[name]; ok && !r.Ours.matches(now, name) {
			return true
		}
	}
	return false
}

// Said is a line for the person; empty: nothing is lost.
func (l Lost) Said() string {
	if len(l) == 0 {
		return ""
	}
	return "vault: " + strings.Join(l, ", ") + ": the outer shell has their values, so they are unset here"
}
