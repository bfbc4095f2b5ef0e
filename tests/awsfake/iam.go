package awsfake

// iamOperations returns the part of IAM 2010-05-08 that the fake implements.
func iamOperations() []operation {
	user, keyID := text("UserName", 1, 128, `[\w+=,.@-]+`), text("AccessKeyId", 16, 128, `[\w]+`).must()
	status := field{name: "Status", required: true, enum: []string{string(active), string(inactive)}}
	role := text("RoleName", 1, 64, `[\w+=,.@-]+`).must()
	policy := text("PolicyName", 1, 128, `[\w+=,.@-]+`).must()
	document := text("PolicyDocument", 1, 131072, policyPattern).must()
	marker, most := text("Marker", 1, 320, ""), number("MaxItems", 1, 1000)
	return []operation{
		{"iam", "GetUser", []field{user}, (*request).getUser},
		{"iam", "CreateUser", []field{user.must()}, (*request).createUser},
		{"iam", "ListMFADevices", []field{user, marker, most}, (*request).listMFADevices},
		{"iam", "ListAccountAliases", []field{marker, most}, (*request).listAccountAliases},
		{"iam", "CreateAccessKey", []field{user}, (*request).createAccessKey},
		{"iam", "ListAccessKeys", []field{user, marker, most}, (*request).listAccessKeys},
		{"iam", "UpdateAccessKey", []field{user, keyID, status}, (*request).updateAccessKey},
		{"iam", "DeleteAccessKey", []field{user, keyID}, (*request).deleteAccessKey},
		{"iam", "GetRole", []field{role}, (*request).getRole},
		{"iam", "GetRolePolicy", []field{role, policy}, (*request).getRolePolicy},
		{"iam", "PutRolePolicy", []field{role, policy, document}, (*request).putRolePolicy},
		{"iam", "DeleteRolePolicy", []field{role, policy}, (*request).deleteRolePolicy},
		{"iam", "GetAccessKeyLastUsed", []field{keyID}, (*request).getAccessKeyLastUsed},
	}
}
