package awsfake

func (q *request) getCallerIdentity() (any, *Error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{q.caller.arn, q.caller.userID, q.caller.account}, nil
}

// getAccessKeyInfo returns the account of any key id, even an unknown one: the id contains the
// account.
func (q *request) getAccessKeyInfo() (any, *Error) {
	id := q.params.text("AccessKeyId")
	account, ok := accountOfKey(id)
	if k := q.keys[id]; k != nil { // a test may have chosen the id
		account, ok = k.user.account.ID, true
	}
	if !ok {
		return nil, refuse(400, "ValidationError", "Invalid Access Key ID")
	}
	return struct{ Account string }{account}, nil
}
