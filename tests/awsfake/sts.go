package awsfake

// unsigned is the only call that needs no signature.
const unsigned = "AssumeRoleWithWebIdentity"

// stsOperations returns the part of STS 2011-06-15 that the fake implements.
func stsOperations() []operation {
	name := func(of string, longest int) field { return text(of, 2, longest, `[\w+=,.@-]*`) }
	serial, code := text("SerialNumber", 9, 256, `[\w+=/:,.@-]*`), text("TokenCode", 6, 6, `[\d]*`)
	tokenSize := number("MinimumSessionTokenSize", 0, maxToken)
	tags := []field{
		text("Key", 1, 128, tagKeyPattern).must().of("Tags"),
		text("Value", 0, 256, tagValuePattern).must().of("Tags"),
		text("", 1, 128, tagKeyPattern).of("TransitiveTagKeys"),
		text("arn", 20, 2048, "").of("PolicyArns"),
	}
	return []operation{
		{"sts", "GetSessionToken", []field{
			number("DurationSeconds", 900, 129600), serial, code, tokenSize,
		}, (*request).getSessionToken},
		{"sts", "GetFederationToken", append([]field{
			name("Name", 32).must(), number("DurationSeconds", 900, 129600), text("Policy", 1, maxPolicy, policyPattern), tokenSize,
		}, tags...), (*request).getFederationToken},
		{"sts", "AssumeRole", append([]field{
			text("RoleArn", 20, 2048, "").must(), name("RoleSessionName", 64).must(),
			number("DurationSeconds", 900, 43200), text("ExternalId", 2, 1224, `[\w+=,.@:\/-]*`),
			serial, code, name("SourceIdentity", 64), text("Policy", 1, 0, policyPattern), tokenSize,
		}, tags...), (*request).assumeRole},
		{"sts", unsigned, []field{
			text("RoleArn", 20, 2048, "").must(), name("RoleSessionName", 64).must(), text("WebIdentityToken", 4, 20000, "").must(),
			number("DurationSeconds", 900, 43200), text("ProviderId", 4, 2048, ""), text("Policy", 1, maxPolicy, policyPattern), tokenSize,
			text("arn", 20, 2048, "").of("PolicyArns"),
		}, (*request).assumeRoleWithWebIdentity},
		{"sts", "GetCallerIdentity", nil, (*request).getCallerIdentity},
		{"sts", "GetAccessKeyInfo", []field{text("AccessKeyId", 16, 128, `[\w]*`).must()}, (*request).getAccessKeyInfo},
	}
}
